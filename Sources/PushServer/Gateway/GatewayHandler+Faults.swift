import APNSWire
import NIOCore
import PushBroker
import PushLedger
import PushTransport
import PushVocabulary

/// What fault rules do to a provider's connection.
extension GatewayHandler {
    // MARK: - On admission

    /// The handshake is done, and nothing has been read.
    func carryOut(_ strike: FaultStrike) {
        switch strike.action {
        case .silentClose:
            self.session.refuse()
            self.close(because: .fault(strike), by: .fault)
        case .reset: self.reset(because: strike)
        case .delay(let duration): self.pause(for: duration) {}
        case .stall:
            self.hold()
            self.reading = .stalled
            self.stopReading()
        case .blackHole:
            self.hold()
            self.session.refuse()
            self.reading = .blackHole
        case .closeWhenIdle(let duration):
            self.hold()
            self.facts.idle = IdleRule(timeout: duration, closer: .fault)
            self.watchForSilence()
        default: break
        }
    }

    // MARK: - On a frame

    /// - Returns: what the provider is to hear, if the rule refused the frame.
    func carryOut(
        _ strike: FaultStrike,
        on frame: ProviderFrame,
        offset: UInt64,
        at time: BatchTime
    ) -> ProviderAnswer? {
        switch strike.action {
        case .answer(let status, let rule, let keepsOpen):
            let packet = ErrorPacket(status: status, identifier: self.identifier(rule, of: frame))
            let answer = frame.command == 0 ? ProviderAnswer.silence : .packet(packet)
            let id = self.refuse(frame, status: status, by: strike, offset: offset, at: time, goesOn: keepsOpen)
            guard keepsOpen else { return answer }
            if case .packet = answer {
                self.write(self.bytes(of: packet))
                self.host.recordAnswer(to: id)
            }
            return nil
        case .shutdown:
            self.refuse(frame, status: ErrorStatus.shutdown.rawValue, by: strike, offset: offset, at: time)
            return .packet(ErrorPacket(status: .shutdown, identifier: self.lastAccepted))
        case .lateAnswer(let status, let frames):
            self.refuse(frame, status: status, by: strike, offset: offset, at: time)
            let packet = ErrorPacket(status: status, identifier: frame.identifier ?? 0)
            // The simple format has no error packet, late or not.
            let answer = frame.command == 0 ? ProviderAnswer.silence : .packet(packet)
            self.hold()
            self.lateAnswer = LateAnswer(answer: answer, framesToGo: frames)
            return frames == 0 ? self.countForLateAnswer() : nil
        case .silentClose:
            self.refuse(frame, status: 0, by: strike, offset: offset, at: time)
            return .silence
        case .reset:
            self.refuse(frame, status: ErrorStatus.invalidToken.rawValue, by: strike, offset: offset, at: time)
            if frame.command != 0 {
                self.write(self.bytes(of: ErrorPacket(status: .invalidToken, identifier: frame.identifier ?? 0)))
                self.markAnswered()
            }
            self.reset(because: strike)
            return nil
        case .lose:
            self.host.recordLost(frame, rule: strike.rule, from: self.provider, offset: offset, at: time)
            self.lastAccepted = frame.identifier ?? 0
            return nil
        case .delay(let duration):
            self.pause(for: duration) { [weak self] in
                guard let self else { return }
                let answer = self.judge(frame, offset: offset, at: self.host.batchTime)
                self.host.settle()
                if let answer { self.say(answer) }
            }
            return nil
        case .stall, .blackHole:
            self.hold()
            self.session.refuse()
            self.host.recordDiscarded(frame, causedBy: nil, from: self.provider, offset: offset, at: time)
            self.reading = strike.action == .stall ? .stalled : .blackHole
            if self.reading == .stalled { self.stopReading() }
            return nil
        case .halfClose:
            self.context?.close(mode: .output, promise: nil)
            return self.judge(frame, offset: offset, at: time)
        case .closeWhenIdle(let duration):
            self.hold()
            self.facts.idle = IdleRule(timeout: duration, closer: .fault)
            self.watchForSilence()
            return self.judge(frame, offset: offset, at: time)
        case .split, .truncate, .alert, .holdOpen, .nothing, .ignore, .refuse:
            return self.judge(frame, offset: offset, at: time)
        }
    }

    @discardableResult
    private func refuse(
        _ frame: ProviderFrame,
        status: UInt8,
        by strike: FaultStrike,
        offset: UInt64,
        at time: BatchTime,
        goesOn: Bool = false
    ) -> NotificationID {
        let id = self.host.recordRefused(
            frame,
            status: status,
            rule: strike.rule,
            from: self.provider,
            offset: offset,
            at: time
        )
        guard !goesOn else { return id }
        self.session.refuse()
        self.refused = id
        return id
    }

    private func identifier(_ rule: FaultAction.IdentifierRule, of frame: ProviderFrame) -> UInt32 {
        switch rule {
        case .own: frame.identifier ?? 0
        case .zero: 0
        case .lastAccepted: self.lastAccepted
        case .fixed(let identifier): identifier
        }
    }

    /// One more frame has been read behind a refusal that is to be told late.
    func countForLateAnswer() -> ProviderAnswer? {
        guard let late = self.lateAnswer else { return nil }
        guard late.framesToGo <= 1 else {
            self.lateAnswer?.framesToGo -= 1
            return nil
        }
        self.lateAnswer = nil
        return late.answer
    }

    // MARK: - On the reply

    func carryOut(_ strike: FaultStrike, on packet: ErrorPacket) {
        let bytes = self.bytes(of: packet)
        switch strike.action {
        case .split(let size):
            for piece in bytes.pieces(of: size) { self.write(piece) }
            self.markAnswered()
            self.close(because: .errorPacket(packet), by: .fault)
        case .truncate(let count):
            self.write(bytes.getSlice(at: bytes.readerIndex, length: min(count, bytes.readableBytes)) ?? bytes)
            if count >= bytes.readableBytes { self.markAnswered() }
            self.close(because: .fault(strike), by: .fault)
        case .delay(let duration):
            self.pause(for: duration) { [weak self] in self?.close(saying: packet, because: .errorPacket(packet)) }
        case .silentClose:
            self.close(because: .fault(strike), by: .fault)
        case .reset:
            self.write(bytes)
            self.markAnswered()
            self.reset(because: strike)
        case .holdOpen:
            self.hold()
            self.write(bytes)
            self.markAnswered()
        default:
            self.close(saying: packet, because: .errorPacket(packet))
        }
    }

    // MARK: - Steps

    private func write(_ bytes: ByteBuffer) {
        self.context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    /// Has a reset end the connection: what a rule has set off on it shall not reach into the next test.
    private func hold() {
        self.host.hold(self.facts.connection) { [weak self] in
            guard let self else { return }
            self.session.refuse()
            self.lateAnswer = nil
            // Nothing more is taken from what has arrived.
            self.reading = .stalled
            self.context?.channel.reset()
        }
    }

    /// Holds everything up for so long, product time, then goes on with `next` and with what has arrived.
    private func pause(for duration: Duration, then next: @escaping () -> Void) {
        self.reading = .paused
        self.hold()
        self.stopReading()
        self.host.timers.schedule(at: self.host.clock.now + duration, for: "fault delay") { [weak self] in
            guard let self, let context = self.context, self.reading == .paused else { return }
            self.reading = .normal
            self.host.release(self.facts.connection)
            next()
            self.takeFrames()
            try? context.channel.syncOptions?.setOption(.autoRead, value: true)
            context.read()
        }
    }

    private func stopReading() {
        try? self.context?.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    private func reset(because strike: FaultStrike) {
        guard let context else { return }
        self.host.ledger.closeConnection(
            self.facts.connection,
            .closed(by: .fault, .fault(strike)),
            at: self.host.clock.now
        )
        context.channel.reset()
    }
}

extension ByteBuffer {
    /// These bytes in pieces of at most `size`.
    func pieces(of size: Int) -> [ByteBuffer] {
        var rest = self
        var pieces: [ByteBuffer] = []
        while rest.readableBytes > 0, let piece = rest.readSlice(length: min(max(1, size), rest.readableBytes)) {
            pieces.append(piece)
        }
        return pieces
    }
}
