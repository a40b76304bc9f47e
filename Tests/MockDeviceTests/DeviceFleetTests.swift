import APNSWire
import MockDevice
import MockProvider
import NIOCore
import NIOPosix
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Mock devices over real TLS.
struct DeviceFleetTests {
    /// Nobody can listen on port 0, nor take it meanwhile.
    private static let nobody = ServiceAddress(host: "127.0.0.1", port: 0)

    private static let topic = TestService.topic
    private static let other = TestService.otherTopic

    private func configuration(
        _ name: String = "phone",
        apps: [Topic] = [topic],
        connected: Bool = true
    ) -> MockDeviceConfiguration {
        MockDeviceConfiguration(
            name: name,
            environment: .sandbox,
            apps: apps.map { MockDeviceConfiguration.App(topic: $0) },
            connected: connected
        )
    }

    private func tokens(_ name: String = "phone", in service: TestService) async -> [DeviceToken?] {
        await service.fleet.snapshot(name)?.apps.map(\.token) ?? []
    }

    @Test(.seed("004-29", "004-30"))
    func `a phone that is added connected is online, with a token for each app`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration(apps: [Self.topic, Self.other]))
            let snapshot = try #require(await service.fleet.snapshot("phone"))
            #expect(snapshot.isOnline && snapshot.wantsConnection)
            let tokens = snapshot.apps.compactMap(\.token)
            #expect(tokens.count == 2 && tokens[0] != tokens[1])
            let registered = try await service.server.perform { $0.broker.deviceViews.flatMap { $0.apps.map(\.token) } }
            #expect(registered == tokens)
        }
    }

    @Test func `names are unique, and unknown ones are named in the error`() async throws {
        try await TestService.with { service in
            let fleet = service.fleet
            try await fleet.add(self.configuration(connected: false))
            await #expect(throws: DeviceFleetError.nameTaken("phone")) { try await fleet.add(self.configuration()) }
            await #expect(throws: DeviceFleetError.unknownDevice("x")) { try await fleet.connect("x") }
            await #expect(throws: DeviceFleetError.unknownDevice("x")) { try await fleet.disconnect("x") }
            await #expect(throws: DeviceFleetError.unknownDevice("x")) { try await fleet.remove("x") }
            await #expect(throws: DeviceFleetError.unknownApp(Self.other, device: "phone")) {
                try await fleet.uninstall(Self.other, from: "phone")
            }
            #expect(await fleet.snapshot("x") == nil)
            #expect(await fleet.snapshots().map(\.name) == ["phone"])
        }
    }

    @Test func `an environment without a courier is refused at once`() async throws {
        let identities = TestIdentities.shared
        let fleet = try await DeviceFleet(
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
            couriers: [:],
            authority: identities.authority.certificate,
            deviceKey: identities.deviceKey,
            clock: ProductClock(),
            seed: 1
        )
        await #expect(throws: DeviceFleetError.courierUnavailable(.sandbox)) {
            try await fleet.add(self.configuration())
        }
        #expect(await fleet.snapshots().isEmpty)
    }

    @Test(.seed("004-24"))
    func `switching off and on opens the connection anew, with the same tokens`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration())
            let before = await self.tokens(in: service)
            // As fast as it goes: what an older connection still has to say must not disturb the newer one.
            for _ in 1...20 {
                try await service.fleet.disconnect("phone")
                #expect(await service.fleet.snapshot("phone")?.isOnline == false)
                try await service.fleet.connect("phone")
                #expect(await service.fleet.snapshot("phone")?.isOnline == true)
            }
            #expect(await self.tokens(in: service) == before)
            try await service.fleet.disconnect("phone")
            try await service.serviceSees("phone", connected: false)
            try await self.expectNoOpenConnection(in: service)
        }
    }

    @Test func `a connection given up before it stood leaves nothing behind`() async throws {
        try await TestService.with { service in
            let trace = DeviceTrace()
            let fleet = try await trace.fleet(of: service, clock: service.server.clock)
            try await fleet.add(self.configuration(connected: false))
            for number in 1...10 {
                let attempt = Task { try await fleet.connect("phone") }
                try await trace.wait(count: number) { $0.isConnecting }
                try await fleet.disconnect("phone")
                _ = await attempt.result
            }
            // Whatever was on its way arrives before this one is through.
            try await fleet.add(self.configuration("other"))
            try await self.expectOpenConnections(1, in: service)
            #expect(await fleet.snapshot("phone")?.isOnline == false)
            try await fleet.connect("phone")
            try await self.expectOpenConnections(2, in: service)
            await fleet.stop()
        }
    }

    @Test func `switched on and off by many at once, a phone ends up as the last one wanted it`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration(connected: false))
            await withTaskGroup(of: Void.self) { group in
                for _ in 1...10 {
                    // Returns when the phone is registered, or was switched off before.
                    group.addTask { try? await service.fleet.connect("phone") }
                    try? await service.fleet.disconnect("phone")
                }
            }
            try await service.fleet.connect("phone")
            #expect(await service.fleet.snapshot("phone")?.isOnline == true)
            try await self.expectOpenConnections(1, in: service)
            #expect(try await service.server.perform { $0.broker.deviceViews.map(\.isConnected) } == [true])
        }
    }

    private func expectNoOpenConnection(in service: TestService) async throws {
        try await self.expectOpenConnections(0, in: service)
    }

    private func expectOpenConnections(_ count: Int, in service: TestService) async throws {
        for _ in 0..<100_000 {
            if try await service.server.perform({ $0.ledger.openConnectionCount }) == count { return }
            await Task.yield()
        }
        let open = try await service.server.perform { $0.ledger.connections().filter(\.isOpen) }
        Issue.record("not \(count) connections are open: \(open)")
    }

    @Test func `an app installed while away asks for its token when the phone connects`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration(apps: [], connected: false))
            try await service.fleet.install(Self.topic, on: "phone")
            #expect(await self.tokens(in: service) == [nil])
            try await service.fleet.connect("phone")
            let token = try #require(await self.tokens(in: service).first ?? nil)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: token)])
            _ = try await service.wait(NotificationFilter(fate: .delivered))
        }
    }

    @Test(.seed("004-29"))
    func `a phone without apps stays away until its first app is installed`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration(apps: []))
            #expect(await service.fleet.snapshot("phone")?.isOnline == false)
            #expect(try await service.server.perform { $0.ledger.connections().isEmpty })
            try await service.fleet.install(Self.topic, on: "phone")
            #expect(await service.fleet.snapshot("phone")?.isOnline == true)
        }
    }

    @Test(.seed("004-26", "004-28"))
    func `an app that is installed again has its token again and gets pushes again`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration(apps: [Self.topic, Self.other]))
            let token = try #require(await self.tokens(in: service).first ?? nil)
            try await service.fleet.uninstall(Self.topic, from: "phone")
            try await service.fleet.install("com.example.third", on: "phone")
            let provider = try await service.client().connect()
            try await provider.send([.alert("gone", to: token)])
            _ = try await service.wait(NotificationFilter(fate: .undeliverable))
            try await service.fleet.install(Self.topic, on: "phone")
            #expect(await self.tokens(in: service).last == token)
            try await provider.send([.alert("back", to: token)])
            _ = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(await service.fleet.snapshot("phone")?.receivedCount == 1)
        }
    }

    @Test func `a phone taken out of the fleet is gone for both sides`() async throws {
        try await TestService.with { service in
            try await service.fleet.add(self.configuration())
            try await service.fleet.remove("phone")
            #expect(await service.fleet.snapshots().isEmpty)
            try await service.serviceSees("phone", connected: false)
        }
    }

    @Test func `a hundred phones are served at once, each with its own token`() async throws {
        try await TestService.with { service in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...100 {
                    group.addTask { try await service.fleet.add(self.configuration("phone-\(number)")) }
                }
                try await group.waitForAll()
            }
            let snapshots = await service.fleet.snapshots()
            #expect(snapshots.map(\.isOnline) == Array(repeating: true, count: 100))
            #expect(Set(snapshots.flatMap { $0.apps.compactMap(\.token) }).count == 100)
        }
    }

    // MARK: - Time

    @Test(.seed("004-36", "004-37"))
    func `a phone whose connection the service ends comes back by itself, and its trace tells so`() async throws {
        let clock = ProductClock(.manual)
        try await TestService.with(courier: CourierOptions(idleTimeout: .seconds(60)), clock: clock) { service in
            let trace = DeviceTrace()
            let fleet = try await trace.fleet(of: service, clock: clock)
            try await fleet.add(self.configuration())
            let token = await fleet.snapshot("phone")?.apps.first?.token
            clock.freeze(at: clock.now + .seconds(60))
            try await trace.wait { $0.isDisconnected }
            #expect(await fleet.snapshot("phone")?.isOnline == false)
            clock.freeze(at: clock.now + .seconds(1))
            try await trace.wait(count: 2) { $0.isConnected }
            #expect(await fleet.snapshot("phone")?.apps.first?.token == token)
            let couriers = trace.kinds.compactMap { kind in
                if case .connecting(let courier) = kind { courier } else { nil }
            }
            try #require(couriers.count == 2)
            for courier in couriers {
                let parts = courier.split(separator: "-")
                #expect(parts.count == 2 && parts[1] == "courier.sandbox.push.apple.com")
                #expect(Int(parts[0]).map { 1...50 ~= $0 } == true, "one of fifty hosts")
            }
            let reason = "the courier closed the connection"
            #expect(
                trace.kinds == [
                    .connecting(courier: couriers[0]), .connected(courier: couriers[0]),
                    .registered(Self.topic, token: try #require(token)), .disconnected(reason: reason),
                    .connecting(courier: couriers[1]), .connected(courier: couriers[1]),
                ]
            )
            await fleet.stop()
        }
    }

    @Test(.seed("004-38"))
    func `the trace tells of pushes by their topic`() async throws {
        try await TestService.with { service in
            let trace = DeviceTrace()
            let fleet = try await trace.fleet(of: service, clock: service.server.clock)
            try await fleet.add(self.configuration())
            let token = try #require(await fleet.snapshot("phone")?.apps.first?.token)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: token)])
            let push = try await trace.wait { $0.isReceived }
            #expect(push.description == "Received message for enabled topic com.example.app")
            await fleet.stop()
        }
    }

    @Test(.seed("004-23"))
    func `a phone that finds no courier says so and keeps trying, later and later`() async throws {
        let clock = ProductClock(.manual)
        let trace = DeviceTrace()
        let fleet = try await trace.fleet(couriers: [.sandbox: Self.nobody], clock: clock)
        // The next attempt waits for the clock, and nobody waits for that.
        try await fleet.add(self.configuration(connected: true))
        for (number, wait) in [1, 2, 4, 8].enumerated() {
            try await trace.wait(count: number + 1) { $0.isDisconnected }
            clock.freeze(at: clock.now + .seconds(wait) - .nanoseconds(1))
            #expect(await fleet.snapshot("phone")?.isOnline == false)
            #expect(trace.count(\.isConnecting) == number + 1)
            clock.freeze(at: clock.now + .nanoseconds(1))
        }
        try await trace.wait(count: 5) { $0.isConnecting }
        await fleet.stop()
    }

    @Test func `who waits for a phone to register is told when it hangs up for good`() async throws {
        let trace = DeviceTrace()
        let fleet = try await trace.fleet(couriers: [.sandbox: Self.nobody], clock: ProductClock(.real))
        try await fleet.add(self.configuration(connected: false))
        let attempt = Task { try await fleet.connect("phone") }
        try await trace.wait { $0.isDisconnected }
        try await fleet.disconnect("phone")
        await #expect(throws: DeviceFleetError.timedOut("phone")) { try await attempt.value }
        await fleet.stop()
    }
}
