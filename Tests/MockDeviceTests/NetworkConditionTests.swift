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

/// What a network does to phones and to what the service believes of them, in memory and on a clock walked by hand.
struct NetworkConditionTests {
    private static let topic = TestService.topic
    /// More than any silence a phone or a courier takes for life.
    private static let hour: Duration = .seconds(3_600)

    private func phone(_ network: NetworkProfile, named name: String = "phone") -> MockDeviceConfiguration {
        MockDeviceConfiguration(
            name: name,
            environment: .sandbox,
            apps: [MockDeviceConfiguration.App(topic: Self.topic)],
            network: network
        )
    }

    private func profile(_ name: String) throws -> NetworkProfile {
        try #require(NetworkCatalogue.builtIn.profile(named: name))
    }

    private func custom(_ json: String) throws -> NetworkProfile {
        try NetworkProfile(json: Array(json.utf8), catalogue: .builtIn)
    }

    private final class Events {
        var all: [DeviceEvent] = []
        var disconnects: Int { self.all.count { $0.kind.isDisconnected } }
        var received: Int { self.all.count { $0.kind.isReceived } }
        var reasons: Set<String> {
            Set(self.all.compactMap { if case .disconnected(let reason) = $0.kind { reason } else { nil } })
        }
    }

    private func scene(seed: UInt64 = 1) throws -> (MemoryScene, Events) {
        let events = Events()
        return (try MemoryScene(eventLoop: EmbeddedEventLoop(), seed: seed) { events.all.append($0) }, events)
    }

    private func isStored(_ push: NotificationID, in scene: MemoryScene) -> Bool {
        if case .stored? = scene.fate(of: push) { true } else { false }
    }

    // MARK: - Causes

    @Test(.seed("000-13", "001-24"))
    func `an ideal phone is connected all day, a real one is not`() throws {
        let (scene, _) = try self.scene()
        for name in ["ideal", "edge-of-coverage"] { try scene.addPhone(self.phone(self.profile(name), named: name)) }
        scene.walk(Self.hour * 24)
        let connections = scene.host.ledger.connections()
        #expect(connections.count { $0.device == "ideal" } == 1)
        #expect(connections.count { $0.device == "edge-of-coverage" } > 5)
    }

    @Test(.seed("000-03", "000-06", "003-15"))
    func `an operator's idle cut-off is silent: the service believes, and sends again when the phone is back`() throws {
        let (scene, events) = try self.scene()
        let token = try scene.addPhone(self.phone(self.profile("operator-4-minutes")))
        scene.walk(.seconds(4 * 60))
        let push = try scene.push(.alert(to: token))
        #expect(scene.fate(of: push) == .inFlight)
        #expect(scene.serviceSees("phone") && events.received == 0)
        #expect(scene.devices.snapshot("phone")?.isOnline == true, "the phone does not know either")
        scene.walk(Self.hour)
        #expect(scene.fate(of: push) == .delivered)
        #expect(events.received == 1 && events.disconnects > 0)
        #expect(scene.host.ledger.counters.addUp)
    }

    @Test(.seed("000-17", "003-16", "003-18"), arguments: [4, 8, 15, 28, 60])
    func `operators differ in how long an idle connection lives, all in one run`(_ minutes: Int) throws {
        let (scene, _) = try self.scene()
        let token = try scene.addPhone(self.phone(self.profile("operator-\(minutes)-minutes")))
        // Short of the first keep-alive, and of this operator's patience or not.
        let quiet = 9 * 60
        scene.walk(.seconds(quiet))
        let push = try scene.push(.alert(to: token))
        #expect(scene.fate(of: push) == (quiet < minutes * 60 ? .delivered : .inFlight))
    }

    @Test(.seed("000-05", "000-07", "000-08"), arguments: ["roaming-off", "restrictive-plan"])
    func `without data a phone does not even try, and gets its push when it has data again`(_ name: String) throws {
        let (scene, events) = try self.scene()
        let token = try scene.addPhone(self.phone(self.profile(name)))
        scene.walk(Self.hour * 24)
        #expect(!scene.serviceSees("phone") && scene.host.ledger.connections().isEmpty)
        #expect(scene.devices.snapshot("phone")?.networkState == .noCoverage)
        let push = try scene.push(.alert(to: token))
        #expect(self.isStored(push, in: scene))
        try scene.devices.change("phone", to: .ideal)
        scene.settle()
        #expect(scene.fate(of: push) == .delivered && events.received == 1)
    }

    @Test(.seed("000-10", "000-12", "004-33"), arguments: ["wifi-blocked-5223", "socks-only"])
    func `on a network without 5223 every attempt times out, for good`(_ name: String) throws {
        let (scene, events) = try self.scene()
        try scene.addPhone(self.phone(self.profile(name)))
        scene.walk(Self.hour * 24)
        #expect(scene.host.ledger.connections().isEmpty)
        #expect(events.disconnects > 24 * 3_600 / (75 + 30) - 10)
        #expect(events.reasons.count == 1)
        #expect(scene.devices.snapshot("phone")?.networkState == .blocked(.wifi))
    }

    @Test(.seed("000-09"))
    func `on the edge of coverage every push has one fate in the end, and the counters add up`() throws {
        let (scene, events) = try self.scene()
        let token = try scene.addPhone(self.phone(self.profile("edge-of-coverage")))
        for number in 0..<144 {
            try scene.push(.alert("\(number)", to: token))
            scene.walk(.seconds(600))
        }
        try scene.devices.change("phone", to: .ideal)
        scene.walk(Self.hour)
        let counters = scene.host.ledger.counters
        #expect(counters.addUp && counters.accepted == 144)
        #expect(counters.delivered + counters.coalesced == 144 && counters.coalesced > 0)
        #expect(events.received >= Int(counters.delivered), "lost acknowledgements make repetitions, never losses")
        #expect(events.disconnects > 5)
    }

    @Test(.seed("000-11"))
    func `moving between Wi-Fi and cellular, a phone is connected over each in turn`() throws {
        let (scene, events) = try self.scene()
        try scene.addPhone(self.phone(self.profile("wifi-cellular-flapping")))
        var seen: Set<NetworkPath.State> = []
        for _ in 0..<(24 * 60) {
            scene.walk(.seconds(60))
            if let state = scene.devices.snapshot("phone")?.networkState { seen.insert(state) }
        }
        #expect(seen.isSuperset(of: [.up(.wifi), .up(.cellular)]))
        #expect(events.disconnects > 10)
    }

    @Test(.seed("004-33"))
    func `cellular is taken first, Wi-Fi is the fall-back`() throws {
        let (scene, _) = try self.scene()
        let network = try self.custom(
            """
            {"bearers": [
              {"kind": "cellular", "outages": {"schedule": [{"at": "10m", "for": "10m"}], "severs": 1, "notices": 1}},
              {"kind": "wifi"}
            ]}
            """
        )
        try scene.addPhone(self.phone(network))
        #expect(scene.devices.snapshot("phone")?.networkState == .up(.cellular))
        scene.walk(.seconds(11 * 60))
        #expect(scene.devices.snapshot("phone")?.networkState == .up(.wifi))
        #expect(scene.serviceSees("phone") && scene.devices.snapshot("phone")?.isOnline == true)
    }

    // MARK: - Half-open, late, lost

    @Test(.seed("000-03", "000-05"))
    func `the courier's TCP gives a dead path up in the end, and what was in flight is stored`() throws {
        let (scene, _) = try self.scene()
        let token = try scene.addPhone(self.phone(.ideal))
        try scene.devices.change("phone", to: self.profile("dead-network"))
        let push = try scene.push(.alert(to: token))
        scene.walk(.seconds(923))
        #expect(scene.serviceSees("phone") && scene.fate(of: push) == .inFlight)
        scene.walk(.seconds(1))
        #expect(!scene.serviceSees("phone") && self.isStored(push, in: scene))
    }

    @Test func `a lift holds a push up, and does not lose it`() throws {
        let (scene, events) = try self.scene()
        let network = try self.custom(
            #"{"outages": {"schedule": [{"at": "60s", "for": "45s"}], "every": "10m", "severs": 0}}"#
        )
        let token = try scene.addPhone(self.phone(network))
        scene.walk(.seconds(70))
        let push = try scene.push(.alert(to: token))
        scene.walk(.seconds(34))
        #expect(scene.fate(of: push) == .inFlight && events.received == 0)
        scene.walk(.seconds(1))
        #expect(scene.fate(of: push) == .delivered && events.disconnects == 0)
    }

    @Test func `a lost acknowledgement brings the notification again, and it counts once`() throws {
        let (scene, events) = try self.scene()
        let token = try scene.addPhone(self.phone(self.custom(#"{"acknowledgementLoss": 1}"#)))
        let push = try scene.push(.alert(to: token))
        #expect(scene.fate(of: push) == .inFlight && events.received == 1)
        try scene.devices.change("phone", to: .ideal)
        scene.walk(Self.hour)
        #expect(scene.fate(of: push) == .delivered && events.received == 2)
        #expect(scene.host.ledger.counters.delivered == 1 && scene.host.ledger.counters.addUp)
    }

    @Test func `latency is product time: a push arrives when its time has come`() throws {
        let (scene, events) = try self.scene()
        let token = try scene.addPhone(self.phone(self.custom(#"{"latency": "1s"}"#)))
        #expect(!scene.serviceSees("phone"))
        scene.walk(.seconds(20))
        let push = try scene.push(.alert(to: token))
        scene.walk(.milliseconds(999))
        #expect(events.received == 0)
        scene.walk(.milliseconds(1))
        #expect(events.received == 1 && scene.fate(of: push) == .inFlight)
        scene.walk(.seconds(1))
        #expect(scene.fate(of: push) == .delivered)
    }

    @Test(arguments: ["reset", "close"])
    func `a cut that is not silent is heard by both sides`(_ cut: String) throws {
        let (scene, events) = try self.scene()
        try scene.addPhone(self.phone(self.custom(#"{"idleCutoff": "5m", "cut": "\#(cut)"}"#)))
        scene.walk(.seconds(299))
        #expect(scene.serviceSees("phone") && events.disconnects == 0)
        scene.walk(.seconds(1))
        #expect(!scene.serviceSees("phone") && events.disconnects == 1)
        scene.walk(.seconds(1))
        #expect(scene.serviceSees("phone"), "it comes back by itself")
    }

    @Test func `one seed, one history; another seed, another`() throws {
        func history(_ seed: UInt64) throws -> [DeviceEvent] {
            let (scene, events) = try self.scene(seed: seed)
            for name in ["edge-of-coverage", "wifi-cellular-flapping", "lift"] {
                try scene.addPhone(self.phone(self.profile(name), named: name))
            }
            scene.walk(Self.hour * 24)
            return events.all
        }
        let (first, second, other) = (try history(1), try history(1), try history(2))
        #expect(first == second)
        #expect(first != other)
    }
}
