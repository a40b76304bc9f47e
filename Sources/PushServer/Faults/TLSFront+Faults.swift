import NIOCore
import PushLedger
import PushTransport
import PushVocabulary

/// What fault rules do to a connection before TLS stands.
extension TLSFront {
    func carryOut(_ strike: FaultStrike, onAcceptOf channel: any Channel, facts: HandshakeFacts) {
        switch strike.action {
        case .silentClose, .reset:
            self.recordEnd(by: strike, facts: facts)
            // Not before the channel is registered and active.
            channel.eventLoop.assumeIsolated().execute {
                if strike.action == .reset { channel.reset() } else { channel.close(promise: nil) }
            }
        case .stall, .blackHole, .holdOpen:
            self.hold(channel, facts)
            self.setReading(false, of: channel)
        case .delay(let duration):
            self.hold(channel, facts)
            self.setReading(false, of: channel)
            self.host.timers.schedule(at: self.host.clock.now + duration, for: "fault delay") {
                self.host.release(facts.connection)
                self.setReading(true, of: channel)
                channel.read()
            }
        case .closeWhenIdle(let duration):
            self.hold(channel, facts)
            facts.idle = IdleRule(timeout: duration, closer: .fault)
        default: break
        }
    }

    /// - Returns: done when the handshake may go on; failed when it never will.
    func carryOut(
        _ strike: FaultStrike,
        onHandshakeOf channel: any Channel,
        facts: HandshakeFacts,
        proceed: @escaping () -> EventLoopFuture<Void>
    ) -> EventLoopFuture<Void> {
        switch strike.action {
        case .silentClose, .reset, .alert:
            self.recordEnd(by: strike, facts: facts)
            if case .alert(let reason) = strike.action { self.send(alert: reason, on: channel) }
            if strike.action == .reset { channel.reset() } else { channel.close(promise: nil) }
            return self.neverProceeding(channel)
        case .stall, .blackHole, .holdOpen:
            self.hold(channel, facts)
            return self.neverProceeding(channel)
        case .delay(let duration):
            self.hold(channel, facts)
            let promise = channel.eventLoop.makePromise(of: Void.self)
            let call = self.host.timers.schedule(at: self.host.clock.now + duration, for: "fault delay") {
                self.host.release(facts.connection)
                proceed().cascade(to: promise)
            }
            let timers = self.host.timers
            channel.closeFuture.assumeIsolated().whenComplete { _ in
                if timers.cancel(call) { promise.fail(ChannelError.ioOnClosedChannel) }
            }
            return promise.futureResult
        case .closeWhenIdle(let duration):
            self.hold(channel, facts)
            facts.idle = IdleRule(timeout: duration, closer: .fault)
            return proceed()
        default: return proceed()
        }
    }

    private func hold(_ channel: any Channel, _ facts: HandshakeFacts) {
        self.host.hold(facts.connection) { channel.reset() }
    }

    /// Success would have the handler of the server name take itself out of a pipeline that is gone already.
    private func neverProceeding(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.closeFuture.flatMapThrowing { throw ChannelError.ioOnClosedChannel }
    }

    /// A fatal alert in plain text: type 21, TLS 1.0, two bytes, fatal, reason (RFC 5246, section 7.2).
    private func send(alert: UInt8, on channel: any Channel) {
        let front = try? channel.pipeline.syncOperations.context(handlerType: AlertRewriter.self)
        front?.writeAndFlush(NIOAny(ByteBuffer(bytes: [21, 3, 1, 0, 2, 2, alert])), promise: nil)
    }

    private func setReading(_ reads: Bool, of channel: any Channel) {
        try? channel.syncOptions?.setOption(.autoRead, value: reads)
    }

    private func recordEnd(by strike: FaultStrike, facts: HandshakeFacts) {
        self.host.ledger.closeConnection(
            facts.connection,
            .closed(by: .fault, .fault(strike)),
            at: self.host.clock.now
        )
    }
}
