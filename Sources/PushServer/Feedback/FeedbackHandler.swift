import APNSWire
import NIOCore
import NIOTLS
import PushBroker
import PushIdentity
import PushLedger
import PushTransport
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
    /// What was sent and is still listed, because the provider has not closed its side yet.
    private var unconfirmed: (provider: ProviderContext, entries: [FeedbackEntry])?
    /// Set when TCP ended without a word from TLS.
    private var endedUncleanly = false

    init(facts: HandshakeFacts, host: BrokerHost) {
        self.facts = facts
        self.host = host
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.answer(context: context)
        case ChannelEvent.inputClosed:
            self.peerHasClosed()
            self.closing.inputClosed(context: context)
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
        guard
            let strike = self.host.strikeAdmission(of: provider, to: .feedback) ?? self.strike(for: provider)
        else {
            return self.give(to: provider, context: context)
        }
        self.carryOut(strike, for: provider, context: context)
    }

    /// Sends the list and closes.
    private func give(
        to provider: ProviderContext,
        pieces: Int? = nil,
        limit: Int = .max,
        holdsOpen: Bool = false,
        context: ChannelHandlerContext
    ) {
        let entries = self.saysNothing(to: provider) ? [] : self.host.feedback(for: provider)
        let written = self.write(self.records(of: entries, limit: limit), pieces: pieces, context: context)
        if self.host.profile.feedbackClearing == .onWrite || entries.isEmpty {
            self.clear(entries, of: provider, when: written)
        } else {
            self.unconfirmed = (provider, entries)
        }
        guard !holdsOpen else { return }
        let end = ConnectionEnd(
            code: "feedback-read",
            sentence: "The feedback list (\(entries.count) tuples) was sent, then the connection was closed."
        )
        guard !entries.isEmpty else { return self.close(because: end, context: context) }
        let context = UnownedContext(context)
        context.value?.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            guard let context = context.value else { return }
            self.close(because: end, context: context)
        }
    }

    /// - Returns: when the last byte has left, where that can be later than now: with a state file.
    private func write(
        _ records: [ByteBuffer],
        pieces: Int?,
        context: ChannelHandlerContext
    ) -> EventLoopFuture<Void>? {
        let writes = records.flatMap { record in pieces.map { record.pieces(of: $0) } ?? [record] }
        let promise = self.host.keeper == nil || writes.isEmpty ? nil : context.eventLoop.makePromise(of: Void.self)
        for (position, bytes) in writes.enumerated() {
            context.write(Self.wrapOutboundOut(bytes), promise: position == writes.count - 1 ? promise : nil)
        }
        context.flush()
        return promise?.futureResult
    }

    /// Emptied before they have left, the lists would be lost with a process that ends in between.
    private func clear(_ entries: [FeedbackEntry], of provider: ProviderContext, when written: EventLoopFuture<Void>?) {
        guard let written else {
            return self.host.feedbackWasRead(entries, topics: provider.topicNames, by: provider)
        }
        written.assumeIsolated().whenSuccess {
            self.host.feedbackWasRead(entries, topics: provider.topicNames, by: provider)
            self.host.settle()
        }
    }

    private func saysNothing(to provider: ProviderContext) -> Bool {
        provider.environment == .sandbox && self.host.profile.sandboxFeedback == .nothing
    }

    private func peerHasClosed() {
        guard let (provider, entries) = self.unconfirmed, !self.endedUncleanly else { return }
        self.unconfirmed = nil
        self.host.feedbackWasRead(entries, topics: provider.topicNames, by: provider)
    }

    /// The list as writes of whole tuples.
    private func records(of entries: [FeedbackEntry], limit: Int) -> [ByteBuffer] {
        var records: [ByteBuffer] = []
        var record = ByteBuffer()
        for entry in entries {
            let tuple = FeedbackTuple(timestamp: UInt32(clamping: entry.since.unixSeconds), token: entry.token)
            if record.readableBytes + tuple.byteCount > Self.maximumRecord {
                records.append(record)
                record = ByteBuffer()
            }
            tuple.write(into: &record)
        }
        if record.readableBytes > 0 { records.append(record) }
        guard limit < .max, let first = records.first else { return records }
        return [first.getSlice(at: first.readerIndex, length: min(limit, first.readableBytes)) ?? first]
    }

    // MARK: - Faults

    private func strike(for provider: ProviderContext) -> FaultStrike? {
        var subject = FaultSubject(
            service: .feedback,
            environment: provider.environment,
            connection: provider.connection
        )
        subject.topics = provider.topicNames
        return self.host.strike(at: .feedback, subject)
    }

    private func carryOut(_ strike: FaultStrike, for provider: ProviderContext, context: ChannelHandlerContext) {
        switch strike.action {
        case .delay(let duration):
            let call = self.delay(for: duration, provider: provider, context: context)
            self.hold(context) { self.host.timers.cancel(call) }
        case .holdOpen:
            self.hold(context) {}
            self.give(to: provider, holdsOpen: true, context: context)
        case .split(let size): self.give(to: provider, pieces: size, context: context)
        case .truncate(let count): self.give(to: provider, limit: count, context: context)
        case .stall, .blackHole: self.hold(context) {}
        case .nothing, .silentClose: self.close(because: .fault(strike), by: .fault, context: context)
        case .reset:
            self.host.ledger.closeConnection(
                self.facts.connection,
                .closed(by: .fault, .fault(strike)),
                at: self.host.clock.now
            )
            context.channel.reset()
        default: self.give(to: provider, context: context)
        }
    }

    private func delay(
        for duration: Duration,
        provider: ProviderContext,
        context: ChannelHandlerContext
    ) -> ProductTimers.ID {
        let context = UnownedContext(context)
        return self.host.timers.schedule(at: self.host.clock.now + duration, for: "fault delay") {
            guard let context = context.value else { return }
            self.host.release(self.facts.connection)
            self.give(to: provider, context: context)
        }
    }

    /// Has a reset end the connection, and call off what was still to come on it.
    private func hold(_ context: ChannelHandlerContext, callOff: @escaping () -> Void) {
        let channel = context.channel
        self.host.hold(self.facts.connection) {
            callOff()
            channel.reset()
        }
    }

    // MARK: - The end

    private func close(
        because end: ConnectionEnd,
        by closer: ConnectionCloser = .service,
        context: ChannelHandlerContext
    ) {
        self.host.ledger.closeConnection(
            self.facts.connection,
            .closed(by: closer, end),
            at: self.host.clock.now
        )
        self.closing.begin(context: context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.endedUncleanly = true
        if !self.facts.isComplete { context.close(promise: nil) }
    }
}
