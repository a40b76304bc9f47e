import Gatehouse
import GatehouseTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a suite of somebody else's does with Gatehouse: nothing here is anything but public.
@Suite(.gatehouse)
struct EmbeddingTests {
    // The script that every test framework's fixtures are measured by: start (the trait), isolate, wait, fault,
    // verify, reset, stop (the trait).
    @Test func `feature 27: the shared script`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        try await gatehouse.push("Hello", to: app)
        let arrived = try await gatehouse.wait(for: NotificationQuery(topic: app.topic, fate: .delivered))
        #expect(arrived.satisfied)
        try await gatehouse.inject(PushFault(.answer(8), topic: app.topic, times: 1))
        #expect(try await gatehouse.push("Refused", to: app).status == 8)
        try await gatehouse.verify(NotificationQuery(topic: app.topic, verdict: .rejected))
        try await gatehouse.reset(topic: app.topic)
        #expect(try await gatehouse.notifications(app.notifications).isEmpty)
    }

    @Test func `each test has a server of its own`() async throws {
        let counters = try await Gatehouse.current.counters()
        #expect(counters.received == 0)
    }

    @Test func `apps have topics of their own, and a fault for one leaves the other alone`() async throws {
        let gatehouse = try Gatehouse.current
        let (mine, other) = (try await gatehouse.addApp(), try await gatehouse.addApp())
        #expect(mine.topic != other.topic)
        try await gatehouse.inject(PushFault(.answer(1), topic: mine.topic))
        #expect(try await gatehouse.push("1", to: mine).outcome == "rejected 1")
        #expect(try await gatehouse.push("2", to: other).verdict == .accepted)
        try await gatehouse.verify(NotificationQuery(topic: other.topic, fate: .delivered))
        #expect(try await gatehouse.faults().map(\.hits) == [1])
        try await gatehouse.reset(topic: mine.topic)
        #expect(try await gatehouse.faults().isEmpty)
        #expect(try await gatehouse.notifications(other.notifications).count == 1)
    }

    @Test(.gatehouse { $0.clockStartDate = Date(timeIntervalSince1970: 1_400_000_000) })
    func `a stored push expires when the test moves the clock`() async throws {
        let gatehouse = try Gatehouse.current
        #expect(gatehouse.now == Date(timeIntervalSince1970: 1_400_000_000))
        let app = try await gatehouse.addApp(connected: false)
        #expect(try await gatehouse.push("Too late", to: app).fate == .stored)
        let done = try await gatehouse.advanceClock(by: .seconds(2 * 86_400))
        #expect(done.contains("expiry"))
        try await gatehouse.verify(NotificationQuery(topic: app.topic, fate: .expired))
        #expect(gatehouse.now == Date(timeIntervalSince1970: 1_400_000_000 + 2 * 86_400))
    }

    @Test func `feedback tells of an app that went`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        try await gatehouse.install("com.example.stays", on: app.device)
        try await gatehouse.uninstall(app.topic, from: app.device)
        try await gatehouse.push("Are you there?", to: app)
        #expect(try await gatehouse.readFeedback(of: app) == [app.token])
        #expect(try await gatehouse.readFeedback(of: app).isEmpty)
    }

    @Test func `what does not come true says what there is instead`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        try await gatehouse.push("Hello", to: app)
        let error = await #expect(throws: GatehouseError.self) {
            try await gatehouse.verify(
                NotificationQuery(topic: app.topic, verdict: .rejected),
                within: .milliseconds(50)
            )
        }
        #expect(error?.category == .notSatisfied)
        #expect(error?.message.contains(app.topic) == true)
        #expect(error?.message.contains("verdict is accepted, not rejected") == true)
    }

    @Test func `a port can be closed, and a fault that cannot be is refused`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        let id = try await gatehouse.inject(PushFault(.refuse, stage: .listen))
        let refused = await #expect(throws: GatehouseError.self) { try await gatehouse.push("Hello", to: app) }
        #expect(refused?.category == .unreachable)
        try await gatehouse.removeFault(id)
        try await gatehouse.push("Hello", to: app)
        let impossible = await #expect(throws: GatehouseError.self) {
            try await gatehouse.inject(PushFault("alert:80", stage: .frame))
        }
        #expect(impossible?.category == .usage)
    }

    @Test func `a phone is restored, its app launched and its user asked, as over HTTP`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        #expect(try await gatehouse.launch(app.topic, on: app.device) == app.token)
        try await gatehouse.setPermission(.denied, for: app.topic, on: app.device)
        #expect(try await gatehouse.push("Not wanted", to: app).fate == .stored)
        try await gatehouse.setPermission(.granted, for: app.topic, on: app.device)
        try await gatehouse.verify(NotificationQuery(topic: app.topic, fate: .delivered), within: .seconds(10))

        #expect(try await gatehouse.restore(device: app.device).apps.isEmpty, "no app has asked for its token")
        #expect(try await gatehouse.push("To the old token", to: app).status == 8)
        let token = try await gatehouse.launch(app.topic, on: app.device)
        #expect(token != nil && token != app.token)
        #expect(try await gatehouse.trace(of: app.device).contains { $0.hasPrefix("Restored from a backup") })

        try await gatehouse.setNotifications(on: false, device: app.device)
        #expect(try await gatehouse.device(app.device).connected == false)
        try await gatehouse.setNotifications(on: true, device: app.device)
        #expect(try await gatehouse.device(app.device).connected)

        let unknown = await #expect(throws: GatehouseError.self) {
            try await gatehouse.setPermission(.denied, for: "com.example.nobody", on: app.device)
        }
        #expect(unknown?.category == .notSatisfied)
    }

    @Test(.gatehouse { $0.clock = .manual })
    func `an operator cuts the silent connection of a phone, and its push is late`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        try await gatehouse.setNetwork("operator-4-minutes", device: app.device)
        try await gatehouse.advanceClock(by: .seconds(300))
        #expect(try await gatehouse.push("Late", to: app).fate == .inFlight)
        try await gatehouse.advanceClock(by: .seconds(3_600))
        try await gatehouse.verify(NotificationQuery(topic: app.topic, fate: .delivered), within: .seconds(10))
        try await gatehouse.setNetwork(
            PushNetwork(parameters: #"{"profile":"lift","latency":"300ms"}"#),
            device: app.device
        )
        for wrong: PushNetwork in ["nowhere", PushNetwork(parameters: "{"), PushNetwork(parameters: #"{"speed":1}"#)] {
            let error = await #expect(throws: GatehouseError.self) {
                try await gatehouse.setNetwork(wrong, device: app.device)
            }
            #expect(error?.category == .usage)
        }
    }

    @Test func `a fleet connects, sleeps, wakes up to its last push, and comes back from a storm`() async throws {
        let gatehouse = try Gatehouse.current
        let topic = "com.example.crowd"
        let identity = try gatehouse.issueIdentity(for: topic)
        var fleet = PushFleet("crowd", count: 20, topics: [topic])
        fleet.networks = [("ideal", 3), ("roaming-off", 1)]
        fleet.connectRate = 500
        #expect(try await gatehouse.add(fleet).devices == 20)
        #expect(try await gatehouse.waitForFleet("crowd", registered: 15, connected: 15).wanted == 20)
        try await gatehouse.setConnected(false, fleet: "crowd")
        #expect(try await gatehouse.fleet("crowd").online == 0)
        let phone = try #require(try await gatehouse.devices(ofFleet: "crowd").first)
        let app = TestApp(
            topic: topic,
            environment: .sandbox,
            device: phone.name,
            token: try #require(phone.apps.first?.token),
            identity: identity
        )
        try await gatehouse.push("First", to: app)
        try await gatehouse.push("Last", to: app)
        try await gatehouse.wakeUp(fleet: "crowd")
        #expect(try await gatehouse.waitForFleet("crowd", connected: 15, received: 1).received == 1)
        #expect(try await gatehouse.reconnect(fleet: "crowd", jitter: .milliseconds(200)) == 15)
        #expect(try await gatehouse.waitForFleet("crowd", online: 15).connections == 45)
        try await gatehouse.setNetwork("dead-network", fleet: "crowd")
        let never = await #expect(throws: GatehouseError.self) {
            try await gatehouse.waitForFleet("crowd", connected: 21, within: .milliseconds(10))
        }
        #expect(never?.category == .notSatisfied)
        #expect(try await gatehouse.fleets().map(\.name) == ["crowd"])
        try await gatehouse.deleteFleet("crowd")
        #expect(try await gatehouse.fleets().isEmpty)
        var impossible = PushFleet("crowd", count: 0, topics: [])
        let error = await #expect(throws: GatehouseError.self) { try await gatehouse.add(impossible) }
        #expect(error?.category == .usage)
        impossible.count = 1
        impossible.networks = [("ideal", 0)]
        await #expect(throws: GatehouseError.self) { try await gatehouse.add(impossible) }
    }

    @Test func `the audit judges what the provider did`() async throws {
        let gatehouse = try Gatehouse.current
        let app = try await gatehouse.addApp()
        try await gatehouse.push(payload: Array("no JSON".utf8), to: app)
        #expect(try await gatehouse.audit(topic: app.topic).map(\.rule).contains("unusable-payload"))
    }
}

struct WithoutTraitTests {
    @Test func `without the trait there is no current one, and the error says what is missing`() {
        let error = #expect(throws: GatehouseError.self) { try Gatehouse.current }
        #expect(error?.message.contains(".gatehouse") == true)
    }
}
