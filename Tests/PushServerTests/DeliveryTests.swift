import APNSWire
import MockDevice
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// From a provider's socket to a phone and back, over real TLS.
struct DeliveryTests {
    @Test(
        .seed("004-22"),
        arguments: [OutgoingNotification.Format.simple, .enhanced, .usualItems, .items(order: [3, 1, 2, 4, 5])]
    )
    func `a push of any format reaches the phone, which acknowledges it`(_ format: OutgoingNotification.Format)
        async throws
    {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send([.alert("hello", to: tokens[0], format: format)])
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered.map(\.device) == ["phone"])
            #expect(delivered.map(\.topic) == [TestService.topic])
            #expect(delivered[0].timeline.map(\.event.name) == ["accepted", "sent", "delivered"])
            #expect(await provider.answer(within: .milliseconds(50)) == .silence)
            #expect(await service.fleet.snapshot("phone")?.receivedCount == 1)
            await provider.close()
        }
    }

    @Test(.seed("004-20"))
    func `of a burst to a phone that is away, the last arrives when it returns`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            try await provider.send((1...5).map { .alert("\($0)", to: tokens[0], identifier: $0) })
            try await service.wait(NotificationFilter(verdict: .accepted), count: 5)
            try await service.fleet.connect("phone")
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered.map(\.wire.identifier) == [5])
            let all = try await service.notifications()
            #expect(all.map { $0.fate?.kind } == [.coalesced, .coalesced, .coalesced, .coalesced, .delivered])
            #expect(try await service.counters().addUp)
        }
    }

    @Test(.seed("004-03", "004-14", "004-19"))
    func `environments never mix: a sandbox token is unknown to production`() async throws {
        try await TestService.with { service in
            let sandbox = try await service.addPhone("sandbox-phone", environment: .sandbox)
            let production = try await service.addPhone("production-phone", environment: .production)
            #expect(sandbox != production)
            let provider = try await service.client(.production).connect()
            try await provider.send([.alert(to: sandbox[0], identifier: 9)])
            #expect(
                await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: .invalidToken, identifier: 9))
            )
            let right = try await service.client(.production).connect()
            try await right.send([.alert(to: production[0])])
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered.map(\.device) == ["production-phone"])
        }
    }

    @Test(.seed("004-15", "004-26", "004-28"))
    func `a push to a removed app makes the feedback tuple, which one reading empties`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(topics: [TestService.topic, TestService.otherTopic])
            try await service.fleet.uninstall(TestService.topic, from: "phone")
            // The other app's token request is answered behind the Filter that reported the removal.
            try await service.fleet.install("com.example.third", on: "phone")
            let client = try service.client()
            #expect(try await client.readFeedback().isEmpty, "uninstalling alone lists nothing")
            let provider = try await client.connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .undeliverable))
            #expect(try await client.readFeedback().map(\.token) == [tokens[0]])
            #expect(try await client.readFeedback().isEmpty)
            #expect(try await service.client(topic: TestService.otherTopic).readFeedback().isEmpty)
        }
    }

    @Test(.seed("004-27"))
    func `the last push app of a phone goes without a word to feedback`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            try await service.fleet.uninstall(TestService.topic, from: "phone")
            try await service.serviceSees("phone", connected: false)
            let client = try service.client()
            let provider = try await client.connect()
            try await provider.send([.alert(to: tokens[0])])
            let items = try await service.wait(NotificationFilter(fate: .stored))
            #expect(items[0].fate == .stored(.deviceAway))
            #expect(try await client.readFeedback().isEmpty)
        }
    }

    @Test func `a server name of a real host selects the environment, whatever the port`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone("phone", environment: .production)
            guard let sandboxPorts = service.server.addresses[.sandbox] else { return }
            var client = try service.client(.production, serverName: "gateway.push.apple.com")
            client.gateway = sandboxPorts.gateway
            let provider = try await client.connect()
            try await provider.send([.alert(to: tokens[0])])
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered[0].environment == .production)
        }
    }

    @Test func `a payload no device can use is accepted on the wire and never delivered`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var broken = OutgoingNotification.alert(to: tokens[0])
            broken.payload = Array(#"{"aps":{"alert":}}"#.utf8)
            try await provider.send([broken, .alert("fine", to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .delivered))
            let all = try await service.notifications()
            #expect(all.map { $0.fate?.kind } == [.undeliverable, .delivered])
            #expect(all[0].note?.contains("byte 16") == true)
            #expect(await service.fleet.snapshot("phone")?.receivedCount == 1)
        }
    }
}
