import APNSWire
import NIOCore
import PushVocabulary

/// What happens around an error, and behind it.
extension ConformanceCheck {
    static let unknownTokenHint = "only who keeps a list of the registered tokens can refuse another one"

    static let errors: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "unknown-token",
                "A well-formed token that is not registered gets status 8.",
                .errors,
                .field("rapns #16, node-apn #286")
            ),
            hint: Self.unknownTokenHint
        ) { target in
            ConformanceTarget.formats.dropFirst().map { name, format in
                Exchange(name, [target.unknownTokenFrame(2, format)], expect: .packet(status: 8, identifier: 2))
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "error-ends-connection",
                "Six bytes, then the end: the connection is closed behind an error packet.",
                .errors,
                .binaryProviderAPI
            )
        ) { try await Self.judgeEnd(of: $0, mustBeClean: false) },
        ConformanceCheck(
            ConformanceRow(
                "error-close-notify",
                "The end behind an error packet is a clean one of TLS: close_notify, no reset.",
                .errors,
                .inferred("a reset can erase the packet before it is read: pushy #6, java-apns")
            )
        ) { try await Self.judgeEnd(of: $0, mustBeClean: true) },
        ConformanceCheck(
            ConformanceRow(
                "error-one-packet",
                "Of three pipelined bad frames only the first is reported.",
                .errors,
                .field("java-apns #33, rapns #75")
            ),
            Self.judgeOnePacket
        ),
        ConformanceCheck(
            ConformanceRow(
                "error-drops-what-follows",
                "What follows a refused frame gets no answer, good or bad, in one write or in the next.",
                .errors,
                .binaryProviderAPI
            )
        ) { target in
            let bad = target.badFrame(2, .enhanced)
            let tail = [target.frame(3), target.badFrame(4, .enhanced), target.badFrame(5)]
            return [
                Exchange("one write", [target.frame(1), bad] + tail, expect: .packet(status: 2, identifier: 2)),
                Exchange(
                    "two writes",
                    [target.frame(1), bad] + tail,
                    cut: .withinLastFrame,
                    expect: .packet(status: 2, identifier: 2)
                ),
            ]
        },
        ConformanceCheck(
            ConformanceRow(
                "error-survives-writing-on",
                "The six bytes arrive although the client writes on for 2 MB, and nothing resets the connection.",
                .errors,
                .inferred("closing with unread input makes the kernel send a reset, which can erase the packet")
            ),
            Self.judgeWritingOn
        ),
        ConformanceCheck(
            ConformanceRow(
                "command-0-refused-silently",
                "A refused simple frame gets no packet: the connection ends without a byte.",
                .errors,
                .legacyFormat
            )
        ) { target in
            let mistakes: [(label: String, frame: [UInt8])] = [
                ("unknown token", target.unknownTokenFrame(nil, .simple)),
                ("empty token", target.frame(nil, .simple, token: [])),
                (
                    "token size",
                    target.frame(nil, .simple, token: target.token(size: target.expectations.wrongTokenSize))
                ),
                ("empty payload", target.frame(nil, .simple, payload: [])),
                ("payload too long", target.frame(nil, .simple, payload: target.payloadTooLong)),
            ]
            return mistakes.map { label, frame in
                Exchange(label, [frame, target.frame(9), target.badFrame(10)], expect: .endWithoutByte)
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "unknown-command",
                "An unknown command byte is neither skipped nor guessed: the connection ends.",
                .errors,
                .technicalNote
            )
        ) { target in
            ([3, 8, 0x16, 0xFF] + target.expectations.unknownListedCommands).map { (command: UInt8) in
                var exchange = Exchange(
                    "command \(WireText.bytes([command]))",
                    [[command] + target.frame(1), target.badFrame(2)],
                    expect: target.expectations.answerToUnknownCommand
                )
                exchange.commands = []
                return exchange
            }
        },
    ]

    private static func judgeEnd(of bench: ConformanceBench, mustBeClean: Bool) async throws -> ConformanceOutcome {
        let answer = try bench.requiredBarrier()
        let heard = try await bench.converse([answer.frame], until: .end)
        let hasEndedWell =
            switch heard.end {
            case nil, .failed: false
            case .closeNotify: true
            case .withoutCloseNotify, .reset: !mustBeClean
            }
        if hasEndedWell, Array(heard.bytes.readableBytesView).count == ErrorPacket.byteCount { return .passed }
        return .failed(
            expected: "six bytes then the end" + (mustBeClean ? " with close_notify" : ""),
            seen: WireText.seen(heard, timeout: bench.target.timeouts.answer),
            hint: "clients learn from the end that the rest was lost; node-apn and pushy wait for it"
        )
    }

    /// Listens to the end even where the gateway does not close: a second packet may come instead.
    private static func judgeOnePacket(_ bench: ConformanceBench) async throws -> ConformanceOutcome {
        try bench.require(command: 1)
        let bad = (1...3 as ClosedRange<UInt32>).map {
            bench.target.badFrame($0, .enhanced)
        }
        let heard = try await bench.converse([bad.flatMap(\.self)], until: bench.expectsEnd ? .end : .bytes(12))
        return bench.failure(of: heard, expected: .packet(status: 2, identifier: 1))?.outcome() ?? .passed
    }

    /// Bytes behind the bad frame, and how often it is tried: a reset that wins a race does not win every time.
    private static let (tail, attempts) = (2_097_152, 3)

    private static func judgeWritingOn(_ bench: ConformanceBench) async throws -> ConformanceOutcome {
        try bench.require(command: 1)
        let bad = bench.target.badFrame(2, .enhanced)
        let good = bench.target.frame(3, .enhanced)
        let tail = Array(repeatElement(good, count: Self.tail / good.count + 1).joined())
        for _ in 1...Self.attempts {
            let failure = try await bench.withConnection { connection -> ConformanceOutcome? in
                connection.post(bytes: bad)
                let writing = connection.post(bytes: tail)
                let expected = Exchange.Expected.packet(status: 2, identifier: 2)
                let heard = await connection.listen(until: bench.extent(for: expected), within: bench.answerTimeout)
                let outcome = await writing.outcome(within: bench.answerTimeout)
                if let failure = bench.failure(of: heard, expected: expected) {
                    return failure.outcome(hint: Self.lingerHint)
                }
                let seen = WireText.seen(heard, timeout: bench.target.timeouts.answer)
                guard heard.end != .reset else { return Self.resetFailure(seen) }
                guard case .failed(let reason) = outcome else { return nil }
                return Self.resetFailure("\(seen), and then a write that failed (\(reason))")
            }
            if let failure { return failure }
        }
        return .passed
    }

    private static let lingerHint = "behind the packet and close_notify, read on for a while before closing"

    private static func resetFailure(_ seen: String) -> ConformanceOutcome {
        .failed(expected: "a connection that takes 2 MB more without a reset", seen: seen, hint: Self.lingerHint)
    }
}
