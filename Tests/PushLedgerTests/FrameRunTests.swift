import PushBroker
import PushLedger
import PushVocabulary
import Testing

/// The frames of one connection, as a timeline and a dump have them.
struct FrameRunTests {
    private static let time = Instant(unixSeconds: 1_400_000_000)

    private static func received(
        _ verdict: Verdict,
        on connection: ConnectionID,
        offset: UInt64,
        size: Int = 10
    ) -> ReceivedNotification {
        ReceivedNotification(
            receivedAt: Self.time,
            clockAt: Self.time,
            environment: .sandbox,
            topic: .none,
            token: nil,
            verdict: verdict,
            connection: connection,
            content: PushContent(
                frame: Array(repeating: UInt8(truncatingIfNeeded: offset), count: size),
                payloadRange: 0..<0
            ),
            wire: WireFacts(command: 1, offset: offset, length: size)
        )
    }

    private static func opened(_ ledger: inout Ledger) -> ConnectionID {
        ledger.openConnection(to: .gateway, environment: .sandbox, peer: "127.0.0.1:1", at: Self.time)
    }

    @Test
    func
        `frames with the same verdict are one run, a refused one stands alone, and another connection's are not there`()
    {
        var ledger = Ledger()
        let (first, second) = (Self.opened(&ledger), Self.opened(&ledger))
        let verdicts: [Verdict] = [
            .accepted, .accepted, .rejected(status: 8), .rejected(status: 8), .discarded(causedBy: nil),
            .discarded(causedBy: nil), .discarded(causedBy: nil),
        ]
        for (number, verdict) in verdicts.enumerated() {
            ledger.append(Self.received(verdict, on: first, offset: UInt64(number * 10)))
            ledger.append(Self.received(.accepted, on: second, offset: UInt64(number * 10)))
        }
        #expect(ledger.frameRuns(on: first).map(\.count) == [2, 1, 1, 3])
        #expect(ledger.frameRuns(on: first).map(\.byteCount) == [20, 10, 10, 30])
        #expect(ledger.frameRuns(on: second).map(\.count) == [7])
        #expect(ledger.frameRuns(on: first)[3].last.rawValue == 13)
    }

    @Test func `the last frames are those that fit, oldest first, and there is always one`() {
        var ledger = Ledger()
        let connection = Self.opened(&ledger)
        for number in 0..<10 {
            ledger.append(Self.received(.accepted, on: connection, offset: UInt64(number * 10)))
        }
        #expect(ledger.lastFrames(on: connection, maximumBytes: 35).map(\.offset) == [70, 80, 90])
        #expect(ledger.lastFrames(on: connection, maximumBytes: 1).map(\.offset) == [90])
        #expect(ledger.lastFrames(on: Self.opened(&ledger), maximumBytes: 100).isEmpty)
    }
}
