import NIOCore
import NIOPosix
import NIOSSL
import PushLedger
import PushTransport

/// What every connection that is accepted gets: TLS in front, the handler of its service behind it.
struct ConnectionSetting: Sendable {
    private let configuration: PushServerConfiguration
    private let providerContext: NIOSSLContext
    private let courierContext: NIOSSLContext

    /// - Throws: what is wrong with the identities.
    init(_ configuration: PushServerConfiguration) throws {
        self.configuration = configuration
        self.providerContext = try TLSContexts.providerServer(configuration.shownProviderIdentity)
        self.courierContext = try TLSContexts.courierServer(
            configuration.courierServerIdentity,
            protocols: configuration.courier.protocols,
            asksForCertificate: configuration.courier.authentication == .tls
        )
    }

    /// Accepts connections to one service.
    func bootstrap(
        for key: ListenerKey,
        on eventLoop: any EventLoop,
        host: NIOLoopBound<BrokerHost>,
        connections: NIOLoopBound<OpenConnections>
    ) -> ServerBootstrap {
        ServerBootstrap(group: eventLoop)
            .serverChannelOption(.backlog, value: 1_024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            // In one turn of the loop: those who are served wait for all that a flood of connections brings in one.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.recvAllocator, value: Self.reads(of: key.service))
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (host, connections) = (host.value, connections.value)
                    try self.front(for: key, host: host).install(in: channel, of: connections) { facts in
                        self.handler(for: key.service, facts, host: host, connections, of: channel)
                    }
                }
            }
    }

    /// How much is read at once. Devices say little, and there may be thousands of them, each with a buffer of this size.
    private static func reads(of service: PushService) -> AdaptiveRecvByteBufferAllocator {
        service == .courier
            ? AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 1_024, maximum: 16_384)
            : AdaptiveRecvByteBufferAllocator()
    }

    private func handler(
        for service: PushService,
        _ facts: HandshakeFacts,
        host: BrokerHost,
        _ connections: OpenConnections,
        of channel: any Channel
    ) -> any ChannelHandler {
        switch service {
        case .gateway:
            if facts.idle == nil, let timeout = self.configuration.gatewayIdleTimeout {
                facts.idle = IdleRule(timeout: timeout, closer: .service)
            }
            let handler = GatewayHandler(facts: facts, host: host)
            connections.watch(handler, of: channel)
            return handler
        case .feedback: return FeedbackHandler(facts: facts, host: host)
        case .courier:
            let handler = CourierHandler(facts: facts, host: host, options: self.configuration.courier)
            connections.watch(handler, of: channel)
            return handler
        }
    }

    private func front(for key: ListenerKey, host: BrokerHost) -> TLSFront {
        TLSFront(
            host: host,
            service: key.service,
            environment: key.environment,
            context: key.service == .courier ? self.courierContext : self.providerContext,
            providerAuthority: key.service == .courier ? nil : self.configuration.authority,
            takesDeviceCertificates: key.service == .courier && self.configuration.courier.authentication == .tls,
            handshakeTimeout: TimeAmount(self.configuration.limits.handshakeTimeout)
        )
    }
}
