import NIOCore
import PushLedger
import PushVocabulary

/// Ends a connection whose handshake takes too long: a client that connects and says nothing costs a while, no more.
final class HandshakeGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let facts: HandshakeFacts
    private let host: BrokerHost
    private let connections: OpenConnections
    private let timeout: TimeAmount
    private var alarm: Scheduled<Void>?

    init(facts: HandshakeFacts, host: BrokerHost, connections: OpenConnections, timeout: TimeAmount) {
        self.facts = facts
        self.host = host
        self.connections = connections
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // The channel is not active yet: only the call may find out that it is gone.
        let unowned = UnownedContext(context)
        self.alarm = context.eventLoop.assumeIsolated().scheduleTask(in: self.timeout) { [weak self] in
            guard let self, !self.facts.isComplete else { return }
            self.connections.inGoodTime(on: context.eventLoop) { [weak self] in
                guard let self, !self.facts.isComplete, let context = unowned.value else { return }
                self.record(.handshakeTimeout)
                context.close(promise: nil)
            }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.alarm?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        context.fireUserInboundEventTriggered(event)
        // Who hangs up in the middle can say no more: without this, half-closure would keep the rest open.
        if case ChannelEvent.inputClosed = event, !self.facts.isComplete { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.alarm?.cancel()
        context.fireChannelInactive()
        if !self.facts.isComplete { self.record(.handshakeAbandoned) }
    }

    private func record(_ end: ConnectionEnd) {
        self.host.ledger.closeConnection(
            self.facts.connection,
            .handshakeFailed(end),
            at: self.host.clock.now
        )
    }
}
