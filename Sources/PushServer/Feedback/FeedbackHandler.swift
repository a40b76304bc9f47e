import APNSWire
import NIOCore
import NIOTLS
import PushBroker
import PushIdentity
import PushLedger
import PushVocabulary

/// Gives a provider its feedback list and closes: the provider has nothing to say (Apple, Binary Provider API).
final class FeedbackHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Most bytes of one write, and so of one TLS record: clients that read fixed chunks fail when a tuple is split
    /// over two records.
    private static let maximumRecord = 16_384
    /// Seen: a client lost the last tuple when close_notify came right behind it.
    private static let pause = TimeAmount.milliseconds(300)

    private let facts: HandshakeFacts
    private let host: BrokerHost
    private var closing = LingeringClose()

    init(facts: HandshakeFacts, host: BrokerHost) {
        self.facts = facts
        self.host = host
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.answer(context: context)
        case ChannelEvent.inputClosed: self.closing.inputClosed(context: context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Nothing a provider may say here means anything.
    }

    private func answer(context: ChannelHandlerContext) {
        if case .closedAfterHandshake(let end) = self.facts.admission {
            return self.close(because: end, context: context)
        }
        let provider = self.host.context(
            of: self.facts.certificate,
            on: self.facts.connection,
            in: self.facts.environment
        )
        let entries = self.host.feedback(for: provider)
        let topics = self.facts.certificate?.topics ?? []
        let end = ConnectionEnd(
            code: "feedback-read",
            sentence: "The feedback list (\(entries.count) tuples) was sent, then the connection was closed."
        )
        guard !entries.isEmpty else {
            self.host.feedbackWasRead(entries, topics: topics, by: provider)
            return self.close(because: end, context: context)
        }
        self.write(entries, context: context)
        self.host.feedbackWasRead(entries, topics: topics, by: provider)
        context.flush()
        let context = UnownedContext(context)
        context.value?.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            guard let context = context.value else { return }
            self.close(because: end, context: context)
        }
    }

    private func write(_ entries: [FeedbackEntry], context: ChannelHandlerContext) {
        var record = context.channel.allocator.buffer(capacity: Self.maximumRecord)
        for entry in entries {
            let tuple = FeedbackTuple(
                timestamp: UInt32(clamping: entry.since.unixSeconds),
                token: entry.token
            )
            if record.readableBytes + tuple.byteCount > Self.maximumRecord {
                context.write(Self.wrapOutboundOut(record), promise: nil)
                record.clear()
            }
            tuple.write(into: &record)
        }
        context.write(Self.wrapOutboundOut(record), promise: nil)
    }

    private func close(because end: ConnectionEnd, context: ChannelHandlerContext) {
        self.host.ledger.closeConnection(
            self.facts.connection,
            .closed(by: .service, end),
            at: self.host.clock.now
        )
        self.closing.begin(context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !self.facts.isComplete { context.close(promise: nil) }
    }
}
