import APNSWire
import NIOCore
import NIOTLS
import PushBroker
import PushIdentity
import PushLedger
import PushVocabulary

/// Moves bytes between a provider's connection and its `ProviderSession`, and carries out what the session and the
/// broker's host decide.
final class GatewayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let facts: HandshakeFacts
    private let host: BrokerHost
    private var provider: ProviderContext
    private var session: ProviderSession
    private var received = ByteBuffer()
    private var refused: NotificationID?
    private var closing = LingeringClose()

    init(facts: HandshakeFacts, host: BrokerHost) {
        self.facts = facts
        self.host = host
        self.provider = host.context(of: nil, on: facts.connection, in: facts.environment)
        self.session = ProviderSession(limits: host.profile.frameLimits(for: nil))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted:
            self.identify(context: context)
        case ChannelEvent.inputClosed:
            self.closing.inputClosed(context: context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func identify(context: ChannelHandlerContext) {
        self.provider = self.host.context(
            of: self.facts.certificate,
            on: self.facts.connection,
            in: self.facts.environment
        )
        self.session = ProviderSession(limits: self.host.profile.frameLimits(for: self.facts.certificate?.kind))
        guard case .closedAfterHandshake(let end) = self.facts.admission else { return }
        self.session.refuse()
        self.close(saying: .silence, because: end, context: context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if self.received.readableBytes == 0 { self.received = bytes } else { self.received.writeBuffer(&bytes) }
        let time = self.host.batchTime
        var answer: ProviderAnswer?
        while let step = self.nextStep() {
            if let refusal = self.take(step, at: time) { answer = refusal }
        }
        self.keepUnfinishedBytes()
        self.host.settle()
        guard let answer else { return }
        self.close(saying: answer, because: self.end(of: answer), context: context)
    }

    private func nextStep() -> ProviderSession.Step? {
        let step = self.session.next(in: &self.received)
        return step == .needsMoreBytes ? nil : step
    }

    /// - Returns: what the provider is to hear, if this step refused something.
    private func take(_ step: ProviderSession.Step, at time: BatchTime) -> ProviderAnswer? {
        switch step {
        case .frame(let frame, let offset):
            guard let refusal = self.host.judge(frame, from: self.provider, offset: offset, at: time) else {
                return nil
            }
            self.session.refuse()
            self.refused = refusal.id
            return ProviderAnswer(status: refusal.status, command: frame.command, identifier: frame.identifier)
        case .malformed(let rejection, let bytes, let offset):
            let answer = ProviderAnswer(to: rejection, profile: self.host.profile)
            self.refused = self.host.recordMalformed(
                rejection,
                bytes: bytes,
                answer: answer,
                from: self.provider,
                offset: offset,
                at: time
            )
            return answer
        case .discarded(let frame, let offset):
            self.host.recordDiscarded(frame, causedBy: self.refused, from: self.provider, offset: offset, at: time)
            return nil
        case .needsMoreBytes:
            return nil
        }
    }

    /// Lets go of the read buffer, which TLS fills again for the next read, and keeps an unfinished frame in one of
    /// its own.
    private func keepUnfinishedBytes() {
        guard self.received.readableBytes > 0 else {
            self.received = ByteBuffer()
            return
        }
        guard self.received.readerIndex > 0 else { return }
        var rest = ByteBuffer()
        rest.writeBuffer(&self.received)
        self.received = rest
    }

    private func close(saying answer: ProviderAnswer, because end: ConnectionEnd, context: ChannelHandlerContext) {
        guard !self.closing.hasBegun else { return }
        self.host.ledger.closeConnection(
            self.facts.connection,
            .closed(by: .service, end),
            at: self.host.clock.now
        )
        switch answer {
        case .silence: self.closing.begin(context: context)
        case .packet(let packet):
            // One write, one TLS record: a split packet followed by a close made clients see the end first.
            var bytes = context.channel.allocator.buffer(capacity: ErrorPacket.byteCount)
            packet.write(into: &bytes)
            self.closing.begin(after: bytes, context: context)
        }
    }

    private func end(of answer: ProviderAnswer) -> ConnectionEnd {
        switch answer {
        case .silence:
            ConnectionEnd(
                code: "closed-silently",
                sentence:
                    "A frame was refused; its format has no error reply, so the connection was closed without a word.",
                hint: "See the rejected notification of this connection for the reason."
            )
        case .packet(let packet):
            ConnectionEnd(
                code: "error-packet",
                sentence:
                    "Status \(packet.status) (\(ErrorStatus(rawValue: packet.status)?.meaning ?? "unlisted")) was "
                    + "sent for identifier \(packet.identifier), then the connection was closed.",
                hint: "Send again what followed that identifier, on a new connection."
            )
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An unclean end of the peer's side is followed by `inputClosed`; nothing else can be mended here.
        guard !(error is ChannelError) || !self.facts.isComplete else { return }
        if !self.facts.isComplete { context.close(promise: nil) }
    }
}
