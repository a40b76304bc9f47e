import MockDevice
import NIOCore
import NIOEmbedded
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Service and devices on one event loop that nobody drives, joined in memory.
struct MemoryCourierTests {
    private static let topic = TestService.topic

    private func phone(_ name: String = "phone", connected: Bool = true) -> MockDeviceConfiguration {
        MockDeviceConfiguration(
            name: name,
            environment: .sandbox,
            apps: [MockDeviceConfiguration.App(topic: Self.topic)],
            connected: connected
        )
    }

    private func scene(courier: CourierOptions = CourierOptions()) throws -> MemoryScene {
        try MemoryScene(eventLoop: EmbeddedEventLoop(), courier: courier)
    }

    @Test func `a phone registers and gets its pushes without a socket, a thread or a wait`() throws {
        let scene = try self.scene()
        let token = try scene.addPhone(self.phone())
        #expect(scene.devices.snapshot("phone")?.apps.map(\.token) == [token])
        let push = try scene.push(.alert(to: token))
        #expect(scene.fate(of: push) == .delivered)
        let connection = try #require(scene.host.ledger.connections().first)
        #expect(connection.isOpen && connection.device == "phone" && connection.peer == "memory")
    }

    @Test(.seed("004-23", "004-24"))
    func `away, it gets the last of three when it is back`() throws {
        let scene = try self.scene()
        let token = try scene.addPhone(self.phone(connected: false))
        let pushes = try (1...3).map { try scene.push(.alert("\($0)", to: token)) }
        try scene.devices.connect("phone")
        scene.settle()
        #expect(
            pushes.map { scene.fate(of: $0) } == [.coalesced(by: pushes[1]), .coalesced(by: pushes[2]), .delivered]
        )
        try scene.devices.disconnect("phone")
        scene.settle()
        let closed = try #require(scene.host.ledger.connections().first)
        #expect(!closed.isOpen)
        #expect(closed.bytesIn > 0 && closed.bytesOut > 0)
    }

    @Test func `a month is walked from one keep-alive to the next, and no connection is cut`() throws {
        let scene = try self.scene()
        try scene.addPhone(self.phone())
        #expect(scene.walk(.seconds(30 * 86_400)) >= 30 * 86_400 / 3_600)
        #expect(scene.host.ledger.connections().map(\.isOpen) == [true])
        #expect(scene.clock.now == MemoryScene.start + .seconds(30 * 86_400))
    }

    @Test func `a newer connection of the same phone ends the older`() throws {
        let scene = try self.scene()
        try scene.addPhone(self.phone())
        try scene.devices.disconnect("phone")
        try scene.devices.connect("phone")
        scene.settle()
        #expect(scene.serviceSees("phone"))
        #expect(scene.host.ledger.openConnectionCount == 1)
    }

    @Test(arguments: [FaultAction.silentClose, .reset])
    func `a fault rule turns a connection in memory away as it does one over TLS`(_ action: FaultAction) throws {
        let scene = try self.scene()
        let rule = FaultRule(id: "away", match: FaultMatch(stage: .accept), action: action)
        scene.host.putFault(rule)
        try scene.addPhone(self.phone())
        #expect(!scene.serviceSees("phone"))
        #expect(scene.devices.snapshot("phone")?.isOnline == false)
        _ = scene.host.removeFault("away")
        scene.walk(.seconds(60))
        #expect(scene.serviceSees("phone"))
    }

    @Test func `what a fault rule holds up arrives when its time has come`() throws {
        let scene = try self.scene()
        scene.host.putFault(FaultRule(id: "slow", match: FaultMatch(stage: .accept), action: .delay(.seconds(5))))
        try scene.addPhone(self.phone())
        scene.walk(.seconds(4))
        #expect(!scene.serviceSees("phone"))
        scene.walk(.seconds(1))
        #expect(scene.serviceSees("phone"))
    }
}
