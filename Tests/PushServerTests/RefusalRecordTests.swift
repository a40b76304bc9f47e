import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What the ledger says of a refusal: for what, and whether the provider was told.
struct RefusalRecordTests {
    private static let unknown = Array(repeating: 0xEE as UInt8, count: 32)

    private func refusal(of bytes: [UInt8], rule: FaultRule? = nil) async throws -> (NotificationEntry, heard: Int) {
        var seen: (NotificationEntry, Int)?
        try await TestService.with { service in
            if let rule { try await service.server.perform { $0.putFault(rule) } }
            let provider = try await service.client().connect()
            try await provider.send(bytes: bytes)
            let rejected = try await service.wait(NotificationFilter(verdict: .rejected))
            let heard = await provider.hear(until: .end, within: .seconds(5))
            seen = (rejected[0], heard.bytes.readableBytes)
            #expect(try await service.notifications()[0].replySent == rejected[0].replySent, "a wait sees it as well")
        }
        return try #require(seen)
    }

    @Test(
        .seed("004-11"),
        arguments: [
            ("unknown token", WireFrame.bytes(0, .simple, token: Self.unknown), 8),
            ("token length 0", WireFrame.bytes(0, .simple, token: []), 2),
            ("token length 1", WireFrame.bytes(0, .simple, token: [1]), 5),
            ("payload length 0", WireFrame.bytes(0, .simple, payload: []), 4),
            ("unknown command", [3, 0, 0, 0, 0], 128),
        ] as [(String, [UInt8], UInt8)]
    )
    func `what is refused in silence has its status in the ledger, which says that nobody was told`(
        _ name: String,
        _ bytes: [UInt8],
        _ status: UInt8
    ) async throws {
        let (entry, heard) = try await self.refusal(of: bytes)
        #expect(entry.verdict == .rejected(status: status))
        #expect(!entry.replySent)
        #expect(heard == 0)
        #expect(entry.explanation.contains(name == "unknown command" ? "No error packet" : "simple format"))
    }

    @Test func `what is refused with a packet is told`() async throws {
        let (entry, heard) = try await self.refusal(of: WireFrame.bytes(7, token: Self.unknown))
        #expect(entry.verdict == .rejected(status: 8))
        #expect(entry.replySent)
        #expect(heard == 6)
        #expect(entry.explanation == entry.verdict.explanation)
    }

    @Test(
        arguments: [
            (.silentClose, false, 0), (.truncate(bytes: 4), false, 4), (.truncate(bytes: 6), true, 6),
            (.split(bytes: 1), true, 6),
        ] as [(FaultAction, Bool, Int)]
    )
    func `a packet that a fault swallows or cuts was not sent, one in pieces was`(
        _ action: FaultAction,
        _ isSent: Bool,
        _ count: Int
    ) async throws {
        let rule = FaultRule(id: "rule", match: FaultMatch(stage: .reply), action: action)
        let (entry, heard) = try await self.refusal(of: WireFrame.bytes(7, token: Self.unknown), rule: rule)
        #expect(entry.verdict == .rejected(status: 8))
        #expect(entry.replySent == isSent)
        #expect(heard == count)
    }

    @Test func `a refusal by a rule is told, or not, like any other`() async throws {
        for (action, isSent) in [
            (FaultAction.answer(status: 1, identifier: .own, keepsOpen: false), true), (.shutdown, true),
            (.silentClose, false), (.lateAnswer(status: 8, afterFrames: 0), true),
        ] {
            let rule = FaultRule(id: "rule", match: FaultMatch(stage: .frame), action: action)
            let (entry, _) = try await self.refusal(of: WireFrame.bytes(7, token: Self.unknown), rule: rule)
            #expect(entry.replySent == isSent, "\(action)")
        }
    }
}
