import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Priority 5 over real TLS: at once by default, held back or lost where that is asked for.
struct LowPriorityTests {
    private func push(_ token: DeviceToken, _ identifier: UInt32, priority: UInt8?) -> OutgoingNotification {
        var push = OutgoingNotification.alert(to: token, identifier: identifier)
        push.priority = priority
        return push
    }

    @Test func `by default both priorities are delivered at once`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            for (identifier, priority) in [(1, 5), (2, 10)] as [(UInt32, UInt8)] {
                try await provider.send([self.push(tokens[0], identifier, priority: priority)])
                try await service.wait(NotificationFilter(fate: .delivered, identifier: identifier))
            }
            await provider.close()
        }
    }

    @Test(.seed("000-04"))
    func `with a delay, priority 5 waits by the product clock and can be replaced; 10 goes at once`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        var profile = ServiceProfile.standard
        try profile.set("low-priority-delay", to: "10m")
        try await TestService.with(profile: profile, clock: clock) { service in
            let tokens = try await service.addPhone(topics: [TestService.topic, TestService.otherTopic])
            let provider = try await service.client().connect()
            let other = try await service.client(topic: TestService.otherTopic).connect()
            try await provider.send([self.push(tokens[0], 1, priority: 5), self.push(tokens[0], 2, priority: 5)])
            try await service.wait(NotificationFilter(fate: .stored, identifier: 2))
            try await other.send([self.push(tokens[1], 3, priority: 10)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 3))
            let fates = try await service.notifications().map(\.fate)
            #expect(fates == [.coalesced(by: NotificationID(rawValue: 2)), .stored(.heldBack), .delivered])
            _ = await clock.advance(to: clock.now + .seconds(599), keepers: [service.server, service.fleet])
            #expect(try await service.notifications()[1].fate == .stored(.heldBack))
            _ = await clock.advance(to: clock.now + .seconds(1), keepers: [service.server, service.fleet])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 2))
            await provider.close()
            await other.close()
        }
    }

    @Test func `a rule that asks for the priority can drop those of 5, and a frame without one counts as 10`()
        async throws
    {
        var rule = FaultRule(id: "drop", match: FaultMatch(stage: .frame), action: .lose)
        rule.match.priority = 5
        let added = rule
        try await TestService.with { service in
            let tokens = try await service.addPhone(topics: [TestService.topic])
            try await service.server.perform { $0.putFault(added) }
            let provider = try await service.client().connect()
            try await provider.send([self.push(tokens[0], 1, priority: 5)])
            try await provider.send([self.push(tokens[0], 2, priority: nil)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 2))
            #expect(try await service.notifications()[0].fate == .lost(rule: "drop"))
            await provider.close()
        }
    }
}
