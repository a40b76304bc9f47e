import APNSWire
import NIOCore
import PushVocabulary

extension ConformanceCheck {
    private static let silenceHint = "an accepted notification produces no bytes at all: status 0 is never sent"

    static let successes: [ConformanceCheck] = [
        .success("success-command-0", "A good simple frame is answered by silence.", .legacyFormat, 0),
        .success("success-command-1", "A good enhanced frame is answered by silence.", .binaryProviderAPI, 1),
        .success("success-command-2", "A good frame of items is answered by silence.", .binaryProviderAPI, 2),
        ConformanceCheck(
            ConformanceRow(
                "success-mixed-commands",
                "Good frames of all three commands may follow one another on a connection.",
                .success,
                .inferred("the command byte is part of each frame")
            ),
            hint: Self.silenceHint
        ) { target in
            let commands = Array(target.expectations.commands)
            let frames = (1...12 as ClosedRange<UInt32>).map { identifier in
                let command = commands[Int(identifier) % commands.count]
                return target.frame(identifier, ConformanceTarget.formats[min(2, Int(command))].format)
            }
            return [Exchange(frames, expect: .silence)]
        },
        ConformanceCheck(
            ConformanceRow(
                "success-keeps-open",
                "The connection stays open behind an accepted frame, and is of use again later.",
                .success,
                .technicalNote
            ),
            Self.judgeOpenAfterSuccess
        ),
    ]

    private static func success(
        _ id: String,
        _ title: String,
        _ source: ConformanceSource,
        _ command: Int
    ) -> ConformanceCheck {
        ConformanceCheck(ConformanceRow(id, title, .success, source), hint: Self.silenceHint) { target in
            [Exchange([target.frame(1, ConformanceTarget.formats[command].format)], expect: .silence)]
        }
    }

    private static func judgeOpenAfterSuccess(_ bench: ConformanceBench) async throws -> ConformanceOutcome {
        let barrier = try bench.requiredBarrier()
        let silence = bench.target.timeouts.silence
        return try await bench.withConnection { connection in
            connection.post(bytes: bench.target.frame(1))
            let early = await connection.listen(until: .bytes(1), within: .nanoseconds(silence.wholeNanoseconds))
            guard early.end == nil, early.bytes.readableBytes == 0 else {
                return .failed(
                    expected: "nothing for \(WireText.time(silence))",
                    seen: WireText.seen(early, timeout: silence),
                    hint: Self.silenceHint
                )
            }
            connection.post(bytes: bench.target.frame(2) + barrier.frame)
            let heard = await connection.listen(until: bench.extent(for: .silence), within: bench.answerTimeout)
            return bench.failure(of: heard, expected: .silence)?.outcome() ?? .passed
        }
    }
}
