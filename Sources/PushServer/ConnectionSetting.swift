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
            .serverChannelOption(.maxMessagesPerRead, value: 16)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.value.add(channel)
                    try self.front(for: key, host: host.value).install(in: channel) { facts in
                        switch key.service {
                        case .gateway: GatewayHandler(facts: facts, host: host.value)
                        case .feedback: FeedbackHandler(facts: facts, host: host.value)
                        case .courier:
                            CourierHandler(facts: facts, host: host.value, options: self.configuration.courier)
                        }
                    }
                }
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
            handshakeTimeout: .seconds(self.configuration.handshakeTimeoutSeconds)
        )
    }
}
