import APNSWire
import MockDevice
import NIOCore
import NIOPosix
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Synchronization

/// What may lie between phones and their courier: bytes through memory, or real TLS over real sockets.
enum CourierTransport: String, CaseIterable, Sendable {
    case memory
    case tls

    /// Runs `body` with one service on a manual clock, whose phones reach it over this transport.
    func with(_ body: (any TransportScene) async throws -> Void) async throws {
        let events = TransportEvents()
        switch self {
        case .memory: try await body(try await MemoryTransportScene(events))
        case .tls:
            let clock = ProductClock(.manual, start: MemoryScene.start)
            try await TestService.with(clock: clock, observe: { events.add($0) }) { service in
                try await body(TLSTransportScene(service: service, events: events, clock: clock))
            }
        }
    }
}

/// What happened to the phones.
final class TransportEvents: Sendable {
    private let events = Mutex([DeviceEvent]())

    func add(_ event: DeviceEvent) { self.events.withLock { $0.append(event) } }

    var all: [DeviceEvent] { self.events.withLock { $0 } }
    var disconnects: Int { self.all.count { $0.kind.isDisconnected } }
    var received: Int { self.all.count { $0.kind.isReceived } }
}

/// A service and its phones, for assertions that hold over any transport.
protocol TransportScene: Sendable {
    var events: TransportEvents { get }
    var now: Instant { get }
    /// - Returns: the token of its app.
    func addPhone(_ network: NetworkProfile) async throws -> DeviceToken
    func change(to network: NetworkProfile) async throws
    func setKeepAlive(_ profile: KeepAliveProfile) async throws
    func push(_ text: String, to token: DeviceToken) async throws -> NotificationID
    func walk(_ duration: Duration) async throws
    func fate(of id: NotificationID) async throws -> Fate?
    func serviceSees() async throws -> Bool
    func phone() async throws -> MockDeviceSnapshot
    func counters() async throws -> Counters
    /// Real time that what is under way may take to arrive.
    var patience: Duration { get }
}

extension TransportScene {
    static var phoneName: String { "phone" }

    func configuration(_ network: NetworkProfile) -> MockDeviceConfiguration {
        MockDeviceConfiguration(
            name: Self.phoneName,
            environment: .sandbox,
            apps: [MockApp(topic: TestService.topic)],
            network: network
        )
    }

    /// Whether `condition` holds, now or as soon as what is under way has arrived.
    func comes(_ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + self.patience
        while true {
            if try await condition() { return true }
            guard ContinuousClock.now < deadline else { return false }
            await Task.yield()
        }
    }

    /// Like `comes`, while product time goes on in small steps: over sockets the clock may have moved before the bytes had
    /// reached the simulated network. In memory it is there without a further step, or never.
    func comes(walking step: Duration, _ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + self.patience
        while try await !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try await self.walk(step)
        }
        return true
    }

    func isStored(_ id: NotificationID) async throws -> Bool {
        if case .stored? = try await self.fate(of: id) { true } else { false }
    }
}

/// In memory, on an event loop of its own.
struct MemoryTransportScene: TransportScene {
    let events: TransportEvents
    let patience = Duration.zero
    private let eventLoop: any EventLoop
    private let scene: NIOLoopBound<MemoryScene>
    private let clock: ProductClock

    init(_ events: TransportEvents) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        (self.scene, self.clock) = try await eventLoop.submit {
            let scene = try MemoryScene(eventLoop: eventLoop) { events.add($0) }
            return (NIOLoopBound(scene, eventLoop: eventLoop), scene.clock)
        }.get()
        (self.events, self.eventLoop) = (events, eventLoop)
    }

    var now: Instant { self.clock.now }

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (MemoryScene) throws -> Result
    ) async throws -> Result {
        let scene = self.scene
        return try await self.eventLoop.submit { try body(scene.value) }.get()
    }

    func addPhone(_ network: NetworkProfile) async throws -> DeviceToken {
        let configuration = self.configuration(network)
        return try await self.perform { try $0.addPhone(configuration) }
    }

    func change(to network: NetworkProfile) async throws {
        try await self.perform { scene in
            try scene.devices.change(Self.phoneName, to: network)
            scene.settle()
        }
    }

    func setKeepAlive(_ profile: KeepAliveProfile) async throws {
        try await self.perform { scene in
            try scene.devices.change(Self.phoneName) { machine, now in
                machine.setKeepAlive(profile, at: now)
                return []
            }
        }
    }

    func push(_ text: String, to token: DeviceToken) async throws -> NotificationID {
        try await self.perform { try $0.push(.alert(text, to: token)) }
    }

    func walk(_ duration: Duration) async throws { try await self.perform { _ = $0.walk(duration) } }

    func fate(of id: NotificationID) async throws -> Fate? { try await self.perform { $0.fate(of: id) } }

    func serviceSees() async throws -> Bool { try await self.perform { $0.serviceSees(Self.phoneName) } }

    func phone() async throws -> MockDeviceSnapshot {
        let snapshot = try await self.perform { $0.devices.snapshot(Self.phoneName) }
        guard let snapshot else { throw TestServiceError.timedOut }
        return snapshot
    }

    func counters() async throws -> Counters { try await self.perform { $0.host.ledger.counters } }
}

/// Over TLS, on event loops that go by themselves.
struct TLSTransportScene: TransportScene {
    let service: TestService
    let events: TransportEvents
    let clock: ProductClock
    let patience = Duration.patience

    var now: Instant { self.clock.now }

    func addPhone(_ network: NetworkProfile) async throws -> DeviceToken {
        let provision = DeviceProvision(
            name: Self.phoneName,
            environment: .sandbox,
            apps: [DeviceProvision.App(topic: TestService.topic)]
        )
        var configuration = self.configuration(network)
        configuration.baseToken = try await self.service.server.perform { try $0.provision(provision) }
        try await self.service.fleet.add(configuration)
        return try await self.service.server.perform { host in
            guard let device = host.broker.device(named: Self.phoneName),
                let app = host.broker.view(of: device)?.apps.first
            else { throw TestServiceError.timedOut }
            return app.token
        }
    }

    func change(to network: NetworkProfile) async throws {
        try await self.service.fleet.change(Self.phoneName, to: network)
    }

    func setKeepAlive(_ profile: KeepAliveProfile) async throws {
        try await self.service.fleet.setKeepAlive(profile, on: Self.phoneName)
    }

    func push(_ text: String, to token: DeviceToken) async throws -> NotificationID {
        let certificate = try self.service.identities.provider(TestService.topic).certificate
        return try await self.service.server.perform { host in
            var stream = ByteBuffer()
            OutgoingNotification.alert(text, to: token).write(into: &stream)
            var decoder = ProviderFrameDecoder()
            guard case .frame(let frame) = decoder.next(in: &stream) else { throw TestServiceError.malformedFrame }
            let provider = host.context(of: certificate, on: ConnectionID(rawValue: 1), in: .sandbox)
            let id = host.ledger.nextNotificationID
            guard host.judge(frame, from: provider, offset: 0, at: host.batchTime) == nil else {
                throw TestServiceError.refused
            }
            host.settle()
            return id
        }
    }

    func walk(_ duration: Duration) async throws {
        _ = await self.clock.advance(
            to: self.clock.now + duration,
            keepers: [self.service.server, self.service.fleet]
        )
    }

    func fate(of id: NotificationID) async throws -> Fate? {
        try await self.service.notifications().first { $0.id == id }?.fate
    }

    func serviceSees() async throws -> Bool {
        try await self.service.server.perform { host in
            host.broker.device(named: Self.phoneName).map { host.broker.isConnected($0) } ?? false
        }
    }

    func phone() async throws -> MockDeviceSnapshot {
        guard let snapshot = await self.service.fleet.snapshot(Self.phoneName) else { throw TestServiceError.timedOut }
        return snapshot
    }

    func counters() async throws -> Counters { try await self.service.counters() }
}
