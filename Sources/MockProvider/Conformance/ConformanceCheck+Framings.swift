import APNSWire
import NIOCore
import PushVocabulary

extension ConformanceCheck {
    private static let readsAreNotFrames =
        "one read is not one frame: keep unfinished bytes, and take every whole frame that is there"

    static let framings: [ConformanceCheck] = [
        .cut(
            "frame-split-everywhere",
            "A frame may arrive byte by byte.",
            .inferred("TCP and TLS keep no boundaries; PushSharp's test server lost its place here"),
            .everyByte
        ),
        .cut(
            "frame-split-at-fields",
            "A frame may arrive field by field, as clients with a write for each field sent it.",
            .field("a Perl client of the protocol"),
            .everyField
        ),
        ConformanceCheck(
            ConformanceRow(
                "frames-in-one-write",
                "All frames of one write are read, not only the first.",
                .framing,
                .apple("Binary Provider API: batching advised")
            ),
            hint: Self.readsAreNotFrames
        ) { target in
            let frames = (1...50 as ClosedRange<UInt32>).map { target.frame($0) }
            let bad = target.badFrame(51, .enhanced)
            return [
                Exchange("50 frames", frames, expect: .silence),
                Exchange("50 frames and a bad one", frames + [bad], expect: .packet(status: 2, identifier: 51)),
            ]
        },
        ConformanceCheck(
            ConformanceRow(
                "frame-and-a-half",
                "The start of a frame behind a whole one waits for the rest.",
                .framing,
                .inferred("TCP and TLS keep no boundaries")
            ),
            hint: Self.readsAreNotFrames
        ) { target in
            let bad = target.badFrame(2, .enhanced)
            return [
                Exchange([target.frame(1)], cut: .withinLastFrame, expect: .silence),
                Exchange([target.frame(1), bad], cut: .withinLastFrame, expect: .packet(status: 2, identifier: 2)),
            ]
        },
        ConformanceCheck(
            ConformanceRow(
                "batch-of-1000-frames",
                "A thousand frames in one write are read.",
                .framing,
                .field("PushSharp 4 wrote such batches")
            ),
            hint: Self.readsAreNotFrames
        ) { target in
            [Exchange((1...1_000 as ClosedRange<UInt32>).map { target.frame($0) }, expect: .silence)]
        },
        ConformanceCheck(
            ConformanceRow(
                "unfinished-frame-waits",
                "An unfinished frame is neither answered nor given up while the connection is open.",
                .framing,
                .inferred("nothing else is possible on a stream")
            ),
            Self.judgeUnfinishedFrame
        ),
        ConformanceCheck(
            ConformanceRow(
                "unfinished-frame-then-end",
                "An unfinished frame at the end of the client's stream is dropped without an answer.",
                .framing,
                .inferred("there is nothing to answer")
            )
        ) { target in
            ConformanceTarget.formats.map { name, format in
                let frame = target.frame(1, format, token: target.unknownToken.bytes)
                return Exchange(name, [Array(frame.dropLast(5))], endsOutput: true, expect: .endWithoutByte)
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "answers-behind-half-close",
                "A client that closes its half of the stream right behind a bad frame still gets the answer.",
                .framing,
                .chosen
            )
        ) { target in
            let bad = target.badFrame(2, .enhanced)
            return [
                Exchange([target.frame(1), bad], endsOutput: true, expect: .packet(status: 2, identifier: 2))
            ]
        },
    ]

    /// A good frame with the bad one behind it cut as well, then a bad one of the same command.
    private static func cut(
        _ id: String,
        _ title: String,
        _ source: ConformanceSource,
        _ cut: Exchange.Cut
    ) -> ConformanceCheck {
        ConformanceCheck(ConformanceRow(id, title, .framing, source), hint: Self.readsAreNotFrames) { target in
            ConformanceTarget.formats.flatMap { name, format in
                let good = Exchange("\(name), good", [target.frame(1, format)], cut: cut, expect: .silence)
                guard format != .simple else { return [good] }
                let bad = [target.badFrame(2, format)]
                return [
                    good, Exchange("\(name), bad", bad, cut: cut, expect: .packet(status: 2, identifier: 2)),
                ]
            }
        }
    }

    private static func judgeUnfinishedFrame(_ bench: ConformanceBench) async throws -> ConformanceOutcome {
        let silence = bench.target.timeouts.silence
        let barrier = try bench.requiredBarrier()
        let frame = bench.target.frame(1, .enhanced)
        return try await bench.withConnection { connection in
            connection.post(bytes: Array(frame.dropLast(10)))
            let early = await connection.listen(until: .bytes(1), within: .nanoseconds(silence.wholeNanoseconds))
            guard early.end == nil, early.bytes.readableBytes == 0 else {
                return .failed(
                    expected: "nothing for \(WireText.time(silence)) while ten bytes of the frame are missing",
                    seen: WireText.seen(early, timeout: silence),
                    hint: Self.readsAreNotFrames
                )
            }
            connection.post(bytes: Array(frame.suffix(10)) + barrier.frame)
            let heard = await connection.listen(until: bench.extent(for: .silence), within: bench.answerTimeout)
            return bench.failure(of: heard, expected: .silence)?.outcome(hint: Self.readsAreNotFrames) ?? .passed
        }
    }
}

// MARK: - Frame lengths of command 2

extension ConformanceCheck {
    static let frameLengths: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "frame-length-zero",
                "A command 2 frame of length 0 has no token: status 2 with identifier 0.",
                .framing,
                .chosen
            )
        ) { _ in [Exchange([RawFrame.items([])], expect: .packet(status: 2, identifier: 0))] },
        ConformanceCheck(
            ConformanceRow(
                "frame-length-too-small",
                "Where a frame length stops short of the last item, that item is taken for a new command.",
                .framing,
                .inferred("the frame length says where the next command stands")
            )
        ) { target in
            let items = [
                RawFrame.item(3, RawFrame.uint32(1)), RawFrame.item(1, target.goodToken.bytes),
                RawFrame.item(2, ConformanceTarget.payload), RawFrame.item(4, RawFrame.uint32(0)),
                RawFrame.item(5, [10]),
            ]
            let short = RawFrame.items(items, lengthError: -4)
            return [Exchange([short], expect: target.expectations.answerToUnknownCommand)]
        },
        ConformanceCheck(
            ConformanceRow(
                "frame-length-too-large",
                "Where a frame length is too large, the gateway waits for bytes that never come.",
                .framing,
                .inferred("the frame length says where the frame ends")
            )
        ) { target in
            let items = [
                RawFrame.item(3, RawFrame.uint32(1)), RawFrame.item(1, target.goodToken.bytes),
                RawFrame.item(2, ConformanceTarget.payload),
            ]
            let long = RawFrame.items(items, lengthError: 3)
            return [Exchange([long], endsOutput: true, expect: .endWithoutByte)]
        },
        ConformanceCheck(
            ConformanceRow(
                "frame-length-absurd",
                "A frame length of 4 GB is refused at once: status 128 with identifier 0.",
                .framing,
                .chosen
            ),
            hint: "judge a length when it can be read, not after waiting for what it announces"
        ) { _ in
            let start: [UInt8] = [2, 0xFF, 0xFF, 0xFF, 0xFF]
            return [Exchange([start], expect: .packet(status: 128, identifier: 0))]
        },
    ]
}

extension ConformanceExpectations {
    var answerToUnknownCommand: Exchange.Expected {
        switch self.unknownCommand {
        case .silence: .endWithoutByte
        case .protocolError: .packet(status: 128, identifier: 0)
        }
    }

    /// Commands of other years.
    var unknownListedCommands: [UInt8] { (0...2).filter { !self.commands.contains($0) } }
}
