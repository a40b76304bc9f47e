import NIOCore
import NIOSSL
import NIOTLS
import PushLedger
import PushVocabulary

/// Keeps the books of one connection: how its handshake went, how many bytes it carried, how it ended.
final class ConnectionRecorder: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let facts: HandshakeFacts
    private let host: BrokerHost
    private var handshakeGuard: HandshakeGuard?
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0

    /// - Parameter handshakeGuard: to be taken out of the pipeline when the handshake is complete.
    init(facts: HandshakeFacts, host: BrokerHost, handshakeGuard: HandshakeGuard? = nil) {
        self.facts = facts
        self.host = host
        self.handshakeGuard = handshakeGuard
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            self.facts.isComplete = true
            self.facts.trace?.securedAt = self.host.batchTime
            let version = try? context.pipeline.syncOperations.nioSSL_tlsVersion()
            self.host.ledger.updateConnection(self.facts.connection) {
                $0.tls = version.map { TLSFacts(version: Self.name(of: $0)) }
            }
            self.host.ledger.noteReady(self.facts.connection, at: self.host.clock.now)
            self.clearAwayGuard(context)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        self.bytesIn += UInt64(bytes.readableBytes)
        if let trace = self.facts.trace, trace.hasRoomForReceived { trace.keepReceived(bytes, at: self.host.batchTime) }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        self.bookBytes()
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = Self.unwrapOutboundIn(data)
        self.bytesOut += UInt64(bytes.readableBytes)
        if let trace = self.facts.trace, trace.hasRoomForSent { trace.keepSent(bytes, at: self.host.batchTime) }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !self.facts.isComplete {
            let end: ConnectionEnd =
                if case .refused(_, let end) = self.facts.admission { end } else { .handshakeFailure(error) }
            self.host.ledger.closeConnection(
                self.facts.connection,
                .handshakeFailed(end),
                at: self.host.clock.now
            )
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        context.fireChannelInactive()
        self.bookBytes()
        guard self.facts.isComplete else { return }
        self.host.ledger.closeConnection(
            self.facts.connection,
            .closed(by: .peer, .closedByPeer),
            at: self.host.clock.now
        )
    }

    /// There may be thousands of connections that are open for long, and every byte would pass it.
    private func clearAwayGuard(_ context: ChannelHandlerContext) {
        guard let handler = self.handshakeGuard else { return }
        self.handshakeGuard = nil
        context.pipeline.syncOperations.removeHandler(handler, promise: nil)
    }

    private func bookBytes() {
        self.host.ledger.updateConnection(self.facts.connection) {
            $0.bytesIn = self.bytesIn
            $0.bytesOut = self.bytesOut
        }
    }

    private static func name(of version: TLSVersion) -> String {
        switch version {
        case .tlsv1: "TLSv1"
        case .tlsv11: "TLSv1.1"
        case .tlsv12: "TLSv1.2"
        case .tlsv13: "TLSv1.3"
        @unknown default: "unknown"
        }
    }
}

extension ConnectionEnd {
    static let closedByPeer = ConnectionEnd(
        code: "closed-by-peer",
        sentence: "The other side closed the connection."
    )
}
