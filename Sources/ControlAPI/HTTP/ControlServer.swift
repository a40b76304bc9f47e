import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import PushServer
package import PushTransport
import Synchronization

/// The HTTP API, listening.
///
/// Started and stopped, not run: its port has to be known before the ready record is written. As part of a service
/// group it is a service whose `run` starts it, awaits the graceful shutdown and stops it.
package final class ControlServer: Sendable {
    package struct Options: Hashable, Sendable {
        /// Where to listen; port 0 lets the system choose.
        package var address: ServiceAddress
        /// Names by which it may be addressed beside loopback names and addresses.
        package var allowedHosts: [String]
        package var limits: ControlLimits
        /// What requests have to show; `nil` or empty: nothing.
        package var adminToken: String?

        package init(
            address: ServiceAddress,
            allowedHosts: [String] = [],
            limits: ControlLimits = ControlLimits(),
            adminToken: String? = nil
        ) {
            self.address = address
            self.allowedHosts = allowedHosts
            self.limits = limits
            self.adminToken = adminToken
        }
    }

    /// Time that what is being answered has when the server stops.
    private static let shutdownTimeout: Duration = .seconds(2)

    /// The address really bound, port included.
    package let address: ServiceAddress
    /// Without a slash at the end.
    package var url: String { Self.url(of: self.address) }

    private let operations: ControlOperations
    private let server: Server<GuardedHTTPChannel>
    private let running: Task<Void, any Error>

    private init(
        address: ServiceAddress,
        operations: ControlOperations,
        server: Server<GuardedHTTPChannel>,
        running: Task<Void, any Error>
    ) {
        self.address = address
        self.operations = operations
        self.server = server
        self.running = running
    }

    /// Listens, and answers from then on.
    ///
    /// - Throws: `ListenError` when the address cannot be bound.
    package static func start(
        _ operations: ControlOperations,
        _ options: Options,
        logger: Logger
    ) async throws -> ControlServer {
        let (bound, binding) = AsyncStream.makeStream(of: ServiceAddress.self)
        let url = BoundURL()
        let guarding = RequestGuard(allowedHosts: options.allowedHosts)
        let token = options.adminToken.flatMap { $0.isEmpty ? nil : AdminToken($0) }
        let channel = GuardedHTTPChannel(limits: options.limits) { request, complete in
            let responder = ControlResponder(
                operations: operations,
                requestGuard: guarding,
                adminToken: token,
                controlURL: url.text,
                maximumBodySize: options.limits.maximumBodySize,
                logger: logger
            )
            return await responder.respond(to: request, complete: complete)
        }
        var serverLogger = logger
        serverLogger.logLevel = max(logger.logLevel, .notice)
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(address: .hostname(options.address.host, port: options.address.port)),
            onServerRunning: { channel in
                let address = ServiceAddress(
                    host: options.address.host,
                    port: channel.localAddress?.port ?? options.address.port
                )
                url.set(Self.url(of: address))
                binding.yield(address)
            },
            eventLoopGroup: EventLoopGroupProvider.singleton.eventLoopGroup,
            logger: serverLogger
        )
        let running = Task {
            defer { binding.finish() }
            try await server.run()
        }
        for await address in bound {
            return ControlServer(address: address, operations: operations, server: server, running: running)
        }
        running.cancel()
        do {
            try await running.value
        } catch {
            throw ListenError(service: "control API", address: options.address, error: error)
        }
        throw CancellationError()
    }

    /// Ends pending waits with `stopping`, finishes what is being answered, closes. What is not answered within a few
    /// seconds is cut off.
    package func stop() async {
        self.operations.beginStopping()
        let (server, running) = (self.server, self.running)
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        Task {
            try? await server.shutdownGracefully()
            _ = try? await running.value
            end.finish()
        }
        let alarm = Task {
            try await Task.sleep(for: Self.shutdownTimeout)
            running.cancel()
            try await Task.sleep(for: .seconds(1))
            end.finish()
        }
        for await _ in ends {}
        alarm.cancel()
    }

    private static func url(of address: ServiceAddress) -> String {
        var address = address
        switch address.host {
        case "0.0.0.0": address.host = "127.0.0.1"
        case "::": address.host = "::1"
        default: break
        }
        return "http://\(address)"
    }
}

/// The server's URL, known before its first request is.
private final class BoundURL: Sendable {
    private let value = Mutex("")

    var text: String { self.value.withLock { $0 } }
    func set(_ text: String) { self.value.withLock { $0 = text } }
}
