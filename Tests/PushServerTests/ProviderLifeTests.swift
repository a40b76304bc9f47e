import APNSWire
import MockDevice
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

/// What a provider meets over the months: connections that are dropped, and tokens from the wrong app.
struct ProviderLifeTests {
    @Test(.seed("004-08"))
    func `an idle connection is dropped once, and the next one just works`() async throws {
        let clock = ProductClock(.manual)
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            var rule = FaultRule(
                id: "idle",
                match: FaultMatch(stage: .accept),
                trigger: FaultTrigger(times: 1),
                action: .closeWhenIdle(.seconds(60))
            )
            rule.match.service = .gateway
            let added = rule
            try await service.server.perform { $0.putFault(added) }

            let client = try service.client()
            let first = try await client.connect()
            try await first.send([.alert("before", to: tokens[0], identifier: 1)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 1))
            _ = await clock.advance(to: clock.now + .seconds(59), keepers: [service.server])
            #expect(await first.answer(within: .milliseconds(50)) == .silence, "it is not idle for long enough")
            _ = await clock.advance(to: clock.now + .seconds(2), keepers: [service.server])
            #expect(await first.answer(within: .seconds(5)) == .closed, "no error packet: nothing was wrong")

            let second = try await client.connect()
            try await second.send([.alert("after", to: tokens[0], identifier: 2)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 2))
            _ = await clock.advance(to: clock.now + .seconds(600), keepers: [service.server])
            #expect(await second.answer(within: .milliseconds(50)) == .silence)
            #expect(try await service.counters().accepted == 2)
            await first.close()
            await second.close()
        }
    }

    @Test(.seed("004-35"), arguments: [OutgoingNotification.Format.enhanced, .usualItems])
    func `the token of another app on the same phone is invalid, and that app hears nothing`(
        _ format: OutgoingNotification.Format
    ) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(topics: [TestService.topic, TestService.otherTopic])
            let client = try service.client(topic: TestService.topic)
            let misled = try await client.connect()
            try await misled.send([.alert(to: tokens[1], identifier: 35, format: format)])
            #expect(
                await misled.answer(within: .seconds(5))
                    == .packet(ErrorPacket(status: .invalidToken, identifier: 35))
            )
            let entry = try #require(try await service.notifications().first)
            #expect(entry.verdict == .rejected(status: ErrorStatus.invalidToken.rawValue))
            #expect(entry.tokenBytes == tokens[1].bytes)
            #expect(entry.fate == nil)

            let right = try await client.connect()
            try await right.send([.alert(to: tokens[0], identifier: 36, format: format)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 36))
            #expect(await service.fleet.snapshot("phone")?.receivedCount == 1)
            #expect(try await service.client(topic: TestService.otherTopic).readFeedback().isEmpty)
            await misled.close()
            await right.close()
        }
    }
}
