import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

/// A device that connects again while the service still has its older connection.
struct ReplacementTests {
    @Test func `the newer connection takes the older one's place, over the wire`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let older = try await phone.online(in: service)
            let token = try await older.appToken(TestService.topic)
            try await older.filter(enabled: [TestService.topic])
            #expect(try await older.courier.next() == .noStorage(token: older.baseToken))

            let newer = try await phone.online(in: service, presenting: older.baseToken)
            #expect(newer.baseToken == older.baseToken)
            #expect(try await older.courier.next() == nil)
            try await newer.filter(enabled: [TestService.topic])
            #expect(try await newer.courier.next() == .noStorage(token: newer.baseToken))

            let provider = try await service.client().connect()
            try await provider.send([.alert("new", to: token)])
            let push = try await newer.courier.nextNotification()
            #expect(push.token == token && push.storageFlags == 0)
            try await newer.courier.acknowledge(push)
            _ = try await service.wait(NotificationFilter(fate: .delivered))

            let entries = try await service.server.perform { $0.ledger.connections().filter { $0.service == .courier } }
            #expect(entries.count == 2)
            guard case .closed(.service, let end) = entries.first?.outcome else {
                Issue.record("the older one is \(String(describing: entries.first?.outcome))")
                return
            }
            #expect(end.code == "replaced")
            #expect(entries.last?.isOpen == true)
        }
    }

    @Test func `what was on its way on the older one comes again on the newer`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let older = try await phone.online(in: service)
            let token = try await older.appToken(TestService.topic)
            try await older.filter(enabled: [TestService.topic])
            _ = try await older.courier.next()
            let provider = try await service.client().connect()
            try await provider.send([.alert("once", to: token)])
            let first = try await older.courier.nextNotification()

            let newer = try await phone.online(in: service)
            try await newer.filter(enabled: [TestService.topic])
            let again = try await newer.courier.nextNotification()
            #expect(again.messageIdentifier == first.messageIdentifier && again.payload == first.payload)
            #expect(again.storageFlags == 3)
        }
    }

    @Test func `the end of a replaced connection says nothing about its device`() async throws {
        let scene = try await HostScene()
        let (older, newer) = (try await scene.makeLink(), try await scene.makeLink())
        try await scene.connect(older)
        try await scene.connect(newer)
        #expect(try await scene.perform { _ in older.value.ends } == [.replaced])
        try await scene.perform { host in
            guard let device = host.broker.device(named: "phone") else { return }
            host.disconnected(device, link: older.value)
        }
        let id = try await scene.push(OutgoingNotification(format: .simple, token: [], payload: Array("{}".utf8)))
        #expect(try await scene.fate(of: id) == .inFlight)
        #expect(try await scene.perform { _ in older.value.delivered.count } == 0)
        #expect(try await scene.perform { _ in newer.value.delivered.map(\.notification.id) } == [id])
        #expect(try await scene.perform { _ in newer.value.ends } == [])
    }

    @Test func `a removed device loses its connection and its place`() async throws {
        try await TestService.with { service in
            let phone = try RawPhone("phone")
            let online = try await phone.online(in: service)
            let token = try await online.appToken(TestService.topic)
            #expect(try await service.server.perform { $0.removeDevice(named: "phone") })
            #expect(try await online.courier.next() == nil)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: token, identifier: 3)])
            #expect(
                await provider.answer(within: .seconds(5))
                    == .packet(ErrorPacket(status: .invalidToken, identifier: 3))
            )
        }
    }
}
