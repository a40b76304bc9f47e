import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What waits for a device, and how it comes, over real TLS.
struct CourierStorageTests {
    private static let topic = TestService.topic

    /// A phone that has its app's token and has told nothing else.
    private func phone(in service: TestService) async throws -> (OnlinePhone, DeviceToken) {
        let online = try await RawPhone("phone").online(in: service)
        return (online, try await online.appToken(Self.topic))
    }

    private func push(_ texts: String..., to token: DeviceToken, topic: Topic = topic, in service: TestService)
        async throws
    {
        let provider = try await service.client(topic: topic).connect()
        let before = try await service.counters().accepted
        try await provider.send(texts.map { .alert($0, to: token) })
        _ = try await service.wait(NotificationFilter(verdict: .accepted), count: before + texts.count)
    }

    private func fates(in service: TestService) async throws -> [Fate?] {
        try await service.notifications().map(\.fate)
    }

    // MARK: - Topics that wait

    @Test func `a topic that is paused, ignored or unlisted waits, and the fate says why`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            try await self.push("before any Filter", to: token, in: service)
            #expect(try await self.fates(in: service).last == .stored(.deviceAway))
            try await online.filter(paused: [Self.topic])
            #expect(try await online.courier.next() == .noStorage(token: online.baseToken))
            try await self.push("paused", to: token, in: service)
            #expect(try await self.fates(in: service).last == .stored(.topicPaused))
            try await online.filter(ignored: [Self.topic])
            try await self.push("ignored", to: token, in: service)
            #expect(try await self.fates(in: service).last == .stored(.topicIgnored))
            try await online.filter(enabled: [TestService.otherTopic])
            try await self.push("unlisted", to: token, in: service)
            #expect(try await self.fates(in: service).last == .stored(.topicUnlisted))

            try await online.expectQuiet()
            try await online.filter(enabled: [Self.topic])
            let stored = try await online.courier.nextNotification()
            #expect(String(buffer: stored.payload) == #"{"aps":{"alert":"unlisted"}}"#)
            #expect(stored.storageFlags == 3)
        }
    }

    @Test func `opportunistic and non-waking topics are delivered`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            for path in [\CourierFilter.opportunistic, \.nonWaking] {
                var filter = CourierFilter(baseToken: online.baseToken)
                filter[keyPath: path] = [Self.topic.hash]
                try await online.courier.send(.filter(filter))
                if path == \.opportunistic { _ = try await online.courier.next() }
                try await online.expectQuiet()
                try await self.push("live", to: token, in: service)
                let push = try await online.courier.nextNotification()
                #expect(push.storageFlags == 0)
                try await online.courier.acknowledge(push)
            }
        }
    }

    // MARK: - What a notification carries

    @Test func `a live push carries token, topic, payload, times, priority and base token`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            try await online.filter(enabled: [Self.topic])
            _ = try await online.courier.next()
            let provider = try await service.client().connect()
            var push = OutgoingNotification.alert("hi", to: token, expiry: 0x7FFF_0000)
            push.priority = 5
            try await provider.send([push])
            let frame = try #require(try await online.courier.nextFrame())
            let widths = Dictionary(uniqueKeysWithValues: frame.items.map { ($0.id, $0.value.readableBytes) })
            #expect(widths == [1: 32, 2: 20, 3: push.payload.count, 4: 4, 5: 4, 6: 8, 7: 1, 0x0D: 1, 0x0F: 32])
            guard case .notification(let notification) = try CourierMessage(frame) else { return }
            #expect(notification.token == token && notification.topic == Self.topic.hash)
            #expect(notification.baseToken == online.baseToken && notification.priority == 5)
            #expect(Array(notification.payload.readableBytesView) == push.payload)
            #expect(notification.expiry == 0x7FFF_0000 && notification.storageFlags == 0)
            #expect(1...0x7FFF_FFFF ~= notification.messageIdentifier)
        }
    }

    @Test func `of several topics that waited, the last one to come says that it is the last`() async throws {
        try await TestService.with { service in
            let topics: [Topic] = ["com.example.a", "com.example.b", "com.example.c"]
            let online = try await RawPhone("phone").online(in: service)
            var tokens: [DeviceToken] = []
            for topic in topics { tokens.append(try await online.appToken(topic)) }
            for (topic, token) in zip(topics, tokens) {
                try await self.push("old", "new", to: token, topic: topic, in: service)
            }
            try await online.filter(enabled: topics)
            var received: [CourierNotification] = []
            for _ in topics { received.append(try await online.courier.nextNotification()) }
            #expect(received.map(\.storageFlags) == [1, 1, 3])
            #expect(Set(received.compactMap(\.token)) == Set(tokens))
            #expect(received.allSatisfy { String(buffer: $0.payload).contains("new") })
            try await online.expectQuiet()
        }
    }

    // MARK: - Acknowledgements

    @Test(.seed("004-21", "004-22"))
    func `of a burst to a phone that does not answer, the first is on its way and the last waits`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            try await online.filter(enabled: [Self.topic])
            _ = try await online.courier.next()
            try await self.push("1", "2", "3", to: token, in: service)
            let first = try await online.courier.nextNotification()
            #expect(String(buffer: first.payload).contains("1"))
            try await online.expectQuiet()
            let ids = try await service.notifications().map(\.id)
            #expect(
                try await self.fates(in: service) == [
                    .inFlight, .coalesced(by: ids[2]), .stored(.awaitingAcknowledgement),
                ]
            )
            try await online.courier.acknowledge(first)
            let last = try await online.courier.nextNotification()
            #expect(String(buffer: last.payload).contains("3") && last.storageFlags == 0)
        }
    }

    @Test func `an acknowledgement that is repeated, unknown or negative changes nothing`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            try await online.filter(enabled: [Self.topic])
            _ = try await online.courier.next()
            try await self.push("first", to: token, in: service)
            let first = try await online.courier.nextNotification()
            for identifier in [0, first.messageIdentifier + 1, 0xFFFF_FFFF] {
                try await online.courier.send(
                    .acknowledgement(CourierAcknowledgement(token: token, messageIdentifier: identifier))
                )
            }
            try await online.courier.send(
                .acknowledgement(
                    CourierAcknowledgement(token: token, messageIdentifier: first.messageIdentifier, status: 2)
                )
            )
            try await online.expectQuiet()
            #expect(try await self.fates(in: service) == [.inFlight])

            try await online.courier.acknowledge(first)
            try await online.courier.acknowledge(first)
            try await online.expectQuiet()
            try await self.push("second", to: token, in: service)
            let second = try await online.courier.nextNotification()
            try await online.courier.acknowledge(first)
            try await online.expectQuiet()
            #expect(try await self.fates(in: service) == [.delivered, .inFlight])
            try await online.courier.acknowledge(second)
            try await online.expectQuiet()
            #expect(try await self.fates(in: service) == [.delivered, .delivered])
            #expect(try await service.counters().addUp)
        }
    }

    @Test(.seed("004-22", "004-23"))
    func `what was not acknowledged comes again, flagged as from storage`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            try await online.filter(enabled: [Self.topic])
            _ = try await online.courier.next()
            try await self.push("hi", to: token, in: service)
            let live = try await online.courier.nextNotification()
            await online.courier.close()
            try await service.serviceSees("phone", connected: false)
            #expect(try await self.fates(in: service) == [.stored(.connectionLost)])

            let again = try await RawPhone("phone").online(in: service, presenting: online.baseToken)
            try await again.filter(enabled: [Self.topic])
            let stored = try await again.courier.nextNotification()
            #expect(stored.messageIdentifier == live.messageIdentifier && stored.storageFlags == 3)
            try await again.courier.acknowledge(stored)
            try await again.expectQuiet()
            #expect(try await self.fates(in: service) == [.delivered])
        }
    }

    // MARK: - Removal

    @Test(.seed("004-15", "004-26"))
    func `a removal told with the Filter makes pushes undeliverable until the app asks again`() async throws {
        try await TestService.with { service in
            let (online, token) = try await self.phone(in: service)
            try await online.filter(enabled: [Self.topic])
            _ = try await online.courier.next()
            try await online.filter(removed: [Self.topic])
            try await online.expectQuiet()
            try await self.push("gone", to: token, in: service)
            #expect(try await self.fates(in: service).last == .undeliverable(.appRemoved))
            try await online.filter(enabled: [Self.topic])
            #expect(try await online.appToken(Self.topic) == token)
            try await self.push("back", to: token, in: service)
            #expect(String(buffer: try await online.courier.nextNotification().payload).contains("back"))
        }
    }
}
