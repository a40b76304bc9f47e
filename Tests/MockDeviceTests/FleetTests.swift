import APNSWire
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

/// Devices that are made, connected and steered together, in memory and on a clock walked by hand.
struct FleetTests {
    private static let app = MockApp(topic: TestService.topic)

    private final class Events {
        var all: [DeviceEvent] = []
        /// Seconds since the start at which phones came online.
        var connectTimes: [Double] {
            self.all.filter { $0.kind.isConnected }.map {
                Double(MemoryScene.start.duration(to: $0.at).wholeNanoseconds) / 1_000_000_000
            }
        }
    }

    private func scene(seed: UInt64 = 1) throws -> (MemoryScene, Events) {
        let events = Events()
        return (try MemoryScene(eventLoop: EmbeddedEventLoop(), seed: seed) { events.all.append($0) }, events)
    }

    private func fleet(_ count: Int, _ networks: NetworkMix = NetworkMix()) -> FleetSpecification {
        FleetSpecification(name: "fleet", count: count, apps: [Self.app], networks: networks)
    }

    private func profile(_ name: String) throws -> NetworkProfile {
        try #require(NetworkCatalogue.builtIn.profile(named: name))
    }

    private func progress(_ scene: MemoryScene) throws -> FleetProgress {
        try #require(scene.devices.fleetProgress("fleet"))
    }

    private func connected(_ scene: MemoryScene) -> Int {
        scene.devices.deviceNames(ofFleet: "fleet").count { scene.serviceSees($0) }
    }

    @Test func `all at once, a fleet is connected and registered`() throws {
        let (scene, _) = try self.scene()
        try scene.devices.addFleet(self.fleet(300))
        scene.settle()
        var expected = FleetProgress()
        (expected.devices, expected.wanted, expected.online, expected.registered) = (300, 300, 300, 300)
        expected.connections = 300
        #expect(try self.progress(scene) == expected)
        #expect(self.connected(scene) == 300)
        #expect(scene.devices.names.first == "fleet-1" && scene.devices.names.last == "fleet-300")
    }

    @Test func `at a rate, devices connect one after the other by the product clock`() throws {
        let (scene, events) = try self.scene()
        var wanted = self.fleet(100)
        wanted.connectRate = 10
        try scene.devices.addFleet(wanted)
        scene.settle()
        #expect(try self.progress(scene).online == 1 && self.progress(scene).waitingForTurn == 99)
        #expect(try self.progress(scene).wanted == 100)
        scene.walk(.seconds(5))
        #expect(try self.progress(scene).online == 51)
        scene.walk(.milliseconds(4_900))
        #expect(try self.progress(scene).registered == 100)
        #expect(events.connectTimes == (0..<100).map { Double($0) / 10 })
    }

    @Test func `a mix gives each network its share, everywhere in the fleet`() throws {
        let mix = NetworkMix([
            .init(.ideal, weight: 3), .init(try self.profile("roaming-off")),
            .init(try self.profile("lift"), weight: 2),
        ])
        let (scene, _) = try self.scene()
        try scene.devices.addFleet(self.fleet(600, mix))
        scene.settle()
        let names = scene.devices.names.compactMap { scene.devices.snapshot($0)?.network.name }
        #expect(names.count { $0 == "ideal" } == 300 && names.count { $0 == "lift" } == 200)
        for start in stride(from: 0, to: 600, by: 6) {
            #expect(names[start..<start + 6].count { $0 == "roaming-off" } == 1, "from \(start)")
        }
        #expect(try self.progress(scene).withoutNetwork >= 100)
        #expect(try self.progress(scene).registered == self.progress(scene).online)
    }

    @Test func `whose network keeps them away is up as far as it can be`() throws {
        let (scene, _) = try self.scene()
        var up: [String] = []
        try scene.devices.addFleet(self.fleet(4, NetworkMix([.init(.ideal), .init(try self.profile("roaming-off"))]))) {
            up.append($0)
        }
        scene.settle()
        #expect(up.sorted() == ["fleet-1", "fleet-2", "fleet-3", "fleet-4"])
        #expect(try self.progress(scene).online == 2)
    }

    // MARK: - Storms

    @Test(.seed("000-03", "000-05"))
    func `after a blackout a mass wake-up brings every device back, at a rate, with the last push`() throws {
        let (scene, events) = try self.scene()
        try scene.devices.addFleet(self.fleet(50))
        scene.settle()
        let tokens = scene.devices.names.compactMap { scene.devices.snapshot($0)?.apps.first?.token }
        for name in scene.devices.names { try scene.devices.change(name, to: self.profile("dead-network")) }
        for token in tokens {
            try scene.push(.alert("first", to: token))
            try scene.push(.alert("last", to: token))
        }
        #expect(self.connected(scene) == 50, "the service believes what nobody told it otherwise")
        #expect(scene.host.ledger.counters.delivered == 0)
        events.all = []
        try scene.devices.wakeUpFleet("fleet", rate: 25)
        scene.walk(.seconds(3))
        #expect(events.connectTimes == (0..<50).map { Double($0) / 25 })
        #expect(scene.host.ledger.counters.delivered == 50 && scene.host.ledger.counters.coalesced == 50)
        #expect(try self.progress(scene).received == 50)
        #expect(scene.devices.names.allSatisfy { scene.devices.snapshot($0)?.network == .ideal })
    }

    @Test func `devices that are away, out of coverage or waiting for an answer wake up alike`() throws {
        let (scene, _) = try self.scene()
        var wanted = self.fleet(30)
        wanted.isConnected = false
        try scene.devices.addFleet(wanted)
        scene.settle()
        #expect(try self.progress(scene).wanted == 0 && self.connected(scene) == 0)
        for (index, name) in scene.devices.names.enumerated() where index >= 10 {
            try scene.devices.change(name, to: self.profile(index < 20 ? "roaming-off" : "wifi-blocked-5223"))
            try scene.devices.connect(name)
        }
        scene.walk(.seconds(10))
        #expect(self.connected(scene) == 0)
        try scene.devices.wakeUpFleet("fleet", rate: nil)
        scene.settle()
        #expect(self.connected(scene) == 30)
        #expect(try self.progress(scene).registered == 30)
    }

    @Test func `in a reconnect storm every connection is cut, and every device comes back within its jitter`() throws {
        let (scene, events) = try self.scene()
        try scene.devices.addFleet(self.fleet(200))
        scene.settle()
        events.all = []
        #expect(try scene.devices.cutFleet("fleet", jitter: .seconds(10)) == 200)
        scene.settle()
        #expect(self.connected(scene) == 0, "the service hears of a reset")
        scene.walk(.milliseconds(5_500))
        #expect(70...130 ~= self.connected(scene), "half of the time, half of the devices")
        scene.walk(.milliseconds(5_500))
        #expect(self.connected(scene) == 200)
        #expect(events.connectTimes.allSatisfy { 1...11 ~= $0 } && Set(events.connectTimes).count == 200)
        // The fleet's own jitter is none: all come back a second later.
        events.all = []
        try scene.devices.cutFleet("fleet", jitter: nil)
        scene.walk(.seconds(2))
        #expect(Set(events.connectTimes).count == 1 && events.connectTimes.count == 200)
        #expect(scene.host.ledger.openConnectionCount == 200)
    }

    @Test func `one seed, one storm; another seed, another`() throws {
        func storm(_ seed: UInt64) throws -> [Double] {
            let (scene, events) = try self.scene(seed: seed)
            var wanted = self.fleet(40)
            wanted.reconnectJitter = .seconds(30)
            try scene.devices.addFleet(wanted)
            scene.settle()
            try scene.devices.cutFleet("fleet", jitter: nil)
            scene.walk(.seconds(60))
            return events.connectTimes
        }
        let first = try storm(1)
        #expect(try first.count == 80 && first == storm(1))
        #expect(try first != storm(2))
    }

    // MARK: - Changing

    @Test func `a fleet is changed while it lives: networks, keep-alive, away and back`() throws {
        let (scene, _) = try self.scene()
        try scene.devices.addFleet(self.fleet(20))
        scene.settle()
        var wanted = self.fleet(20, NetworkMix(try self.profile("gprs")))
        wanted.keepAlive = .fixed(.seconds(60))
        try scene.devices.changeFleet(to: wanted)
        let snapshot = try #require(scene.devices.snapshot("fleet-20"))
        #expect(snapshot.network.name == "gprs" && snapshot.keepAlive.interval == .seconds(60))
        wanted.networks = NetworkMix()
        wanted.isConnected = false
        try scene.devices.changeFleet(to: wanted)
        scene.settle()
        #expect(self.connected(scene) == 0)
        wanted.isConnected = true
        wanted.connectRate = 10
        try scene.devices.changeFleet(to: wanted)
        scene.walk(.seconds(1))
        #expect(self.connected(scene) == 11)
        // Away again, and nobody is left who waits for a turn.
        wanted.isConnected = false
        try scene.devices.changeFleet(to: wanted)
        scene.walk(.seconds(60))
        #expect(self.connected(scene) == 0)
        #expect(try self.progress(scene).wanted == 0)
    }

    @Test func `a fleet that goes takes its devices along, and leaves the others`() throws {
        let (scene, _) = try self.scene()
        try scene.addPhone(MockDeviceConfiguration(name: "phone", environment: .sandbox, apps: [Self.app]))
        var wanted = self.fleet(10)
        wanted.connectRate = 1
        try scene.devices.addFleet(wanted)
        scene.walk(.seconds(3))
        try scene.devices.remove("fleet-2")
        #expect(try self.progress(scene).devices == 9)
        #expect(try scene.devices.removeFleet("fleet").count == 9)
        scene.walk(.seconds(60))
        #expect(scene.devices.names == ["phone"] && scene.serviceSees("phone") && scene.devices.fleetNames.isEmpty)
        #expect(scene.host.ledger.openConnectionCount == 1)
        #expect(throws: DeviceFleetError.unknownFleet("fleet")) { try scene.devices.removeFleet("fleet") }
    }

    @Test func `a name that is taken changes nothing`() throws {
        let (scene, _) = try self.scene()
        try scene.addPhone(MockDeviceConfiguration(name: "phone", environment: .sandbox, apps: [Self.app]))
        try scene.devices.addFleet(self.fleet(3))
        #expect(throws: DeviceFleetError.fleetTaken("fleet")) { try scene.devices.addFleet(self.fleet(5)) }
        #expect(scene.devices.names == ["phone", "fleet-1", "fleet-2", "fleet-3"])
    }

    // MARK: - Names

    @Test(arguments: ["", "a\u{0}b", "line\nbreak", String(repeating: "x", count: 257)])
    func `a name that no device can have is refused in a sentence`(_ name: String) throws {
        let (scene, _) = try self.scene()
        let error = #expect(throws: DeviceFleetError.self) {
            try scene.devices.add(MockDeviceConfiguration(name: name, environment: .sandbox, apps: [Self.app]))
        }
        guard case .unusableName(let reason)? = error else {
            Issue.record("refused otherwise: \(String(describing: error))")
            return
        }
        #expect(reason.hasPrefix("a device"))
        #expect(throws: DeviceFleetError.self) {
            try scene.devices.addFleet(FleetSpecification(name: name, count: 2, apps: [Self.app]))
        }
        #expect(scene.devices.names.isEmpty && scene.devices.fleetNames.isEmpty)
    }

    @Test(arguments: ["x", "phone of Zoë 📱", String(repeating: "é", count: 128)])
    func `any other name is one, and the service knows the device by it`(_ name: String) throws {
        let (scene, _) = try self.scene()
        try scene.devices.add(MockDeviceConfiguration(name: name, environment: .sandbox, apps: [Self.app]))
        scene.settle()
        #expect(scene.serviceSees(name))
    }
}
