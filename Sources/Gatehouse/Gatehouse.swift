package import ControlAPI
import Logging
import MockDevice
import NIOCore
import NIOPosix
import PushIdentity
import PushServer
import PushStore
import PushTransport
import PushVocabulary

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A running stand-in for the push service: gateway, feedback, courier, mock devices, control API.
///
/// ```swift
/// let gatehouse = try await Gatehouse.start(.onFreePorts)
/// // ... let the provider under test push to gatehouse.gateway() ...
/// let delivered = try await gatehouse.wait(for: NotificationQuery(fate: .delivered), count: 1)
/// await gatehouse.stop()
/// ```
///
/// Any number of them can run in one process, each with ports of its own.
public final class Gatehouse: Sendable {
    /// The version of this program.
    public static let version = "0.1.0"

    package let operations: ControlOperations
    package let readyRecord: ReadyRecord
    /// What the random generator was seeded with.
    public let seed: UInt64
    /// What control requests have to show.
    let adminToken: String?

    private let server: PushServer
    private let fleet: DeviceFleet
    private let controlServer: ControlServer

    private init(
        _ parts: Parts,
        controlServer: ControlServer,
        readyRecord: ReadyRecord,
        adminToken: String?
    ) {
        self.server = parts.server
        self.fleet = parts.fleet
        self.operations = parts.operations
        self.controlServer = controlServer
        self.readyRecord = readyRecord
        self.seed = parts.seed
        self.adminToken = adminToken
    }

    private struct Parts {
        let server: PushServer
        let fleet: DeviceFleet
        let operations: ControlOperations
        let seed: UInt64

        func stop() async {
            self.operations.beginStopping()
            await self.fleet.stop()
            await self.server.stop()
        }
    }

    /// Starts everything, or nothing: returns when every listener is bound and the configured devices are connected.
    ///
    /// - Throws: `GatehouseError` that says what is in the way.
    public static func start(
        _ configuration: GatehouseConfiguration = GatehouseConfiguration()
    ) async throws(GatehouseError) -> Gatehouse {
        do throws(ConfigurationDefect) {
            try configuration.check()
        } catch {
            throw GatehouseError(.usage, "\(error.name): \(error.message).")
        }
        let directory: String
        if let named = configuration.certificates {
            directory = named
        } else {
            directory = try CertificateDirectory.usual(variables: CertificateDirectory.processVariables)
        }
        let kept = try KeptState(configuration)
        var configuration = configuration
        if let kept { configuration.identities = kept.identities(for: configuration) }
        let credentials = try Credentials(configuration, directory: directory)
        let parts = try await Self.startServices(configuration, credentials, kept)
        do {
            return try await Self.open(parts, configuration, kept)
        } catch {
            await parts.stop()
            throw error
        }
    }

    /// Binds the push services.
    private static func startServices(
        _ configuration: GatehouseConfiguration,
        _ credentials: Credentials,
        _ kept: KeptState?
    ) async throws(GatehouseError) -> Parts {
        let networks = try configuration.networkCatalogue
        let seed = configuration.seed ?? UInt64.random(in: 0...UInt64.max)
        let isManual = configuration.clock == .manual || configuration.clockStart != nil
        let clock =
            kept?.clock(for: configuration) ?? ProductClock(isManual ? .manual : .real, start: configuration.clockStart)
        do {
            let server = try await PushServer.start(
                PushServerConfiguration(configuration, credentials, seed: seed),
                clock: clock,
                state: kept?.opened
            )
            do {
                let traces = DeviceTraces()
                let fleet = try await DeviceFleet(
                    eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                    couriers: server.addresses.mapValues { $0.courier.reachable },
                    authority: credentials.authority,
                    deviceKey: credentials.deviceKey,
                    clock: clock,
                    seed: seed
                ) { traces.record($0) }
                let facts = InstanceFacts(
                    version: Self.version,
                    processIdentifier: getpid(),
                    caFile: credentials.authorityFile,
                    identities: credentials.identities,
                    profile: configuration.profile,
                    seed: seed,
                    networks: networks
                )
                return Parts(
                    server: server,
                    fleet: fleet,
                    operations: ControlOperations(
                        server: server,
                        fleet: fleet,
                        facts: facts,
                        traces: traces,
                        identityStore: credentials.store
                    ),
                    seed: seed
                )
            } catch {
                await server.stop()
                throw error
            }
        } catch let error as ListenError {
            throw GatehouseError(.unavailable, Self.advice(on: error))
        } catch let error as StateFileError {
            throw GatehouseError(.unavailable, "\(error).")
        } catch {
            throw GatehouseError(.internalFault, "The push services cannot start: \(error)")
        }
    }

    /// Binds the control API, then brings the devices up.
    private static func open(
        _ parts: Parts,
        _ configuration: GatehouseConfiguration,
        _ kept: KeptState?
    ) async throws(GatehouseError) -> Gatehouse {
        let address = ServiceAddress(host: configuration.control.host, port: configuration.control.port)
        let controlServer: ControlServer
        do {
            controlServer = try await ControlServer.start(
                parts.operations,
                ControlServer.Options(
                    address: address,
                    allowedHosts: configuration.allowedHosts,
                    limits: configuration.controlLimits,
                    adminToken: configuration.adminToken
                ),
                logger: ServerLog(configuration).logger
            )
        } catch let error as ListenError {
            throw GatehouseError(.unavailable, Self.advice(on: error))
        } catch {
            throw GatehouseError(.unavailable, "The control API cannot listen on \(address): \(error)")
        }
        do {
            try await parts.operations.restoreDevices(kept?.devices ?? [])
            try await parts.operations.restoreFleets(kept?.fleets ?? [])
            try await parts.operations.addFaults(configuration.faults)
            try await parts.operations.addConfigured(configuration.effectiveDevices.map { try .init($0) })
            if let accumulated = configuration.accumulated {
                try await parts.operations.takeOver(AccumulatedState(accumulated, at: "/accumulated"))
            }
            parts.operations.becomeReady()
            let record = try await parts.operations.readyRecord(control: controlServer.url)
            return Gatehouse(
                parts,
                controlServer: controlServer,
                readyRecord: record,
                adminToken: configuration.adminToken
            )
        } catch let error as GatehouseError {
            await controlServer.stop()
            throw error
        } catch {
            await controlServer.stop()
            let category: GatehouseError.Category = error is ControlError ? .usage : .internalFault
            throw GatehouseError(category, "The configured devices cannot be brought up: \(error)")
        }
    }

    private static func advice(on error: ListenError) -> String {
        let option = ["gateway", "feedback", "courier"].first { error.service.hasSuffix($0) } ?? "control"
        let holder = error.address.port == 0 ? nil : PortHolder.description(of: error.address.port)
        let named = holder.map { " (\($0))" } ?? ""
        return "Gatehouse \(error)\(named). Choose another address with --\(option) HOST:PORT, or free ports for"
            + " everything with --port 0."
    }

    /// Closes everything: waits are answered, listeners and connections closed, threads given back.
    public func stop() async {
        await self.controlServer.stop()
        await self.fleet.stop()
        await self.server.stop()
    }
}

extension PushServerConfiguration {
    init(_ configuration: GatehouseConfiguration, _ credentials: Credentials, seed: UInt64) {
        var addresses: [Environment: Addresses] = [:]
        for environment in configuration.servedEnvironments {
            addresses[environment.environment] = configuration.addresses(of: environment)
        }
        self.init(
            addresses: addresses,
            authority: credentials.authority,
            providerServerIdentity: credentials.providerServer,
            courierServerIdentity: credentials.courierServer,
            seed: seed
        )
        self.profile = configuration.serviceProfile
        self.magicTokens = configuration.magicTokens
        self.limits = configuration.connectionLimits
        self.gatewayIdleTimeout = configuration.gatewayIdleTimeout
        self.courier = configuration.courierOptions
        self.courier.credentials = configuration.courierCredentials == .verify ? .verify : .accept
        // With a seed of the user's, tokens repeat with it anywhere; else as long as the certificates are the same.
        self.tokenSecret =
            configuration.seed.map { Array("seed \($0)".utf8) } ?? Digest.sha256(credentials.deviceKey.pem.utf8)
    }
}

extension ServiceAddress {
    /// Where a client on this machine finds what listens here: a wildcard is no address to connect to.
    var reachable: ServiceAddress {
        switch self.host {
        case "0.0.0.0": ServiceAddress(host: "127.0.0.1", port: self.port)
        case "::": ServiceAddress(host: "::1", port: self.port)
        default: self
        }
    }
}

extension DeviceSpecification {
    init(_ device: GatehouseConfiguration.Device) throws(GatehouseError) {
        var apps: [App] = []
        for app in device.apps {
            let token = app.token.flatMap { DeviceToken(hexadecimal: $0) }
            guard (token == nil) == (app.token == nil) else {
                throw GatehouseError(.usage, "The token of \(app.topic) on \(device.name) is not hexadecimal.")
            }
            apps.append(App(topic: Topic(app.topic), token: token, setup: app.setup))
        }
        self.init(
            name: device.name,
            environment: device.environment.environment,
            isConnected: device.connected,
            apps: apps,
            baseToken: device.baseToken.flatMap { DeviceToken(hexadecimal: $0) }
        )
        self.areNotificationsOn = device.notifications
        self.keepAlive = device.keepAlive
        self.network = device.network
    }
}
