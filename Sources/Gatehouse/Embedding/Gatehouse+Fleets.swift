import ControlAPI
import MockDevice
import PushVocabulary

/// Devices that are made, connected and steered together.
public struct PushFleet: Hashable, Sendable {
    /// Its devices are called after it: `name-1`, `name-2`, ...; the only one of a fleet of one is called as the fleet is.
    public var name: String
    public var count: Int
    public var environment: PushEnvironment
    /// What is on each of them.
    public var topics: [String]
    /// `false`: its devices are registered, but away.
    public var connected = true
    /// The networks its devices have, each with its weight: of 3 and 1, three devices in four have the first.
    public var networks: [(network: PushNetwork, weight: Int)] {
        get { self.shares.map { ($0.network, $0.weight) } }
        set { self.shares = newValue.map { Share(network: $0.network, weight: $0.weight) } }
    }
    /// How many connect in a second, by the service's clock; `nil`: all at once.
    public var connectRate: Double?
    /// A device that lost its connection waits for so much longer before it comes back, at most.
    public var reconnectJitter = Duration.zero
    /// The name of a keep-alive profile; `nil`: the usual one.
    public var keepAlive: String?

    private struct Share: Hashable, Sendable {
        var network: PushNetwork
        var weight: Int
    }

    private var shares: [Share] = []

    public init(_ name: String, count: Int, environment: PushEnvironment = .sandbox, topics: [String]) {
        self.name = name
        self.count = count
        self.environment = environment
        self.topics = topics
    }

    func specification(in catalogue: NetworkCatalogue) throws -> FleetSpecification {
        guard FleetSpecification.counts.contains(self.count) else {
            let (least, most) = (FleetSpecification.counts.lowerBound, FleetSpecification.counts.upperBound)
            throw ControlError.invalid(.pointer("/count"), "must be from \(least) to \(most)")
        }
        var specification = FleetSpecification(
            name: self.name,
            environment: self.environment.environment,
            count: self.count,
            apps: self.topics.map { MockApp(topic: Topic($0)) },
            networks: NetworkMix(
                try self.shares.enumerated().map { position, share in
                    guard NetworkMix.weights.contains(share.weight) else {
                        throw ControlError.invalid(.pointer("/networks/\(position)/weight"), "must be from 1 to 10000")
                    }
                    return NetworkMix.Share(try share.network.profile(in: catalogue), weight: share.weight)
                }
            )
        )
        specification.isConnected = self.connected
        if let connectRate {
            try Gatehouse.check(connectRate: connectRate)
            specification.connectRate = connectRate
        }
        try Gatehouse.check(jitter: self.reconnectJitter, at: "/reconnectJitter")
        specification.reconnectJitter = self.reconnectJitter
        if let keepAlive { specification.keepAlive = try KeepAliveProfile(.string(keepAlive), at: "/keepAlive") }
        return specification
    }
}

/// How far a fleet is.
public struct FleetReport: Hashable, Sendable {
    public let name: String
    /// Devices that are there.
    public let devices: Int
    /// Meant to be connected; and of these, whose turn by the rate has not come yet.
    public let wanted: Int
    public let waitingForTurn: Int
    /// With a connection, as they see it themselves.
    public let online: Int
    /// Of which every app has its token.
    public let registered: Int
    /// Of which the service has a connection.
    public let connected: Int
    /// Connections made and notifications received, in all.
    public let connections: Int
    public let received: Int

    init(_ record: FleetRecord) {
        self.name = record.specification.name
        self.devices = record.progress.devices
        self.wanted = record.progress.wanted
        self.waitingForTurn = record.progress.waitingForTurn
        self.online = record.progress.online
        self.registered = record.progress.registered
        self.connected = record.connectedCount
        self.connections = record.progress.connections
        self.received = record.progress.received
    }
}

extension Gatehouse {
    /// All fleets, in the order in which they were added.
    public func fleets() async throws(GatehouseError) -> [FleetReport] {
        try await self.asking { try await self.operations.fleets().map { FleetReport($0) } }
    }

    public func fleet(_ name: String) async throws(GatehouseError) -> FleetReport {
        try await self.asking { FleetReport(try await self.operations.fleet(name)) }
    }

    /// The devices of a fleet, with the tokens of their apps.
    public func devices(ofFleet name: String) async throws(GatehouseError) -> [DeviceReport] {
        try await self.asking { try await self.operations.devices(ofFleet: name).map { DeviceReport($0) } }
    }

    /// Makes the devices of a fleet, and has them connect at its rate. They need not be connected when this returns:
    /// ``waitForFleet(_:online:registered:connected:received:within:)`` waits for that.
    @discardableResult
    public func add(_ fleet: PushFleet) async throws(GatehouseError) -> FleetReport {
        try await self.asking {
            let wanted = try fleet.specification(in: self.operations.facts.networks)
            return FleetReport(try await self.operations.addFleet(wanted))
        }
    }

    /// Has all devices of a fleet connect at its rate, or hang up and stay away.
    public func setConnected(_ isConnected: Bool, fleet name: String) async throws(GatehouseError) {
        try await self.asking {
            _ = try await self.operations.changeFleet(name) { fleet in
                var fleet = fleet
                fleet.isConnected = isConnected
                return fleet
            }
        }
    }

    /// Puts one network between all devices of a fleet and the service, with what is connected.
    public func setNetwork(_ network: PushNetwork, fleet name: String) async throws(GatehouseError) {
        try await self.asking {
            let profile = try network.profile(in: self.operations.facts.networks)
            _ = try await self.operations.changeFleet(name) { fleet in
                var fleet = fleet
                fleet.networks = NetworkMix(profile)
                return fleet
            }
        }
    }

    /// A mass wake-up: every device has its network back, whatever was between, and connects.
    ///
    /// - Parameter rate: devices a second, by the service's clock; `nil`: all at once.
    public func wakeUp(fleet name: String, rate: Double? = nil) async throws(GatehouseError) {
        try await self.asking {
            if let rate { try Self.check(connectRate: rate) }
            _ = try await self.operations.wakeUpFleet(name, rate: rate)
        }
    }

    /// A reconnect storm: every connection of the fleet is cut at once, and every device comes back by itself.
    ///
    /// - Parameter jitter: how much longer than it has to a device waits, at most; `nil`: as the fleet has it.
    /// - Returns: how many had a connection.
    @discardableResult
    public func reconnect(fleet name: String, jitter: Duration? = nil) async throws(GatehouseError) -> Int {
        try await self.asking {
            if let jitter { try Self.check(jitter: jitter, at: "/jitter") }
            return try await self.operations.reconnectFleet(name, jitter: jitter)
        }
    }

    /// Waits until so many devices of a fleet are online or registered, the service has so many connections of them, and
    /// they have received so much.
    ///
    /// - Parameter timeout: real time.
    /// - Throws: `GatehouseError` of category `notSatisfied` when it does not come true in time.
    @discardableResult
    public func waitForFleet(
        _ name: String,
        online: Int? = nil,
        registered: Int? = nil,
        connected: Int? = nil,
        received: Int? = nil,
        within timeout: Duration = .seconds(30)
    ) async throws(GatehouseError) -> FleetReport {
        let (isReached, record) = try await self.asking {
            try await self.operations.waitForFleet(
                name,
                ControlOperations.FleetGoal(
                    online: online,
                    registered: registered,
                    connected: connected,
                    received: received
                ),
                timeout: timeout
            )
        }
        let report = FleetReport(record)
        guard !isReached else { return report }
        throw GatehouseError(
            .notSatisfied,
            "After \(timeout) the fleet \(name) has \(report.connected) of \(report.devices) devices connected, which"
                + " have received \(report.received) notifications."
        )
    }

    /// Deletes a fleet with its devices.
    public func deleteFleet(_ name: String) async throws(GatehouseError) {
        try await self.asking { _ = try await self.operations.deleteFleet(name) }
    }

    fileprivate static func check(connectRate: Double) throws {
        guard FleetSpecification.connectRates.contains(connectRate) else {
            throw ControlError.invalid(.pointer("/connectRate"), "must be from 0.001 to 1000000")
        }
    }

    fileprivate static func check(jitter: Duration, at pointer: String) throws {
        guard .zero...FleetSpecification.longestJitter ~= jitter else {
            throw ControlError.invalid(.pointer(pointer), "must be from nothing to a day")
        }
    }
}
