import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The courier as a device sees it, over real TLS.
struct CourierWireTests {
    // MARK: - TLS

    @Test(
        arguments: [
            (["apns-security-v3"], "apns-security-v3"), (["apns-security-v2", "apns-security-v3"], "apns-security-v3"),
            (["apns-pack-v1", "apns-security-v3"], "apns-security-v3"), (["apns-pack-v1"], nil),
            (["apns-security-v2"], "apns-security-v2"), ([], nil),
        ] as [([String], String?)]
    )
    func `the unpacked protocol is chosen, and a client that offers none of it is served too`(
        _ offered: [String],
        _ chosen: String?
    ) async throws {
        try await TestService.with { service in
            let courier = try await RawCourier.open(to: service, protocols: offered)
            #expect(courier.applicationProtocol == chosen)
            try await courier.send(.connect(try RawPhone("phone").connect()))
            guard case .connectResponse = try await courier.next() else {
                Issue.record("not served")
                return
            }
        }
    }

    // MARK: - Connect

    @Test func `the answer to Connect has seven items of exact widths`() async throws {
        try await TestService.with { service in
            let courier = try await RawCourier.open(to: service)
            try await courier.send(.connect(try RawPhone("phone").connect()))
            let frame = try #require(try await courier.nextFrame())
            #expect(frame.command == 0x08)
            let items = frame.items.map { [Int($0.id), $0.value.readableBytes] }
            #expect(
                items.sorted { $0[0] < $1[0] } == [[1, 1], [3, 32], [4, 2], [5, 2], [6, 3], [8, 2], [10, 8]]
            )
            let values = Dictionary(
                uniqueKeysWithValues: frame.items.map { ($0.id, Array($0.value.readableBytesView)) }
            )
            #expect(values[1] == [0] && values[4] == [0x10, 0] && values[5] == [0, 2])
            #expect(values[6] == [0, 0, 0x30] && values[8] == [0x3C, 0])
        }
    }

    @Test func `the same device gets the same base token, whether it presents it or not`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let first = try await phone.online(in: service)
            await first.courier.close()
            #expect(try await phone.online(in: service).baseToken == first.baseToken)
            #expect(try await phone.online(in: service, presenting: first.baseToken).baseToken == first.baseToken)
            #expect(try await RawPhone("other").online(in: service).baseToken != first.baseToken)
        }
    }

    @Test func `a token that nobody has is adopted with the device that brings it`() async throws {
        try await TestService.with { service in
            let brought = try #require(DeviceToken(Array(repeating: 0x42 as UInt8, count: 32)))
            let online = try await RawPhone("phone").online(in: service, presenting: brought)
            #expect(online.baseToken == brought)
            let known = try await service.server.perform { $0.broker.device(baseToken: brought, environment: .sandbox) }
            #expect(known != nil)
        }
    }

    @Test func `a known device that brings a token from another life is told the one it has here`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let first = try await phone.online(in: service)
            let foreign = try #require(DeviceToken(Array(repeating: 0x43 as UInt8, count: 32)))
            #expect(try await phone.online(in: service, presenting: foreign).baseToken == first.baseToken)
        }
    }

    @Test func `another device's token gets status 2 and the end`() async throws {
        try await TestService.with { service in
            let owner = try await RawPhone("owner").online(in: service)
            for thief in [try RawPhone("thief"), try RawPhone("second thief")] {
                let courier = try await RawCourier.open(to: service)
                try await courier.send(.connect(try thief.connect(presenting: owner.baseToken)))
                try await self.expectRefusal(courier)
            }
            try await owner.expectQuiet()
        }
    }

    @Test func `a wrong proof gets status 2 and the end`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            var wrongSignature = try phone.connect()
            wrongSignature.signature = wrongSignature.signature?.reversed()
            var unproven = try phone.connect()
            unproven.credentials = nil
            for connect in [wrongSignature, unproven] {
                let courier = try await RawCourier.open(to: service)
                try await courier.send(.connect(connect))
                try await self.expectRefusal(courier)
            }
            #expect(try await service.server.perform { $0.broker.deviceViews.isEmpty })
        }
    }

    @Test func `where proofs are not insisted on, a wrong one passes`() async throws {
        try await TestService.with(courier: CourierOptions(credentials: .accept)) { service in
            let phone = try RawPhone("phone")
            var wrong = try phone.connect()
            wrong.signature = [1, 1]
            var unreadable = try phone.connect()
            unreadable.certificate = [1, 2, 3]
            for connect in [wrong, unreadable, CourierConnect()] {
                let courier = try await RawCourier.open(to: service)
                try await courier.send(.connect(connect))
                guard case .connectResponse(let response) = try await courier.next() else {
                    Issue.record("no answer")
                    continue
                }
                #expect(response.status == 0)
            }
            #expect(try await service.server.perform { $0.broker.device(named: "phone") } != nil)
        }
    }

    private func expectRefusal(_ courier: RawCourier) async throws {
        guard case .connectResponse(let response) = try await courier.next() else {
            Issue.record("no answer")
            return
        }
        #expect(response.status == 2)
        #expect(response.baseToken == nil)
        #expect(try await courier.next() == nil)
    }

    // MARK: - Violations

    @Test func `a first message other than Connect closes the connection without a byte`() async throws {
        try await TestService.with { service in
            for message in [
                CourierMessage.keepAlive(CourierKeepAlive()), .filter(CourierFilter(baseToken: nil)),
                .unknown(CourierFrame(command: 0x7E, items: .none)),
            ] {
                let courier = try await RawCourier.open(to: service)
                try await courier.send(message)
                #expect(try await courier.next() == nil)
            }
            #expect(try await self.endCodes(in: service) == Array(repeating: "protocol-violation", count: 3))
        }
    }

    @Test func `a second Connect closes the connection, and its device is away`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let online = try await phone.online(in: service)
            let token = try await online.appToken(TestService.topic)
            try await online.filter(enabled: [TestService.topic])
            _ = try await online.courier.next()
            try await online.courier.send(.connect(try phone.connect()))
            #expect(try await online.courier.next() == nil)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: token)])
            let items = try await service.wait(NotificationFilter(verdict: .accepted))
            #expect(items[0].fate == .stored(.deviceAway))
        }
    }

    @Test(
        arguments: [
            [0x0C, 0, 0, 0, 2, 1, 0], [0x0C, 0, 0, 0, 4, 1, 0, 9, 0x57], [0x0C, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x09, 0, 0, 0, 6, 2, 0, 3, 1, 2, 3], [0x0B, 0, 0, 0, 0], [0x11, 0, 0, 0, 5, 2, 0, 2, 1, 2],
        ] as [[UInt8]]
    )
    func `malformed items end their own connection and nobody else's`(_ bytes: [UInt8]) async throws {
        try await TestService.with { service in
            let bystander = try await RawPhone("bystander").online(in: service)
            let offender = try await RawPhone("offender").online(in: service)
            try await offender.courier.send(bytes: bytes)
            #expect(try await offender.courier.next() == nil)
            try await bystander.expectQuiet()
            #expect(try await self.endCodes(in: service) == ["malformed-message"])
            #expect(try await service.server.perform { $0.broker.deviceViews.map(\.isConnected) } == [true, false])
        }
    }

    private func endCodes(in service: TestService) async throws -> [String] {
        try await service.server.perform { host in
            host.ledger.connections().compactMap {
                if case .closed(.service, let end) = $0.outcome { end.code } else { nil }
            }
        }
    }

    @Test func `what the service does not act on is passed over, whatever its items are`() async throws {
        try await TestService.with { service in
            let online = try await RawPhone("phone").online(in: service)
            try await online.courier.send(.setState(state: 1, interval: 0x7FFF_FFFF), .setActiveInterval(9))
            for command in [0x00, 0x06, 0x08, 0x0D, 0x0E, 0x10, 0x12, 0x13, 0x14, 0x19, 0x1E, 0x20, 0xFF] as [UInt8] {
                try await online.courier.send(bytes: [command, 0, 0, 0, 5, 1, 0, 2, 9, 9])
            }
            // A message of the device's own, as for iMessage: topic and token have changed places.
            let topic = WireFrame.item(1, TestService.topic.hash.bytes)
            let body = topic + WireFrame.item(2, online.baseToken.bytes) + WireFrame.item(4, [0, 0, 0, 1])
            try await online.courier.send(bytes: [0x0A] + WireFrame.bigEndian(UInt32(body.count)) + body)
            try await online.expectQuiet()
        }
    }

    // MARK: - Small talk

    @Test func `a keep-alive is answered at once, with an empty message`() async throws {
        try await TestService.with { service in
            let online = try await RawPhone("phone").online(in: service)
            try await online.courier.send(.keepAlive(CourierKeepAlive(carrier: "WiFi", intervalMinutes: 15)))
            let frame = try #require(try await online.courier.nextFrame())
            #expect(frame == CourierFrame(command: 0x0D, items: .none))
        }
    }

    @Test func `a flush is answered with its padding, a subscription with status 0`() async throws {
        try await TestService.with { service in
            let online = try await RawPhone("phone").online(in: service)
            let padding = ByteBuffer(repeating: 0, count: 64)
            try await online.courier.send(
                .flush(wanted: 64, padding: padding),
                .pubSub(CourierPubSub(index: 77, body: ByteBuffer(bytes: [8, 1]), token: online.baseToken))
            )
            #expect(try await online.courier.next() == .flushResponse(padding: padding))
            #expect(
                try await online.courier.next()
                    == .pubSub(CourierPubSub(index: 77, token: online.baseToken, status: 0))
            )
        }
    }

    @Test func `an app's token is given before any Filter, echoes the request, and is always the same`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let first = try await phone.online(in: service)
            try await first.courier.send(
                .appTokenRequest(
                    CourierAppTokenRequest(baseToken: nil, topic: TestService.topic.hash, appIdentifier: 7)
                )
            )
            guard case .appTokenResponse(let response) = try await first.courier.next() else {
                Issue.record("no app token")
                return
            }
            #expect(response.status == 0 && response.topic == TestService.topic.hash && response.appIdentifier == 7)
            #expect(try await first.appToken(TestService.topic) == response.token)
            #expect(try await first.appToken(TestService.otherTopic) != response.token)
            let second = try await phone.online(in: service)
            #expect(try await second.appToken(TestService.topic) == response.token)
        }
    }

    @Test func `nothing stored is said once for each connection`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            for _ in 1...2 {
                let online = try await phone.online(in: service)
                _ = try await online.appToken(TestService.topic)
                try await online.filter(enabled: [TestService.topic])
                #expect(try await online.courier.next() == .noStorage(token: online.baseToken))
                try await online.filter(enabled: [TestService.topic])
                try await online.filter()
                try await online.expectQuiet()
            }
        }
    }

    @Test func `a device that is silent for too long is let go, by product time`() async throws {
        let clock = ProductClock(.manual, start: ProductClock.systemNow())
        let start = clock.now
        try await TestService.with(courier: CourierOptions(idleTimeout: .seconds(60)), clock: clock) { service in
            let online = try await RawPhone("phone").online(in: service)
            clock.freeze(at: start + .seconds(30))
            try await online.expectQuiet()
            clock.freeze(at: start + .seconds(90) - .nanoseconds(1))
            try await service.server.perform { _ in }
            #expect(try await self.endCodes(in: service).isEmpty, "it spoke a minute ago, less a nanosecond")
            clock.freeze(at: start + .seconds(90))
            #expect(try await online.courier.next() == nil)
            #expect(try await self.endCodes(in: service) == ["idle"])
        }
    }
}
