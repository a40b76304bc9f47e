import APNSWire
import NIOCore
import NIOTLS
import PushBroker
import PushIdentity
import PushLedger
import PushTransport
import PushVocabulary

/// Moves bytes between a provider's connection and its `ProviderSession`, and carries out what the session and the
/// broker's host decide. What fault rules add is in `GatewayHandler+Faults.swift`.
final class GatewayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Whether frames are taken from what has been received.
    enum Reading {
        case normal
        /// A fault rule holds everything up.
        case paused
        /// A fault rule has stopped reading for good.
        case stalled
        /// A fault rule throws away what comes.
        case blackHole
    }

    /// An error packet that a fault rule holds back until more frames have been read.
    struct LateAnswer {
        var answer: ProviderAnswer
        var framesToGo: Int
    }

    let facts: HandshakeFacts
    let host: BrokerHost
    private(set) var provider: ProviderContext
    var session: ProviderSession
    private var received = ByteBuffer()
    /// The refused notification, which everything behind it is lost to.
    var refused: NotificationID?
    var lastAccepted: UInt32 = 0
    var closing = LingeringClose()
    var reading = Reading.normal
    var lateAnswer: LateAnswer?
    var context: ChannelHandlerContext?
    /// Whether a frame has begun, and not all of it has arrived.
    var hasUnfinishedBytes: Bool { self.received.readableBytes > 0 }
    private var inputHasEnded = false
    /// The profile's delay of an error packet is running.
    private var hasAnswerToCome = false
    private var idleCall: ProductTimers.ID?
    private var lastHeard: Instant

    init(facts: HandshakeFacts, host: BrokerHost) {
        self.facts = facts
        self.host = host
        self.provider = host.context(of: nil, on: facts.connection, in: facts.environment)
        self.session = host.profile.session(for: nil)
        self.lastHeard = host.clock.now
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.identify()
        case ChannelEvent.inputClosed: self.inputClosed(context: context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func identify() {
        self.provider = self.host.context(
            of: self.facts.certificate,
            on: self.facts.connection,
            in: self.facts.environment
        )
        self.session = self.host.profile.session(for: self.facts.certificate?.kind)
        self.watchForSilence()
        if case .closedAfterHandshake(let end) = self.facts.admission {
            self.session.refuse()
            self.close(because: end)
        } else if let strike = self.host.strikeAdmission(of: self.provider, to: .gateway) {
            self.carryOut(strike)
        }
    }

    // MARK: - Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        self.lastHeard = self.host.clock.now
        if self.received.readableBytes == 0 { self.received = bytes } else { self.received.writeBuffer(&bytes) }
        self.takeFrames()
    }

    /// Takes every whole frame there is, as one batch.
    func takeFrames() {
        guard self.reading != .paused, self.reading != .stalled else { return }
        let time = self.host.batchTime
        var answer: ProviderAnswer?
        reading: while self.reading != .paused, self.reading != .stalled {
            switch self.session.next(in: &self.received) {
            case .needsMoreBytes: break reading
            case let step: if let refusal = self.take(step, at: time) { answer = refusal }
            }
        }
        self.received.keepUnread()
        // Before waits are told, so that they find the refusal as answered as it is.
        if let answer { self.say(answer) }
        self.host.settle(flushing: .atEndOfTurn)
        if self.inputHasEnded, self.reading == .normal, !self.hasAnswerToCome {
            self.context.map { self.closing.inputClosed(context: $0) }
        }
    }

    /// - Returns: what the provider is to hear, if this step refused something.
    private func take(_ step: ProviderSession.Step, at time: BatchTime) -> ProviderAnswer? {
        switch step {
        case .frame(let frame, let offset):
            if let strike = self.host.strike(frame, from: self.provider) {
                return self.carryOut(strike, on: frame, offset: offset, at: time)
            }
            return self.judge(frame, offset: offset, at: time)
        case .malformed(let rejection, let bytes, let offset):
            self.refused = self.host.recordMalformed(
                rejection,
                bytes: bytes,
                from: self.provider,
                offset: offset,
                at: time
            )
            return ProviderAnswer(to: rejection, profile: self.host.profile)
        case .discarded(let frame, let offset):
            self.host.recordDiscarded(frame, causedBy: self.refused, from: self.provider, offset: offset, at: time)
            return self.countForLateAnswer()
        case .needsMoreBytes:
            return nil
        }
    }

    func judge(_ frame: ProviderFrame, offset: UInt64, at time: BatchTime) -> ProviderAnswer? {
        guard let refusal = self.host.judge(frame, from: self.provider, offset: offset, at: time) else {
            self.lastAccepted = frame.identifier ?? 0
            return nil
        }
        self.session.refuse()
        self.refused = refusal.id
        return ProviderAnswer(status: refusal.status, command: frame.command, identifier: frame.identifier)
    }

    // MARK: - The end

    private func inputClosed(context: ChannelHandlerContext) {
        self.inputHasEnded = true
        if let late = self.lateAnswer {
            self.lateAnswer = nil
            self.say(late.answer)
        }
        if self.reading != .paused, !self.hasAnswerToCome { self.closing.inputClosed(context: context) }
    }

    /// Sends what the provider is to hear, and ends the connection.
    func say(_ answer: ProviderAnswer) {
        guard !self.closing.hasBegun else { return }
        switch answer {
        case .silence: self.close(because: .closedSilently)
        case .packet(let packet):
            guard self.host.profile.replyDelay > .zero else { return self.reply(packet) }
            self.holdBack(packet)
        }
    }

    private func reply(_ packet: ErrorPacket) {
        if let strike = self.host.strikeReply(packet, to: self.provider) {
            self.carryOut(strike, on: packet)
        } else {
            self.close(saying: packet, because: .errorPacket(packet))
        }
    }

    /// The real gateway took its time, in which providers wrote on.
    private func holdBack(_ packet: ErrorPacket) {
        guard !self.hasAnswerToCome else { return }
        self.hasAnswerToCome = true
        let due = self.host.clock.now + self.host.profile.replyDelay
        self.host.timers.schedule(at: due, for: "reply delay") { [weak self] in
            guard let self, let context = self.context else { return }
            self.hasAnswerToCome = false
            self.reply(packet)
            if self.inputHasEnded { self.closing.inputClosed(context: context) }
        }
    }

    func close(saying packet: ErrorPacket? = nil, because end: ConnectionEnd, by closer: ConnectionCloser = .service) {
        guard !self.closing.hasBegun, let context else { return }
        self.host.ledger.closeConnection(self.facts.connection, .closed(by: closer, end), at: self.host.clock.now)
        if packet != nil { self.markAnswered() }
        // One write, one TLS record: a split packet followed by a close made clients see the end first.
        self.closing.begin(after: packet.map { self.bytes(of: $0) }, context: context)
    }

    /// The error packet about the refused notification has been written.
    func markAnswered() {
        if let refused { self.host.recordAnswer(to: refused) }
    }

    func bytes(of packet: ErrorPacket) -> ByteBuffer {
        var bytes = ByteBufferAllocator().buffer(capacity: ErrorPacket.byteCount)
        packet.write(into: &bytes)
        return bytes
    }

    /// A fault rule or the configuration may have the service close an idle connection; the real one was never seen to
    /// by rule.
    func watchForSilence() {
        guard let rule = self.facts.idle, self.idleCall == nil else { return }
        let due = self.lastHeard + rule.timeout
        self.idleCall = self.host.timers.schedule(at: due, for: "gateway idle") { [weak self] in
            guard let self else { return }
            self.idleCall = nil
            if self.lastHeard + rule.timeout <= self.host.clock.now {
                self.close(because: .idle, by: rule.closer)
            } else {
                self.watchForSilence()
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let idleCall { self.host.timers.cancel(idleCall) }
        if self.received.readableBytes > 0 {
            self.facts.trace?.keepRest(self.received, offset: self.session.consumed, at: self.host.batchTime)
        }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A failed handshake ends the connection. An unclean end of the peer's side is followed by `inputClosed`.
        if !self.facts.isComplete { context.close(promise: nil) }
    }
}

// MARK: - What the provider leaves unfinished

extension GatewayHandler: PeerProgress {
    var unfinished: UnfinishedPart? {
        guard self.hasUnfinishedBytes, self.reading == .normal, !self.closing.hasBegun else { return nil }
        return UnfinishedPart(kind: .frame, position: self.session.consumed)
    }

    func end(_ end: ConnectionEnd) {
        self.session.refuse()
        self.close(because: end)
    }
}
