import NIOCore
import NIOSSL
import NIOTLS

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Collects what a service says.
final class ProviderHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let ready: EventLoopPromise<Void>
    private(set) var heard = ProviderConnection.Heard()
    /// The client has said that it is done.
    var isClosing = false
    private var listeners: [(extent: ProviderConnection.Extent, promise: EventLoopPromise<Void>)] = []

    init(ready: EventLoopPromise<Void>) {
        self.ready = ready
    }

    func listen(until extent: ProviderConnection.Extent, _ promise: EventLoopPromise<Void>) {
        self.listeners.append((extent, promise))
        self.tellListeners()
    }

    private func tellListeners() {
        self.listeners.removeAll { listener in
            let isSatisfied =
                switch listener.extent {
                case .bytes(let count): self.heard.bytes.readableBytes >= count
                case .end: false
                }
            guard isSatisfied || self.heard.end != nil else { return false }
            listener.promise.succeed()
            return true
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.ready.succeed()
        // An end without close_notify has been reported as an error before.
        case ChannelEvent.inputClosed:
            self.end(.closeNotify)
            if self.isClosing { self.closeBelowTLS(context: context) }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        self.heard.bytes.writeBuffer(&bytes)
        self.tellListeners()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.ready.fail(error)
        self.end(Self.end(because: error))
        // Says close_notify where that is still possible; nothing that is worth waiting for will come back.
        context.close(promise: nil)
        self.closeBelowTLS(context: context)
    }

    /// Where half-closure is allowed, the TLS handler does not take the peer's close_notify as the answer to its own,
    /// and would wait for it until its timeout.
    private func closeBelowTLS(context: ChannelHandlerContext) {
        let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLClientHandler.self)
        (tls ?? context).close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.ready.fail(ChannelError.eof)
        self.end(.withoutCloseNotify)
        context.fireChannelInactive()
    }

    private static func end(because error: any Error) -> StreamEnd {
        switch error {
        case NIOSSLError.uncleanShutdown: .withoutCloseNotify
        case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE: .reset
        default: .failed(String(describing: error))
        }
    }

    /// The first end counts: what follows is the tidying up.
    private func end(_ end: StreamEnd) {
        if self.heard.end == nil { self.heard.end = end }
        self.tellListeners()
    }
}
