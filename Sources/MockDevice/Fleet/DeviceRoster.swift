import NIOCore
package import PushIdentity
package import PushTransport
package import PushVocabulary

/// The mock devices of one fleet by name. Confined to its event loop, where a test may drive it by hand; `DeviceFleet`
/// is for callers from elsewhere.
package final class DeviceRoster {
    package let timers: ProductTimers
    private let clock: ProductClock
    private let dialer: any CourierDialer
    private let issuer: DeviceIssuer
    private let seed: UInt64
    private let observe: (DeviceEvent) -> Void

    private var devices: [String: MockDevice] = [:]
    /// The names of those that are meant to be connected.
    private var wanted: Set<String> = []
    /// Their names, in the order in which they were added.
    private var order: [String] = []
    /// Devices ever added: each has randomness of its own.
    private var addedCount: UInt64 = 0
    var fleets: [String: Fleet] = [:]
    /// Their names, in the order in which they were added.
    var fleetOrder: [String] = []

    /// - Parameters:
    ///   - dialer: how they reach couriers.
    ///   - deviceKey: an RSA key that all devices share; each has a certificate of its own.
    ///   - timers: may be shared with others on the event loop.
    ///   - observe: told of everything that happens to them.
    /// - Throws: `IdentityError` for a key that cannot sign.
    package init(
        dialer: any CourierDialer,
        deviceKey: PrivateKey,
        clock: ProductClock,
        timers: ProductTimers,
        seed: UInt64,
        observe: @escaping (DeviceEvent) -> Void = { _ in }
    ) throws {
        self.dialer = dialer
        self.issuer = try DeviceIssuer(deviceKey: deviceKey)
        self.clock = clock
        self.timers = timers
        self.seed = seed
        self.observe = observe
    }

    // MARK: - Devices

    /// Adds a device, which connects if it is to be connected.
    ///
    /// - Throws: `DeviceFleetError` for a name that is taken or cannot be, and an environment without a courier.
    package func add(_ configuration: MockDeviceConfiguration) throws {
        try self.check(configuration)
        let name = configuration.name
        self.devices[name] = MockDevice(
            configuration,
            dialer: self.dialer,
            issuer: self.issuer,
            clock: self.clock,
            timers: self.timers,
            seed: self.seed &+ self.addedCount,
            observe: self.observe
        )
        self.order.append(name)
        self.addedCount += 1
        if configuration.connected { try self.connect(name) }
    }

    func check(_ configuration: MockDeviceConfiguration) throws {
        if let objection = MockDeviceConfiguration.objection(toName: configuration.name) {
            throw DeviceFleetError.unusableName(objection)
        }
        guard self.devices[configuration.name] == nil else { throw DeviceFleetError.nameTaken(configuration.name) }
        guard self.dialer.serves(configuration.environment) else {
            throw DeviceFleetError.courierUnavailable(configuration.environment)
        }
    }

    /// Has a device connect, and stay connected.
    package func connect(_ name: String) throws {
        let device = try self.device(name)
        self.wanted.insert(name)
        device.connect()
    }

    /// Has a device hang up and stay away.
    package func disconnect(_ name: String) throws {
        try self.device(name).disconnect()
        self.wanted.remove(name)
    }

    /// Has a device decide something about itself or its apps, and carry it out.
    package func change(_ name: String, _ decide: DeviceMachine.Decision) throws {
        try self.device(name).change(decide)
    }

    /// As `change`, for a device that has an app of this topic.
    package func change(_ topic: Topic, on name: String, _ decide: DeviceMachine.Decision) throws {
        let device = try self.device(name)
        guard device.machine.apps.contains(where: { $0.topic == topic }) else {
            throw DeviceFleetError.unknownApp(topic, device: name)
        }
        device.change(decide)
    }

    /// Puts another network between a device and its courier, with what is connected.
    package func change(_ name: String, to network: NetworkProfile) throws {
        try self.device(name).change(to: network)
    }

    /// Takes a device out of the fleet; it hangs up.
    package func remove(_ name: String) throws {
        _ = try self.device(name)
        self.remove([name])
    }

    func remove(_ names: [String]) {
        for name in names {
            self.devices.removeValue(forKey: name)?.end()
            self.wanted.remove(name)
        }
        let gone = Set(names)
        self.order.removeAll { gone.contains($0) }
    }

    package func removeAll() {
        for fleet in self.fleets.values { fleet.endWave() }
        for name in self.order { self.devices[name]?.end() }
        self.devices = [:]
        self.order = []
        self.wanted = []
        self.fleets = [:]
        self.fleetOrder = []
    }

    func wakeUp(_ name: String, on network: NetworkProfile) {
        guard let device = self.devices[name] else { return }
        self.wanted.insert(name)
        device.wakeUp(on: network)
    }

    // MARK: - Looking

    /// In the order in which they were added.
    package var names: [String] { self.order }

    package func snapshot(_ name: String) -> MockDeviceSnapshot? {
        guard let device = self.devices[name] else { return nil }
        return MockDeviceSnapshot(
            name: name,
            environment: device.environment,
            isOnline: device.machine.isOnline,
            wantsConnection: self.wanted.contains(name),
            apps: device.machine.apps.map(\.asWanted),
            installed: device.machine.installedApps(in: device.environment),
            isToBeOnline: device.machine.isToBeOnline,
            areNotificationsOn: device.machine.areNotificationsOn,
            keepAlive: device.machine.keepAlive,
            receivedCount: device.machine.receivedCount,
            network: device.network.profile,
            networkState: device.network.state,
            isTransparent: device.network.isTransparent && !device.waitsForTheClock
        )
    }

    /// Whether any device waits for the service.
    var isBusy: Bool { self.devices.values.contains { $0.isBusy } }

    /// Succeeds `promise` once a device is online and every app has its token; at once if it is not meant to be.
    func whenRegistered(_ name: String, _ promise: EventLoopPromise<Void>) throws {
        let device = try self.device(name)
        guard device.machine.isToBeOnline else { return promise.succeed() }
        device.whenRegistered(promise)
    }

    func device(ifNamed name: String) -> MockDevice? { self.devices[name] }

    func isWanted(_ name: String) -> Bool { self.wanted.contains(name) }

    var now: Instant { self.clock.now }

    private func device(_ name: String) throws -> MockDevice {
        guard let device = self.devices[name] else { throw DeviceFleetError.unknownDevice(name) }
        return device
    }
}
