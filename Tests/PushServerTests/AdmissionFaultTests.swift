import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Faults between the handshake and the first byte, as a client at the other end sees them, over real TLS.
struct AdmissionFaultTests {
    private func rule(_ action: FaultAction, topic: Topic? = TestService.topic) -> FaultRule {
        var rule = FaultRule(id: "rule", match: FaultMatch(stage: .admission), action: action)
        rule.match.topic = topic
        return rule
    }

    @Test func `a certificate whose App ID is not valid connects, and then comes the end without a byte`() async throws
    {
        let rule = self.rule(.silentClose)
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            try await service.server.perform { $0.putFault(rule) }
            let provider = try await service.client().connect()
            try? await provider.send([.alert(to: tokens[0])])
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.hasEnded)
            #expect(heard.bytes.readableBytes == 0)
            #expect(try await service.counters().accepted == 0)
            #expect(try await service.client().readFeedback().isEmpty, "and the same on the feedback port")
            let other = try await service.client(topic: TestService.otherTopic).connect()
            #expect(await other.answer(within: .milliseconds(50)) == .silence, "another app's is not meant")
            let outcomes = try await service.server.perform { $0.ledger.connections(service: .gateway).map(\.outcome) }
            guard case .closed(by: .fault, let end)? = outcomes.first else {
                Issue.record("ended otherwise: \(outcomes)")
                return
            }
            #expect(end.sentence.contains("rule"))
            await other.close()
        }
    }

    @Test func `a reset right after the handshake loses what is written meanwhile`() async throws {
        let rule = self.rule(.reset)
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            try await service.server.perform { $0.putFault(rule) }
            // The reset may be seen by the handshake's last step already.
            guard let provider = try? await service.client().connect() else { return }
            try? await provider.send([.alert(to: tokens[0])])
            #expect(await provider.hear(until: .end, within: .seconds(5)).hasEnded)
            #expect(try await service.counters().received == 0)
        }
    }

    @Test func `a delay right after the handshake holds everything up, by the product clock`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        let rule = self.rule(.delay(.seconds(60)))
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            try await service.server.perform { $0.putFault(rule) }
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0])])
            #expect(await provider.answer(within: .milliseconds(100)) == .silence)
            #expect(try await service.counters().received == 0)
            _ = await clock.advance(to: clock.now + .seconds(60), keepers: [service.server])
            try await service.wait(NotificationFilter(verdict: .accepted))
            await provider.close()
        }
    }

    @Test(arguments: [FaultAction.stall, .blackHole])
    func `a connection can be dead from its first byte on`(_ action: FaultAction) async throws {
        let rule = self.rule(action)
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            try await service.server.perform { $0.putFault(rule) }
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0])])
            #expect(await provider.answer(within: .milliseconds(100)) == .silence)
            #expect(try await service.counters().accepted == 0)
            let client = try service.client()
            await #expect(throws: ProviderError.feedbackHeldOpen) {
                try await client.readFeedback(timeout: .milliseconds(200))
            }
            await provider.close()
        }
    }

    @Test func `an idle connection can be closed although nothing was ever sent on it`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        let rule = self.rule(.closeWhenIdle(.seconds(300)), topic: nil)
        try await TestService.with(clock: clock) { service in
            try await service.server.perform { $0.putFault(rule) }
            let provider = try await service.client().connect()
            _ = await clock.advance(to: clock.now + .seconds(299), keepers: [service.server])
            #expect(await provider.answer(within: .milliseconds(50)) == .silence)
            _ = await clock.advance(to: clock.now + .seconds(2), keepers: [service.server])
            #expect(await provider.answer(within: .seconds(5)) == .closed)
        }
    }
}
