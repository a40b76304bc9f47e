package import APNSWire
package import MockDevice
package import MockProvider
import NIOCore
import NIOPosix
import PushBroker
package import PushIdentity
package import PushLedger
package import PushServer
import PushTransport
package import PushVocabulary

/// A whole push service on free ports of the loopback, with a fleet of mock devices, over real TLS.
package struct TestService: Sendable {
    package static let topic: Topic = "com.example.app"
    package static let otherTopic: Topic = "com.example.other"

    package let server: PushServer
    package let fleet: DeviceFleet
    package let identities = TestIdentities.shared

    private init(server: PushServer, fleet: DeviceFleet) {
        self.server = server
        self.fleet = fleet
    }

    /// Runs `body` with a service that is stopped afterwards, whatever happens.
    package static func with(
        profile: ServiceProfile = .standard,
        courier: CourierOptions = CourierOptions(),
        clock: ProductClock = ProductClock(),
        limits: ConnectionLimits = ConnectionLimits(),
        gatewayIdleTimeout: Duration? = nil,
        observe: @escaping @Sendable (DeviceEvent) -> Void = { _ in },
        _ body: (TestService) async throws -> Void
    ) async throws {
        let hasPlace = !ServiceGate.isInside
        if hasPlace { await ServiceGate.shared.enter() }
        let result: Result<Void, any Error>
        do {
            try await ServiceGate.$isInside.withValue(true) {
                try await Self.run(profile, courier, clock, (limits, gatewayIdleTimeout), observe, body)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        if hasPlace { await ServiceGate.shared.leave() }
        try result.get()
    }

    private static func run(
        _ profile: ServiceProfile,
        _ courier: CourierOptions,
        _ clock: ProductClock,
        _ limits: (ConnectionLimits, gatewayIdle: Duration?),
        _ observe: @escaping @Sendable (DeviceEvent) -> Void,
        _ body: (TestService) async throws -> Void
    ) async throws {
        let identities = TestIdentities.shared
        let any = PushServerConfiguration.Addresses(
            gateway: ServiceAddress(host: "127.0.0.1", port: 0),
            feedback: ServiceAddress(host: "127.0.0.1", port: 0),
            courier: ServiceAddress(host: "127.0.0.1", port: 0)
        )
        var configuration = PushServerConfiguration(
            addresses: [.sandbox: any, .production: any],
            authority: identities.authority.certificate,
            providerServerIdentity: identities.providerServer,
            courierServerIdentity: identities.courierServer,
            seed: 7
        )
        configuration.profile = profile
        configuration.courier = courier
        (configuration.limits, configuration.gatewayIdleTimeout) = limits
        let server = try await PushServer.start(configuration, clock: clock)
        let fleet = try await DeviceFleet(
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
            couriers: server.addresses.mapValues(\.courier),
            authority: identities.authority.certificate,
            deviceKey: identities.deviceKey,
            clock: clock,
            seed: 7,
            observe: observe
        )
        let service = TestService(server: server, fleet: fleet)
        do {
            try await body(service)
        } catch {
            await service.stop()
            throw error
        }
        await service.stop()
    }

    private func stop() async {
        await self.fleet.stop()
        await self.server.stop()
    }

    // MARK: - Devices

    /// Makes a phone known with apps of these topics, and has it connect if asked to.
    ///
    /// - Returns: the apps' tokens, in the order of the topics.
    @discardableResult
    package func addPhone(
        _ name: String = "phone",
        environment: Environment = .sandbox,
        topics: [Topic] = [TestService.topic],
        connected: Bool = true
    ) async throws -> [DeviceToken] {
        let provision = DeviceProvision(
            name: name,
            environment: environment,
            apps: topics.map { DeviceProvision.App(topic: $0) }
        )
        let baseToken = try await self.server.perform { try $0.provision(provision) }
        try await self.fleet.add(
            MockDeviceConfiguration(
                name: name,
                environment: environment,
                apps: topics.map { MockDeviceConfiguration.App(topic: $0) },
                baseToken: baseToken,
                connected: connected
            )
        )
        return try await self.server.perform { host in
            guard let device = host.broker.device(named: name), let view = host.broker.view(of: device) else {
                return []
            }
            return topics.compactMap { topic in view.apps.first { $0.topicHash == topic.hash }?.token }
        }
    }

    /// Waits until the service sees the device as connected, or as gone.
    package func serviceSees(_ name: String, connected: Bool) async throws {
        let deadline = ContinuousClock.now + .patience
        while ContinuousClock.now < deadline {
            let isConnected = try await self.server.perform { host in
                host.broker.device(named: name).map { host.broker.isConnected($0) } ?? false
            }
            if isConnected == connected { return }
            await Task.yield()
        }
        throw TestServiceError.timedOut
    }

    // MARK: - Providers

    package func client(
        _ environment: Environment = .sandbox,
        topic: Topic = TestService.topic,
        kind: IdentityKind? = nil,
        serverName: String? = nil
    ) throws -> ProviderClient {
        let kind = kind ?? (environment == .sandbox ? .development : .production)
        return try self.client(
            environment,
            identity: self.identities.provider(topic, kind: kind),
            serverName: serverName
        )
    }

    package func client(
        _ environment: Environment,
        identity: Identity?,
        serverName: String? = nil
    ) throws -> ProviderClient {
        guard let addresses = self.server.addresses[environment] else { throw TestServiceError.noSuchEnvironment }
        return try ProviderClient(
            gateway: addresses.gateway,
            feedback: addresses.feedback,
            identity: identity,
            authority: self.identities.authority.certificate,
            serverName: serverName,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        )
    }

    // MARK: - What happened

    /// Waits for notifications that match.
    @discardableResult
    package func wait(_ filter: NotificationFilter, count: Int = 1) async throws -> [NotificationEntry] {
        let outcome = try await self.server.wait(for: filter, count: count, after: nil, timeout: TimeAmount(.patience))
        guard outcome.satisfied else { throw TestServiceError.timedOut }
        return outcome.items
    }

    package func notifications() async throws -> [NotificationEntry] {
        try await self.server.perform { $0.ledger.notifications(limit: 100_000).items }
    }

    package func counters() async throws -> Counters {
        try await self.server.perform { $0.ledger.counters }
    }
}

extension Duration {
    /// How long a test waits for what has to come before it gives up. Hundreds of tests share the machine, and one of them
    /// may wait for a thread for longer than what it waits for takes.
    package static let patience = Duration.seconds(60)
}

package enum TestServiceError: Error {
    case timedOut
    case noSuchEnvironment
    case malformedFrame
    case refused
}

extension OutgoingNotification {
    /// A push that may wait for its device.
    package static func alert(
        _ text: String = "hi",
        to token: DeviceToken,
        identifier: UInt32? = 1,
        format: Format = .usualItems,
        expiry: UInt32? = 0x7FFF_FFFF
    ) -> OutgoingNotification {
        OutgoingNotification(
            format: format,
            token: token.bytes,
            payload: Array(#"{"aps":{"alert":"\#(text)"}}"#.utf8),
            identifier: identifier,
            expiry: expiry,
            priority: 10
        )
    }
}
