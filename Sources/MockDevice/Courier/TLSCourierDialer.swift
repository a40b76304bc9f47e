package import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
package import PushIdentity
package import PushTransport
package import PushVocabulary

/// Reaches couriers as phones do: real TCP, real TLS.
package final class TLSCourierDialer: CourierDialer {
    package let eventLoop: any EventLoop
    private let couriers: [Environment: ServiceAddress]
    private let context: NIOSSLContext

    /// - Parameters:
    ///   - couriers: where each environment's courier is to be reached.
    ///   - authority: whose certificates the couriers show.
    package init(
        eventLoop: any EventLoop,
        couriers: [Environment: ServiceAddress],
        authority: Certificate
    ) throws {
        self.eventLoop = eventLoop
        self.couriers = couriers
        self.context = try TLSContexts.courierClient(authority: authority)
    }

    package func serves(_ environment: Environment) -> Bool { self.couriers[environment] != nil }

    package func dial(_ environment: Environment, for owner: any ByteLinkOwner) -> any ByteLink {
        let eventLoop = self.eventLoop
        let link = NIOLoopBound(TLSLink(owner: owner), eventLoop: eventLoop)
        guard let address = self.couriers[environment] else {
            eventLoop.execute { link.value.end("there is no courier for the \(environment.rawValue) environment") }
            return link.value
        }
        let context = self.context
        let opening = ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: environment.courierHostName),
                        link.value,
                    ])
                }
            }
            .connect(host: address.host, port: address.port)
        opening.whenFailure { error in
            eventLoop.execute { link.value.end(String(describing: error)) }
        }
        return link.value
    }
}

/// The device's end of a connection over TLS.
private final class TLSLink: ChannelInboundHandler, ByteLink {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Set until the connection is gone.
    private var owner: (any ByteLinkOwner)?
    private var context: ChannelHandlerContext?
    private var isClosing = false
    private var failure: String?

    init(owner: any ByteLinkOwner) {
        self.owner = owner
    }

    // MARK: - From the owner

    func write(_ bytes: ByteBuffer) {
        guard !self.isClosing else { return }
        self.context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    /// A socket that does not stand yet is closed when it does.
    func close() {
        guard !self.isClosing else { return }
        self.isClosing = true
        self.context?.close(promise: nil)
    }

    func reset() {
        guard !self.isClosing, let context else { return self.close() }
        self.isClosing = true
        context.channel.reset(beneath: NIOSSLClientHandler.self)
    }

    func setReading(_ reads: Bool) {
        guard let context else { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
        if reads { context.read() }
    }

    // MARK: - From the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        if self.isClosing { context.close(promise: nil) }
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event, !self.isClosing { self.owner?.linkOpened() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isClosing else { return }
        self.owner?.linkReceived(Self.unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.failure = self.failure ?? String(describing: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(self.failure ?? "the courier closed the connection")
        context.fireChannelInactive()
    }

    func end(_ reason: String) {
        let owner = self.owner
        self.owner = nil
        owner?.linkEnded(reason: reason)
    }
}

extension Environment {
    /// The real courier's name, which a device shows in TLS and expects in the server's certificate.
    var courierHostName: String {
        switch self {
        case .sandbox: "courier.sandbox.push.apple.com"
        case .production: "courier.push.apple.com"
        }
    }
}
