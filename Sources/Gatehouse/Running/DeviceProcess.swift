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
        /// The names of network profiles; the devices take them in turn.
        package var networks: [String] = []
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

    /// Connects the devices, one after the other; returns when all are registered.
    ///
    /// - Parameters:
    ///   - observe: told of everything that happens to them.
    ///   - progress: told how many are connected.
    /// - Throws: `GatehouseError` when no courier is known or one of them does not get through.
    package static func start(
        _ wishes: Wishes,
        client: @autoclosure () throws(GatehouseError) -> ControlClient,
        observe: @escaping @Sendable (CommandAnswer) -> Void,
        progress: (Int) -> Void = { _ in }
    ) async throws(GatehouseError) -> DeviceProcess {
        let keepAlive = try Self.keepAlive(wishes)
        let form: DeviceEvent.TopicForm = wishes.hashesTopics ? .hash : .bundleIdentifier
        let (courier, authority, environment) = try await Self.courier(wishes, client: client)
        let fleet: DeviceFleet
        do {
            fleet = try await DeviceFleet(
                eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                couriers: [environment: courier],
                authority: authority,
                deviceKey: PrivateKey.generate(.rsa(bits: 1_024)),
                clock: ProductClock(),
                seed: UInt64.random(in: 0...UInt64.max)
            ) { observe(CommandAnswer($0, form)) }
        } catch {
            throw GatehouseError(.internalFault, "Mock devices cannot start: \(error).")
        }
        let networks = try Self.networks(wishes.networks)
        let apps = wishes.topics.map { MockDeviceConfiguration.App(topic: Topic($0)) }
        for number in 1...max(1, wishes.count) {
            let name = wishes.count == 1 ? wishes.name : "\(wishes.name)-\(number)"
            var configuration = MockDeviceConfiguration(
                name: name,
                environment: environment,
                apps: apps,
                network: networks[(number - 1) % networks.count]
            )
            configuration.keepAlive = keepAlive
            do {
                try await fleet.add(configuration)
            } catch {
                await fleet.stop()
                throw GatehouseError(.unreachable, "The courier at \(courier) does not take \(name): \(error).")
            }
            progress(number)
        }
        return DeviceProcess(fleet: fleet)
    }

    private static func networks(_ names: [String]) throws(GatehouseError) -> [NetworkProfile] {
        var networks: [NetworkProfile] = []
        for name in names {
            guard let network = NetworkCatalogue.builtIn.profile(named: name) else {
                let known = NetworkCatalogue.builtIn.profiles.map(\.name).joined(separator: ", ")
                throw GatehouseError(.usage, "There is no network profile `\(name)`. There are \(known).")
            }
            networks.append(network)
        }
        return networks.isEmpty ? [.ideal] : networks
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
