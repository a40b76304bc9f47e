package import NIOCore
package import PushBroker
package import PushLedger
package import PushTransport
package import PushVocabulary

/// The one owner of broker and ledger: gives them a clock, carries out what the broker orders, keeps the books.
///
/// Confined to the event loop that carries all push sockets, and called there synchronously, a batch at a time. Every
/// batch ends with `settle()`: effects are carried out, device connections flushed, waits told.
package final class BrokerHost {
    package let clock: ProductClock
    package let profile: ServiceProfile
    package let timers: ProductTimers
    package internal(set) var broker = Broker()
    package internal(set) var ledger: Ledger
    var random: SeededGenerator
    var faults = FaultPlan()
    /// `nil` where there are no listeners to be told.
    var listenerControl: ListenerControl?
    /// How to end the connections that fault rules hold up.
    var heldConnections: [ConnectionID: () -> Void] = [:]
    /// Apart from `random`, so that a fault rule changes no token.
    var faultRandom: SeededGenerator
    let magicTokens: Bool
    /// Of what base tokens are made, so that a restart makes the same; `nil`: they are random.
    let tokenSecret: [UInt8]?

    var effects: [BrokerEffect] = []
    private var spareEffects: [BrokerEffect] = []
    private var isSettling = false
    private var isFlushOwed = false

    var links = DeviceTable<any DeviceLink>()
    /// The sockets of the connections that are open, so that they can be ended from outside.
    var openChannels: [ConnectionID: any Channel] = [:]
    let traces = ConnectionTraces()
    private var written: [DeviceID] = []
    var ledgerDevices = DeviceTable<LedgerDevice>()
    var devicesByIdentity: [DeviceIdentity: DeviceID] = [:]
    var identitiesByDevice: [DeviceID: DeviceIdentity] = [:]
    var provenCredentials = ProvenCredentials()
    var issuedCertificates = IssuedCertificates()
    /// Kept only where the profile has dead tokens refused after a while.
    var pushesToRemovedApps: [AppID: PushesToRemovedApp] = [:]
    /// Fingerprints of the certificates that are refused as revoked.
    var revoked: Set<String> = []
    /// Only with a state file.
    package internal(set) var keeper: StateKeeper?
    var documents = StateDocuments()
    private var expiryCall: (due: Instant, id: ProductTimers.ID)?

    /// - Parameter timers: to be shared with others on the event loop; `nil` makes timers of its own.
    package init(
        eventLoop: any EventLoop,
        clock: ProductClock,
        profile: ServiceProfile = .standard,
        ledgerLimits: LedgerLimits = LedgerLimits(),
        magicTokens: Bool = true,
        tokenSecret: [UInt8]? = nil,
        seed: UInt64,
        timers: ProductTimers? = nil
    ) {
        self.clock = clock
        self.profile = profile
        self.timers = timers ?? ProductTimers(eventLoop: eventLoop, clock: clock)
        self.random = SeededGenerator(seed: seed)
        self.faultRandom = SeededGenerator(seed: seed ^ 0xFA17)
        self.magicTokens = magicTokens
        self.tokenSecret = tokenSecret
        self.ledger = Ledger(
            limits: ledgerLimits,
            firstEpoch: UInt64(max(1, ProductClock.systemNow().unixSeconds)),
            run: UInt64(max(1, ProductClock.systemNow().unixMilliseconds))
        )
    }

    // MARK: - Settling

    /// When what was written for devices leaves.
    package enum Flushing {
        case atOnce
        /// Together with what other providers bring in the same turn of the event loop: a write to a device costs many
        /// times what a notification does.
        case atEndOfTurn
    }

    /// Ends a batch: carries out what the broker ordered. Calls from within are part of the one that runs.
    package func settle(flushing: Flushing = .atOnce) {
        guard !self.isSettling else { return }
        self.isSettling = true
        let now = self.clock.now
        while !self.effects.isEmpty || !self.written.isEmpty && flushing == .atOnce {
            swap(&self.effects, &self.spareEffects)
            for effect in self.spareEffects { self.perform(effect, at: now) }
            self.spareEffects.removeAll(keepingCapacity: true)
            if flushing == .atOnce { self.flushWritten() }
        }
        self.isSettling = false
        if !self.written.isEmpty { self.oweFlush() }
        self.ledger.settleWaits()
        self.ledger.settleEvents(at: now)
        self.keeper?.owe(self)
        self.setExpiryCall()
    }

    private func flushWritten() {
        let written = self.written
        self.written.removeAll(keepingCapacity: true)
        for device in written { self.links[device]?.flush() }
    }

    private func oweFlush() {
        guard !self.isFlushOwed else { return }
        self.isFlushOwed = true
        self.timers.eventLoop.assumeIsolated().execute { [weak self] in
            self?.isFlushOwed = false
            self?.settle()
        }
    }

    private func perform(_ effect: BrokerEffect, at now: Instant) {
        switch effect {
        case .fate(let notification, let fate):
            self.ledger.setFate(fate, of: notification, at: now)
        case .send(let notification, let app, let device, let storage):
            guard let link = self.links[device], let route = self.broker.route(to: app) else { return }
            link.deliver(
                Delivery(
                    notification: notification,
                    token: route.token,
                    topic: route.topic,
                    baseToken: route.baseToken,
                    storage: storage,
                    sentAt: now
                )
            )
            self.markWritten(device)
        case .nothingStored(let device):
            guard let link = self.links[device], let baseToken = self.broker.baseToken(of: device) else { return }
            link.tellNothingStored(baseToken: baseToken)
            self.markWritten(device)
        case .feedbackListed(let entry, let topic, let environment):
            self.noteListed(entry, of: topic, in: environment)
        }
    }

    private func markWritten(_ device: DeviceID) {
        if self.written.last != device { self.written.append(device) }
    }

    /// Owes the broker a call at its next deadline.
    private func setExpiryCall() {
        let deadline = self.broker.nextDeadline
        guard self.expiryCall?.due != deadline else { return }
        if let call = self.expiryCall { self.timers.cancel(call.id) }
        self.expiryCall = deadline.map { due in
            let id = self.timers.schedule(at: due, for: "expiry") { [weak self] in
                guard let self else { return }
                self.expiryCall = nil
                self.broker.expire(at: self.clock.now, effects: &self.effects)
                self.settle()
            }
            return (due, id)
        }
    }
}
