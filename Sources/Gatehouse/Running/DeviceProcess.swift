import ControlAPI
import MockDevice
import NIOCore
import NIOPosix
import PushIdentity
import PushTransport
import PushVocabulary

/// Mock devices that live in a process of their own and see nothing but the courier.
package final class DeviceProcess: Sendable {
    /// What the user names; `nil` is asked of the server.
    package struct Wishes: Sendable {
        package var name: String
        package var topics: [String]
        package var count: Int
        package var environment: PushEnvironment?
        package var courier: String?
        package var authority: String?
        /// The names of network profiles, each with its weight, such as `ideal=3,lift=1`.
        package var networks: [String] = []
        /// The directory of the user's own.
        package var networkProfiles: String?
        /// Devices a second; `nil`: all at once.
        package var connectRate: Double?
        package var reconnectJitter: Duration?
        package var seed: UInt64?
        /// The name of a keep-alive profile; `nil`: the usual one.
        package var keepAlive: String?
        /// Whether the trace names topics by their SHA-1, as on Mac OS X.
        package var hashesTopics = false

        package init(
            name: String,
            topics: [String],
            count: Int = 1,
            environment: PushEnvironment? = nil,
            courier: String? = nil,
            authority: String? = nil
        ) {
            self.name = name
            self.topics = topics
            self.count = count
            self.environment = environment
            self.courier = courier
            self.authority = authority
        }
    }

    private let fleet: DeviceFleet

    private init(fleet: DeviceFleet) {
        self.fleet = fleet
    }

    /// Connects the devices at the rate asked for; returns when each is registered, or kept from that by its network.
    ///
    /// - Parameters:
    ///   - observe: told of everything that happens to them.
    ///   - progress: told how many are.
    /// - Throws: `GatehouseError` for wishes that cannot be, when no courier is known, or when devices do not get through.
    package static func start(
        _ wishes: Wishes,
        client: @autoclosure () throws(GatehouseError) -> ControlClient,
        observe: @escaping @Sendable (CommandAnswer) -> Void,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(GatehouseError) -> DeviceProcess {
        var specification = try Self.specification(wishes)
        let form: DeviceEvent.TopicForm = wishes.hashesTopics ? .hash : .bundleIdentifier
        let (courier, authority, environment) = try await Self.courier(wishes, client: client)
        specification.environment = environment
        let fleet: DeviceFleet
        do {
            fleet = try await DeviceFleet(
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                couriers: [environment: courier],
                authority: authority,
                deviceKey: PrivateKey.generate(.rsa(bits: 1_024)),
                clock: ProductClock(),
                seed: wishes.seed ?? UInt64.random(in: 0...UInt64.max)
            ) { observe(CommandAnswer($0, form)) }
        } catch {
            throw GatehouseError(.internalFault, "Mock devices cannot start: \(error).")
        }
        do {
            try await fleet.bringUpFleet(specification, progress: progress)
        } catch {
            await fleet.stop()
            throw GatehouseError(.unreachable, "The courier at \(courier) does not take \(wishes.name): \(error).")
        }
        return DeviceProcess(fleet: fleet)
    }

    private static func specification(_ wishes: Wishes) throws(GatehouseError) -> FleetSpecification {
        var specification = FleetSpecification(
            name: wishes.name,
            count: wishes.count,
            apps: wishes.topics.map { MockApp(topic: Topic($0)) },
            networks: try Self.networks(wishes)
        )
        for name in [specification.name] + specification.deviceNames.suffix(1) {
            if let objection = MockDeviceConfiguration.objection(toName: name) {
                throw GatehouseError(.usage, "--name: \(objection).")
            }
        }
        for topic in wishes.topics where MockDeviceConfiguration.objection(toName: topic) != nil {
            throw GatehouseError(.usage, "--app: `\(topic)` is no app: write a topic, such as com.example.app.")
        }
        specification.keepAlive = try Self.keepAlive(wishes)
        if let rate = wishes.connectRate {
            guard FleetSpecification.connectRates.contains(rate) else {
                throw GatehouseError(
                    .usage,
                    "--connect-rate is devices a second, from 0.001 to 1000000, and not \(rate)."
                )
            }
            specification.connectRate = rate
        }
        if let jitter = wishes.reconnectJitter {
            guard .zero...FleetSpecification.longestJitter ~= jitter else {
                throw GatehouseError(.usage, "--reconnect-jitter is at most a day.")
            }
            specification.reconnectJitter = jitter
        }
        return specification
    }

    /// Reads `lift`, or `ideal=3,lift=1`: names of profiles, each with its weight.
    private static func networks(_ wishes: Wishes) throws(GatehouseError) -> NetworkMix {
        let catalogue = try NetworkDirectory.catalogue(wishes.networkProfiles)
        var shares: [NetworkMix.Share] = []
        for word in wishes.networks.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let network = catalogue.profile(named: String(parts[0])) else {
                let known = catalogue.profiles.map(\.name)
                let suggestion =
                    NearestName.of(String(parts[0]), among: known).map { " Did you mean `\($0)`?" } ?? ""
                throw GatehouseError(
                    .usage,
                    "There is no network profile `\(parts[0])`.\(suggestion) There are \(known.joined(separator: ", "))."
                )
            }
            guard let weight = parts.count == 1 ? 1 : Int(parts[1]), NetworkMix.weights.contains(weight) else {
                throw GatehouseError(
                    .usage,
                    "`\(word)` is no network with its weight, such as \(parts[0])=3: weights are 1 to 10000."
                )
            }
            shares.append(NetworkMix.Share(network, weight: weight))
        }
        guard shares.count <= NetworkMix.maximumShares else {
            throw GatehouseError(.usage, "A mix has at most \(NetworkMix.maximumShares) networks.")
        }
        return NetworkMix(shares)
    }

    private static func keepAlive(_ wishes: Wishes) throws(GatehouseError) -> KeepAliveProfile {
        guard let name = wishes.keepAlive else { return .standard }
        if let profile = KeepAliveProfile.named(name) { return profile }
        let names = KeepAliveProfile.catalogue.map(\.name).joined(separator: ", ")
        throw GatehouseError(.usage, "There is no keep-alive profile `\(name)`. There are \(names).")
    }

    private static func courier(
        _ wishes: Wishes,
        client: () throws(GatehouseError) -> ControlClient
    ) async throws(GatehouseError) -> (ServiceAddress, Certificate, Environment) {
        var named: ServiceAddress?
        if let text = wishes.courier {
            guard let address = ServiceAddress(text), address.port != 0 else {
                throw GatehouseError(.usage, "`\(text)` is not HOST:PORT, such as 127.0.0.1:5223.")
            }
            named = address
        }
        if let named, let authority = wishes.authority {
            return (named, try ProviderAccess.authority(authority), (wishes.environment ?? .sandbox).environment)
        }
        let info = try await client().info()
        let environment = info.environment(wishes.environment)
        let own = try info.services(of: environment).courier
        return (
            named ?? ServiceAddress(host: own.host, port: own.port).reachable,
            try ProviderAccess.authority(wishes.authority ?? info.caFile), environment.environment
        )
    }

    /// All devices hang up.
    package func stop() async { await self.fleet.stop() }
}

extension CommandAnswer {
    fileprivate init(_ event: DeviceEvent, _ form: DeviceEvent.TopicForm) {
        var members: [JSONValue.Member] = [
            JSONValue.Member("at", .string(event.at.description)), JSONValue.Member("device", .string(event.device)),
            JSONValue.Member("event", .string(event.line(form))),
        ]
        var text = "\(event.at) \(event.device): \(event.line(form))"
        switch event.kind {
        case .received(_, _, let payload, _, _):
            let payload = String(decoding: payload, as: UTF8.self)
            text += ": \(payload)"
            members.append(JSONValue.Member("payload", .string(payload)))
        case .registered(let topic, let token):
            members.append(JSONValue.Member("topic", .string(topic.name)))
            members.append(JSONValue.Member("token", .string(token.hexadecimal)))
        default: break
        }
        self.init(text: text, value: .object(members))
    }
}
