package import NIOCore
package import PushIdentity
package import PushTransport
package import PushVocabulary

/// A mock device as it is asked for.
package struct MockDeviceConfiguration: Hashable, Sendable {
    package typealias App = WantedApp

    package var name: String
    package var environment: Environment
    package var apps: [App]
    /// Known from an earlier life; `nil` on a first connect.
    package var baseToken: DeviceToken?
    package var connected: Bool

    package init(
        name: String,
        environment: Environment,
        apps: [App],
        baseToken: DeviceToken? = nil,
        connected: Bool = true
    ) {
        self.name = name
        self.environment = environment
        self.apps = apps
        self.baseToken = baseToken
        self.connected = connected
    }
}

/// A mock device as it knows itself: its own view, which the service's may lag behind.
package struct MockDeviceSnapshot: Hashable, Sendable {
    package typealias App = MockDeviceConfiguration.App

    package let name: String
    package let environment: Environment
    package let isOnline: Bool
    /// Whether it is meant to be connected, and reconnects by itself.
    package let wantsConnection: Bool
    package let apps: [App]
    package let receivedCount: Int
}

package enum DeviceFleetError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownDevice(String)
    case nameTaken(String)
    case unknownApp(Topic, device: String)
    /// It did not come online and register within the time given.
    case timedOut(String)
    case courierUnavailable(Environment)

    package var description: String {
        switch self {
        case .unknownDevice(let name): "there is no mock device \(name)"
        case .nameTaken(let name): "there is a mock device \(name) already"
        case .unknownApp(let topic, let device): "\(topic) is not installed on \(device)"
        case .timedOut(let name): "\(name) did not come online and register in time"
        case .courierUnavailable(let environment): "there is no courier for the \(environment.rawValue) environment"
        }
    }
}

/// The mock devices of one process, all on one event loop. They see courier ports and nothing else.
package final class DeviceFleet: Sendable {
    /// Real time the service has to answer before a moved clock moves on; a fault may keep it from answering at all.
    private static let answerPatience = TimeAmount.milliseconds(250)

    /// Real time a device may take to come online and register.
    private static let registrationTimeout = TimeAmount.seconds(20)

    private let eventLoop: any EventLoop
    private let roster: NIOLoopBound<Roster>
    private let connector: DeviceConnector
    private let clock: ProductClock
    private let seed: UInt64
    private let observe: @Sendable (DeviceEvent) -> Void

    /// - Parameters:
    ///   - couriers: where each environment's courier is to be reached.
    ///   - authority: whose certificates the couriers show.
    ///   - deviceKey: an RSA key that all devices of the fleet share; each has a certificate of its own.
    ///   - observe: told of everything that happens, on the event loop.
    package init(
        eventLoop: any EventLoop,
        couriers: [Environment: ServiceAddress],
        authority: Certificate,
        deviceKey: PrivateKey,
        clock: ProductClock,
        seed: UInt64,
        observe: @escaping @Sendable (DeviceEvent) -> Void = { _ in }
    ) async throws {
        self.eventLoop = eventLoop
        self.roster = try await eventLoop.submit {
            NIOLoopBound(Roster(timers: ProductTimers(eventLoop: eventLoop, clock: clock)), eventLoop: eventLoop)
        }.get()
        self.connector = try DeviceConnector(
            eventLoop: eventLoop,
            couriers: couriers,
            authority: authority,
            deviceKey: deviceKey
        )
        self.clock = clock
        self.seed = seed
        self.observe = observe
    }

    // MARK: - Devices

    /// Adds a device. When it is to be connected, returns once it is online, its Filter is sent and every app has its
    /// token.
    ///
    /// - Throws: `DeviceFleetError`.
    package func add(_ configuration: MockDeviceConfiguration) async throws {
        try await self.perform { roster in
            guard roster.devices[configuration.name] == nil else {
                throw DeviceFleetError.nameTaken(configuration.name)
            }
            guard self.connector.address(of: configuration.environment) != nil else {
                throw DeviceFleetError.courierUnavailable(configuration.environment)
            }
            roster.devices[configuration.name] = try MockDevice(
                configuration,
                connector: self.connector,
                clock: self.clock,
                timers: roster.timers,
                seed: self.seed &+ UInt64(roster.order.count),
                observe: self.observe
            )
            roster.order.append(configuration.name)
        }
        if configuration.connected { try await self.connect(configuration.name) }
    }

    /// Has a device connect, and stay connected. Returns once it is registered; at once when it has no app.
    package func connect(_ name: String) async throws {
        try await self.settled(name) { roster, device in
            roster.wanted.insert(name)
            device.connect()
        }
    }

    /// Has a device hang up and stay away.
    package func disconnect(_ name: String) async throws {
        try await self.perform { roster in
            try roster.device(name).disconnect()
            roster.wanted.remove(name)
        }
    }

    /// Installs an app. Returns once it has its token; at once when the device is away.
    package func install(_ topic: Topic, token: DeviceToken? = nil, on name: String) async throws {
        try await self.settled(name) { _, device in device.install(topic, token: token) }
    }

    /// Uninstalls an app; the removal is sent to the courier if the device is online and has another app.
    package func uninstall(_ topic: Topic, from name: String) async throws {
        try await self.perform { roster in
            let device = try roster.device(name)
            guard device.machine.apps.contains(where: { $0.topic == topic }) else {
                throw DeviceFleetError.unknownApp(topic, device: name)
            }
            device.uninstall(topic)
        }
    }

    /// Takes a device out of the fleet; it hangs up.
    package func remove(_ name: String) async throws {
        try await self.perform { roster in
            try roster.device(name).disconnect()
            roster.devices[name] = nil
            roster.wanted.remove(name)
            roster.order.removeAll { $0 == name }
        }
    }

    package func snapshot(_ name: String) async -> MockDeviceSnapshot? {
        try? await self.perform { $0.snapshot(name) }
    }

    /// All devices, in the order in which they were added.
    package func snapshots() async -> [MockDeviceSnapshot] {
        (try? await self.perform { roster in roster.order.compactMap { roster.snapshot($0) } }) ?? []
    }

    package func stop() async {
        try? await self.perform { roster in
            for device in roster.devices.values { device.disconnect() }
            roster.devices = [:]
            roster.order = []
            roster.wanted = []
        }
    }

    // MARK: - On the loop

    private func perform<Result: Sendable>(
        _ body: @escaping @Sendable (Roster) throws -> Result
    ) async throws -> Result {
        let roster = self.roster
        return try await self.eventLoop.submit { try body(roster.value) }.get()
    }

    /// Does something to a device and waits until it is registered, if it is meant to be connected and has an app.
    private func settled(_ name: String, _ body: @escaping @Sendable (Roster, MockDevice) -> Void) async throws {
        let (roster, eventLoop) = (self.roster, self.eventLoop)
        try await eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            let promise = eventLoop.makePromise(of: Void.self)
            do {
                let device = try roster.value.device(name)
                body(roster.value, device)
                guard roster.value.wanted.contains(name), !device.machine.apps.isEmpty else {
                    promise.succeed()
                    return promise.futureResult
                }
                device.whenRegistered(promise)
                let alarm = eventLoop.scheduleTask(in: Self.registrationTimeout) {
                    promise.fail(DeviceFleetError.timedOut(name))
                }
                promise.futureResult.whenComplete { _ in alarm.cancel() }
            } catch {
                promise.fail(error)
            }
            return promise.futureResult
        }.get()
    }
}

/// The fleet's devices by name. Confined to the fleet's event loop.
private final class Roster {
    var devices: [String: MockDevice] = [:]
    /// The names of those that are meant to be connected.
    var wanted: Set<String> = []
    /// Their names, in the order in which they were added.
    var order: [String] = []
    let timers: ProductTimers

    init(timers: ProductTimers) {
        self.timers = timers
    }

    /// Whether any device waits for the service.
    var isBusy: Bool { self.devices.values.contains { $0.machine.isBusy } }

    func device(_ name: String) throws -> MockDevice {
        guard let device = self.devices[name] else { throw DeviceFleetError.unknownDevice(name) }
        return device
    }

    func snapshot(_ name: String) -> MockDeviceSnapshot? {
        guard let device = self.devices[name] else { return nil }
        return MockDeviceSnapshot(
            name: name,
            environment: device.environment,
            isOnline: device.machine.isOnline,
            wantsConnection: self.wanted.contains(name),
            apps: device.machine.apps.map { MockDeviceSnapshot.App(topic: $0.topic, token: $0.token) },
            receivedCount: device.machine.receivedCount
        )
    }
}

// MARK: - Product time

extension DeviceFleet: ProductTimeKeeper {
    /// The earliest thing a device owes by the product clock.
    package func nextDue() async -> Instant? { (try? await self.perform { $0.timers.nextDue }) ?? nil }
    package func startJournal() async { try? await self.perform { $0.timers.startJournal() } }
    /// Makes what is due, and gives what devices have asked of the service real time to be answered: a clock that
    /// moved on at once would outrun the sockets.
    package func settle() async {
        try? await self.perform { $0.timers.wake() }
        let deadline = NIODeadline.now() + Self.answerPatience
        while NIODeadline.now() < deadline, (try? await self.perform { $0.isBusy }) == true {
            try? await self.eventLoop.scheduleTask(in: .microseconds(200)) {}.futureResult.get()
        }
    }
    package func endJournal() async -> [ProductTimers.Fired] {
        (try? await self.perform { $0.timers.endJournal() }) ?? []
    }
}
