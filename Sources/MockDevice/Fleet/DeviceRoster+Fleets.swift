import NIOCore
import PushTransport
package import PushVocabulary

/// Devices that are made, connected and steered together.
extension DeviceRoster {
    /// Adds the devices of a fleet, and has them connect if it says so, at its rate. Devices of these names that are
    /// there already belong to it from now on, as they are.
    ///
    /// - Parameters:
    ///   - baseTokens: in the order of its devices; none: known to nobody yet.
    ///   - without: devices that it would have, and shall not.
    ///   - isUp: called for each device that is online and registered, or whose network keeps it from that.
    /// - Throws: `DeviceFleetError`; nothing is added then.
    package func addFleet(
        _ specification: FleetSpecification,
        baseTokens: [DeviceToken?] = [],
        without: Set<String> = [],
        isUp: ((String) -> Void)? = nil
    ) throws {
        if let objection = MockDeviceConfiguration.objection(toName: specification.name) {
            throw DeviceFleetError.unusableName(objection)
        }
        guard self.fleets[specification.name] == nil else { throw DeviceFleetError.fleetTaken(specification.name) }
        let devices = specification.devices(baseTokens: baseTokens).filter {
            self.device(ifNamed: $0.name) == nil && !without.contains($0.name)
        }
        for device in devices { try self.check(device) }
        let fleet = Fleet(specification)
        self.fleets[specification.name] = fleet
        self.fleetOrder.append(specification.name)
        for device in devices { try self.add(device) }
        if specification.isConnected { self.connectAll(of: fleet, rate: specification.connectRate, isUp: isUp) }
    }

    /// Takes a fleet and its devices out; they hang up.
    ///
    /// - Returns: the names of its devices.
    @discardableResult
    package func removeFleet(_ name: String) throws -> [String] {
        let fleet = try self.fleet(name)
        fleet.endWave()
        self.fleets[name] = nil
        self.fleetOrder.removeAll { $0 == name }
        let names = fleet.names.filter { self.device(ifNamed: $0) != nil }
        self.remove(names)
        return names
    }

    /// Makes a fleet as specified, by a specification of the same name, environment, count and apps. Other networks take
    /// effect at once, and devices that are to connect do so at its rate.
    package func changeFleet(to wanted: FleetSpecification) throws {
        let fleet = try self.fleet(wanted.name)
        let former = fleet.specification
        fleet.specification = wanted
        if wanted.networks != former.networks {
            fleet.assignNetworks()
            for member in fleet.members { self.device(ifNamed: member.name)?.change(to: member.network) }
        }
        for device in fleet.names.compactMap({ self.device(ifNamed: $0) }) {
            device.reconnectJitter = wanted.reconnectJitter
            if wanted.keepAlive != former.keepAlive {
                device.change { machine, now in
                    machine.setKeepAlive(wanted.keepAlive, at: now)
                    return []
                }
            }
        }
        if wanted.isConnected {
            if !former.isConnected { self.connectAll(of: fleet, rate: wanted.connectRate) }
        } else {
            fleet.endWave()
            for name in fleet.names where self.device(ifNamed: name) != nil { try self.disconnect(name) }
        }
    }

    /// A mass wake-up: every device has its network back, whatever was between, and connects.
    ///
    /// - Parameter rate: devices a second; `nil`: all at once.
    package func wakeUpFleet(_ name: String, rate: Double?) throws {
        let fleet = try self.fleet(name)
        fleet.specification.isConnected = true
        fleet.endWave()
        let networks = Dictionary(fleet.members.map { ($0.name, $0.network) }) { first, _ in first }
        self.start(fleet, rate: rate) { [weak self] name in
            guard let self, let network = networks[name] else { return }
            self.wakeUp(name, on: network)
        }
    }

    /// A reconnect storm: every connection is cut at once, and every device comes back by itself.
    ///
    /// - Parameter jitter: how much longer than it has to a device waits, at most; `nil`: as the fleet has it.
    /// - Returns: how many had a connection.
    @discardableResult
    package func cutFleet(_ name: String, jitter: Duration?) throws -> Int {
        let fleet = try self.fleet(name)
        let devices = fleet.names.compactMap { self.device(ifNamed: $0) }
        let connected = devices.count { $0.machine.isOnline }
        for device in devices { device.cut(jitter: jitter ?? fleet.specification.reconnectJitter) }
        return connected
    }

    // MARK: - Looking

    /// In the order in which they were added.
    package var fleetNames: [String] { self.fleetOrder }

    package func fleetSpecification(_ name: String) -> FleetSpecification? { self.fleets[name]?.specification }

    /// The names of a fleet's devices, as far as they are there.
    package func deviceNames(ofFleet name: String) -> [String] {
        self.fleets[name]?.names.filter { self.device(ifNamed: $0) != nil } ?? []
    }

    package func fleetProgress(_ name: String) -> FleetProgress? {
        guard let fleet = self.fleets[name] else { return nil }
        var progress = FleetProgress()
        let waiting = Set(fleet.wave?.waiting ?? [])
        for name in fleet.names {
            guard let device = self.device(ifNamed: name) else { continue }
            progress.devices += 1
            let isWaiting = waiting.contains(name)
            if isWaiting { progress.waitingForTurn += 1 }
            if isWaiting || self.isWanted(name) { progress.wanted += 1 }
            if device.machine.isOnline { progress.online += 1 }
            if device.machine.hasAllTokens { progress.registered += 1 }
            if device.network.state == .noCoverage { progress.withoutNetwork += 1 }
            progress.connections += device.machine.connectionCount
            progress.received += device.machine.receivedCount
        }
        return progress
    }

    // MARK: - Steps

    private func fleet(_ name: String) throws -> Fleet {
        guard let fleet = self.fleets[name] else { throw DeviceFleetError.unknownFleet(name) }
        return fleet
    }

    private func connectAll(of fleet: Fleet, rate: Double?, isUp: ((String) -> Void)? = nil) {
        fleet.endWave()
        self.start(fleet, rate: rate) { [weak self] name in
            guard let self, let device = self.device(ifNamed: name) else { return }
            try? self.connect(name)
            guard let isUp else { return }
            let promise = self.timers.eventLoop.makePromise(of: Void.self)
            let report = NIOLoopBound({ isUp(name) }, eventLoop: self.timers.eventLoop)
            promise.futureResult.whenSuccess { report.value() }
            if device.machine.isToBeOnline { device.whenRegistered(promise) } else { promise.succeed() }
        }
    }

    private func start(_ fleet: Fleet, rate: Double?, _ turn: @escaping (String) -> Void) {
        let wave = ConnectWave(fleet.names, rate: rate, from: self.now, timers: self.timers, turn)
        fleet.wave = wave
        wave.run(at: self.now)
    }
}
