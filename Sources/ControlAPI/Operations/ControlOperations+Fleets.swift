package import MockDevice
import PushBroker
import PushServer
package import PushStore
package import PushVocabulary

/// Devices that are made, connected and steered together.
extension ControlOperations {
    /// Devices made known to the service, or forgotten, at a time: pushes go on in between.
    private static let slice = 250

    /// Real time a call about a fleet waits for those before it, which may have thousands of devices to make.
    private static let turnPatience: Duration = .seconds(60)

    // MARK: - Looking

    /// In the order in which they were added.
    package func fleets() async throws -> [FleetRecord] {
        var records: [FleetRecord] = []
        for name in try await self.onFleet({ $0.fleetNames }) {
            if let record = try await self.fleetRecord(name) { records.append(record) }
        }
        return records
    }

    /// - Throws: `ControlError` with `notFound`.
    package func fleet(_ name: String) async throws -> FleetRecord {
        guard let record = try await self.fleetRecord(name) else { throw Self.noFleet(name) }
        return record
    }

    /// The devices of a fleet, as `devices()` has them.
    ///
    /// - Throws: `ControlError` with `notFound`.
    package func devices(ofFleet name: String) async throws -> [DeviceRecord] {
        _ = try await self.fleet(name)
        let names = Set(try await self.onFleet { $0.deviceNames(ofFleet: name) })
        return try await self.devices().filter { names.contains($0.name) }
    }

    private func fleetRecord(_ name: String) async throws -> FleetRecord? {
        let (found, devices) = try await self.onFleet { roster in
            (
                roster.fleetSpecification(name).flatMap { specification in
                    roster.fleetProgress(name).map { (specification, $0) }
                }, roster.deviceNames(ofFleet: name)
            )
        }
        guard let (specification, progress) = found else { return nil }
        let connected = try await self.perform { host in
            devices.count { host.broker.device(named: $0).map { host.broker.isConnected($0) } ?? false }
        }
        return FleetRecord(specification: specification, progress: progress, connectedCount: connected)
    }

    private static func noFleet(_ name: String) -> ControlError {
        ControlError(.notFound, "there is no fleet \(name)")
    }

    // MARK: - Making and changing

    /// Makes the devices of a fleet known to the service, and has them connect at the fleet's rate. Returns when they
    /// are there; whether they are connected is told by `fleet(_:)`.
    ///
    /// - Throws: `ControlError`: `validationFailed`, `nameTaken`.
    @discardableResult
    package func addFleet(_ wanted: FleetSpecification) async throws -> FleetRecord {
        try wanted.check()
        guard self.server.addresses[wanted.environment] != nil else {
            throw ControlError.invalid(
                .pointer("/environment"),
                "the \(wanted.environment.rawValue) environment is not served here",
                hint: "Start Gatehouse with both environments."
            )
        }
        return try await self.inTurnOfFleet(wanted.name) {
            guard try await self.fleetRecord(wanted.name) == nil else {
                throw ControlError(.nameTaken, "there is a fleet \(wanted.name) already")
            }
            let baseTokens = try await self.provision(wanted)
            do {
                try await Self.translating { try await self.fleet.addFleet(wanted, baseTokens: baseTokens) }
            } catch {
                try await self.forget(wanted.deviceNames)
                throw error
            }
            try await self.keep(wanted)
            return try await self.fleet(wanted.name)
        }
    }

    /// Changes what may be changed of a fleet: everything but name, environment, count and apps.
    ///
    /// - Throws: `ControlError`: `notFound`, `validationFailed`.
    @discardableResult
    package func changeFleet(
        _ name: String,
        _ change: @Sendable (FleetSpecification) throws -> FleetSpecification
    ) async throws -> FleetRecord {
        try await self.inTurnOfFleet(name) {
            let wanted = try change(try await self.fleet(name).specification)
            try wanted.check()
            try await Self.translating { try await self.fleet.changeFleet(to: wanted) }
            try await self.keep(wanted)
            return try await self.fleet(name)
        }
    }

    /// Deletes a fleet with its devices: their connections end, their tokens are unknown from now on.
    ///
    /// - Returns: how many devices there were.
    /// - Throws: `ControlError` with `notFound`.
    @discardableResult
    package func deleteFleet(_ name: String) async throws -> Int {
        try await self.inTurnOfFleet(name) {
            let names = try await Self.translating { try await self.fleet.removeFleet(name) }
            try await self.forget(names)
            try await self.perform { $0.keep(nil, as: name, of: FleetSpecification.keptKind) }
            return names.count
        }
    }

    /// A mass wake-up: every device has its network back, whatever was between, and connects.
    ///
    /// - Parameter rate: devices a second; `nil`: all at once.
    @discardableResult
    package func wakeUpFleet(_ name: String, rate: Double? = nil) async throws -> FleetRecord {
        try await self.inTurnOfFleet(name) {
            try await Self.translating { try await self.fleet.wakeUpFleet(name, rate: rate) }
            let record = try await self.fleet(name)
            try await self.keep(record.specification)
            return record
        }
    }

    /// A reconnect storm: every connection of the fleet is cut at once, and every device comes back by itself.
    ///
    /// - Parameter jitter: how much longer than it has to a device waits, at most; `nil`: as the fleet has it.
    /// - Returns: how many had a connection.
    @discardableResult
    package func reconnectFleet(_ name: String, jitter: Duration? = nil) async throws -> Int {
        try await Self.translating { try await self.fleet.cutFleet(name, jitter: jitter) }
    }

    /// Makes the fleets that an earlier process had. Their devices are those that the service remembers.
    package func restoreFleets(_ specifications: [FleetSpecification]) async throws {
        for wanted in specifications where self.server.addresses[wanted.environment] != nil {
            let names = wanted.deviceNames
            let baseTokens = try await self.perform { host in
                names.map { name -> DeviceToken? in
                    // Its certificate is made anew, perhaps with another key.
                    host.forgetIdentity(ofDeviceNamed: name)
                    return host.broker.device(named: name).flatMap { host.broker.baseToken(of: $0) }
                }
            }
            let gone = Set(zip(names, baseTokens).filter { $0.1 == nil }.map { $0.0 })
            try await Self.translating {
                try await self.fleet.addFleet(wanted, baseTokens: baseTokens, without: gone)
            }
        }
    }

    // MARK: - Waiting

    /// What may be waited for of a fleet: so many of its devices, or of what they received.
    package struct FleetGoal: Hashable, Sendable {
        package var online: Int?
        package var registered: Int?
        package var connected: Int?
        package var received: Int?

        package init(online: Int? = nil, registered: Int? = nil, connected: Int? = nil, received: Int? = nil) {
            self.online = online
            self.registered = registered
            self.connected = connected
            self.received = received
        }

        func isReached(by record: FleetRecord) -> Bool {
            (self.online.map { record.progress.online >= $0 } ?? true)
                && (self.registered.map { record.progress.registered >= $0 } ?? true)
                && (self.connected.map { record.connectedCount >= $0 } ?? true)
                && (self.received.map { record.progress.received >= $0 } ?? true)
        }
    }

    /// Waits, in real time, until a fleet is as far as wanted.
    ///
    /// - Returns: whether it is, and how far it is.
    /// - Throws: `ControlError` with `notFound`, also when it is deleted meanwhile.
    package func waitForFleet(
        _ name: String,
        _ goal: FleetGoal,
        timeout: Duration
    ) async throws -> (isReached: Bool, fleet: FleetRecord) {
        let deadline = ContinuousClock.now + timeout
        var pause: Duration = .milliseconds(1)
        while true {
            let record = try await self.fleet(name)
            if goal.isReached(by: record) { return (true, record) }
            guard ContinuousClock.now < deadline, self.readiness != .stopping else { return (false, record) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    // MARK: - Steps

    private func onFleet<Result: Sendable>(
        _ body: @escaping @Sendable (DeviceRoster) throws -> Result
    ) async throws -> Result {
        try await Self.translating { try await self.fleet.perform(body) }
    }

    private func inTurnOfFleet<Result: Sendable>(
        _ name: String,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await self.oneAtATime("fleet \(name)", within: Self.turnPatience, body)
    }

    /// Makes the devices of a fleet known, or changes nothing at all.
    ///
    /// - Returns: their base tokens.
    private func provision(_ wanted: FleetSpecification) async throws -> [DeviceToken] {
        let names = wanted.deviceNames
        try await self.perform { host in
            if let taken = names.first(where: { host.broker.device(named: $0) != nil }) { throw Self.taken(taken) }
        }
        var baseTokens: [DeviceToken] = []
        do {
            for start in stride(from: 0, to: names.count, by: Self.slice) {
                let slice = names[start..<min(start + Self.slice, names.count)]
                baseTokens += try await self.perform { try Self.provision(slice, of: wanted, on: $0) }
            }
        } catch {
            try await self.forget(Array(names.prefix(baseTokens.count)))
            throw error
        }
        return baseTokens
    }

    private static func provision(
        _ names: ArraySlice<String>,
        of wanted: FleetSpecification,
        on host: BrokerHost
    ) throws -> [DeviceToken] {
        if let taken = names.first(where: { host.broker.device(named: $0) != nil }) { throw Self.taken(taken) }
        let apps = wanted.apps.filter(\.registers).map { DeviceProvision.App(topic: $0.topic) }
        var baseTokens: [DeviceToken] = []
        do {
            for name in names {
                let device = DeviceProvision(name: name, environment: wanted.environment, apps: apps)
                baseTokens.append(try host.provision(device))
            }
        } catch {
            for name in names.prefix(baseTokens.count) { _ = host.removeDevice(named: name) }
            throw error
        }
        return baseTokens
    }

    private static func taken(_ name: String) -> ControlError {
        ControlError(
            .nameTaken,
            "there is a device \(name) already",
            hint: "The devices of a fleet are called after it: choose another name, or delete the device."
        )
    }

    private func forget(_ names: [String]) async throws {
        for start in stride(from: 0, to: names.count, by: Self.slice) {
            let slice = names[start..<min(start + Self.slice, names.count)]
            try await self.perform { host in
                for name in slice { _ = host.removeDevice(named: name) }
            }
        }
        for name in names { self.traces.forget(name) }
    }

    private func keep(_ wanted: FleetSpecification) async throws {
        guard self.server.keepsState else { return }
        try await self.perform { $0.keep(wanted.json.description, as: wanted.name, of: FleetSpecification.keptKind) }
    }
}

extension FleetSpecification {
    static let keptKind = StateDocuments.fleet

    /// The fleets among a state's documents.
    ///
    /// - Throws: `ControlError` for one that cannot be.
    package static func kept(in documents: [StateDocument]) throws(ControlError) -> [FleetSpecification] {
        var specifications: [FleetSpecification] = []
        for document in documents where document.kind == Self.keptKind {
            guard let body = document.body, let json = try? JSONReader.value(of: body.utf8) else {
                throw ControlError(.internalError, "the fleet \(document.key) cannot be read")
            }
            specifications.append(try FleetSpecification(json, networks: .builtIn))
        }
        return specifications
    }

    /// - Throws: `ControlError` for what no fleet can be.
    func check() throws(ControlError) {
        try DeviceSpecification.check(name: self.name, at: .pointer("/name"))
        guard let longest = self.deviceNames.last, longest.utf8.count <= DeviceSpecification.maximumNameSize else {
            throw .invalid(.pointer("/name"), "is too long: its devices are called after it, with a number behind")
        }
        for (position, app) in self.apps.enumerated() {
            if app.token != nil {
                throw .invalid(.pointer("/apps/\(position)/token"), "cannot be: each device has a token of its own")
            }
            if let environment = app.setup.entitlement?.environment, environment != self.environment {
                throw .invalid(
                    .pointer("/apps/\(position)/entitlement"),
                    "belongs to the \(environment.rawValue) environment, and the fleet to the other"
                )
            }
        }
        var device = DeviceSpecification(name: longest, environment: self.environment, apps: self.apps)
        device.keepAlive = self.keepAlive
        try device.check()
    }
}
