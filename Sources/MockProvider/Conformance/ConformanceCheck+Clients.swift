import APNSWire
import NIOCore

/// What well-known clients did beyond sending frames.
extension ConformanceCheck {
    static let clients: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "client-pushy-shutdown",
                "pushy's shutdown: behind good frames, the known bad one gets status 2 and the connection ends.",
                .clients,
                .field("pushy #178; it takes identifier 0 as well")
            ),
            hint: "without status 2 and the end, pushy's shutdown hangs until it times out"
        ) { target in
            let frames = (1...3 as ClosedRange<UInt32>).map { target.frame($0, ConformanceTarget.identifierFirst) }
            return [
                Exchange(
                    frames + [target.knownBadFrame(4)],
                    expect: .packetOfEither(status: 2, identifiers: [4, 0])
                )
            ]
        },
        ConformanceCheck(
            ConformanceRow(
                "client-java-apns-test",
                "java-apns' testConnection: a frame of one byte each can be written, and connecting works again after it.",
                .clients,
                .field("java-apns, testConnection")
            ),
            Self.judgeTestConnection
        ),
    ]

    private static func judgeTestConnection(_ bench: ConformanceBench) async throws -> ConformanceOutcome {
        let frame = bench.target.frame(0, .enhanced, token: [1], payload: [1])
        let outcome = try await bench.withConnection { connection in
            await connection.post(bytes: frame).outcome(within: bench.answerTimeout)
        }
        guard outcome == .written else {
            return .failed(expected: "a write that works", seen: "\(outcome)", hint: nil)
        }
        try await bench.withConnection { _ in }
        return .passed
    }
}
