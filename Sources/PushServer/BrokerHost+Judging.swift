package import APNSWire
package import PushBroker
import PushIdentity
import PushLedger
import PushVocabulary

extension BrokerHost {
    /// Why a well-formed frame is refused.
    private struct Objection {
        var status: ErrorStatus
        /// For the ledger, where the status alone does not say it.
        var note: String?
        /// Set when it is the priority that is refused.
        var otherPriority: UInt8?
    }

    /// Judges a well-formed frame and enters it in the books.
    ///
    /// - Returns: `nil` when it is accepted, else the status of its refusal and its number in the ledger.
    package func judge(
        _ frame: ProviderFrame,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) -> (status: ErrorStatus, id: NotificationID)? {
        var received = self.received(frame, from: provider, offset: offset, at: time)
        let addressee = received.token.flatMap {
            self.broker.addressee(of: $0, topics: provider.topicIDs, environment: provider.environment)
        }
        let app = addressee?.app
        if let addressee {
            received.topic = provider.ledgerTopic(for: addressee.topic)
            received.device = self.ledgerDevice(addressee.device)
        } else if self.magicTokens, let token = received.token, MagicToken(token) == .appGone {
            self.recordAppGone(received, token: token, provider: provider)
            return nil
        }
        let payload = frame.withPayload { PayloadCheck.examine($0) }
        let defect = payload.defect
        if let objection = self.objection(to: frame, app: app, defect: defect, provider: provider) {
            received.verdict = .rejected(status: objection.status.rawValue)
            let id = self.ledger.append(received)
            if let note = objection.note { self.ledger.attach(note, to: id) }
            if let priority = objection.otherPriority { self.ledger.attach(otherPriority: priority, to: id) }
            return (objection.status, id)
        }
        let id = self.ledger.append(received)
        self.noteOddities(of: frame, payload: payload, provider: provider, on: id)
        if defect != nil {
            self.effects.append(.fate(id, .undeliverable(.unusablePayload)))
        } else if let app {
            self.pass(frame, content: received.content, to: app, as: id, at: time)
        }
        return nil
    }

    /// Hands an accepted frame to the broker.
    private func pass(
        _ frame: ProviderFrame,
        content: PushContent,
        to app: AppID,
        as id: NotificationID,
        at time: BatchTime
    ) {
        let keptUntil = self.keptUntil(frame, at: time.product)
        if !self.profile.triesExpired, keptUntil == nil, self.hasExpired(frame, at: time.product) {
            self.effects.append(.fate(id, .expired(.timePassed)))
            return
        }
        let notification = PushNotification(
            id: id,
            content: content,
            keptUntil: keptUntil,
            wireExpiry: frame.expiry ?? 0,
            priority: frame.priority == 5 ? 5 : 10,
            notBefore: self.heldUntil(frame, at: time.product)
        )
        self.broker.accept(notification, for: app, at: time.product, effects: &self.effects)
    }

    private func objection(
        to frame: ProviderFrame,
        app: AppID?,
        defect: PayloadDefect?,
        provider: ProviderContext
    ) -> Objection? {
        // No field of a frame carries a topic: only the certificate can lack one.
        if provider.topics.isEmpty { return Objection(status: .missingTopic) }
        if frame.hasOtherPriority, case .reject(let status) = self.profile.otherPriority {
            return Objection(status: status, otherPriority: frame.priority)
        }
        guard let app else { return Objection(status: .invalidToken) }
        if let defect, case .reject(let status) = self.profile.payloadDefect {
            return Objection(status: status, note: defect.description)
        }
        if let limit = self.profile.invalidAfterPushes, self.isInvalid(app, afterPushes: limit) {
            return Objection(
                status: .invalidToken,
                note: "the app is gone, and \(limit) pushes to it had been taken in silence"
            )
        }
        return nil
    }

    /// Counts a push to an app, if that is gone: the gateway itself says so only after a while (node-apn #334).
    private func isInvalid(_ app: AppID, afterPushes limit: Int) -> Bool {
        guard let removedAt = self.broker.removalTime(of: app) else {
            if !self.pushesToRemovedApps.isEmpty { self.pushesToRemovedApps[app] = nil }
            return false
        }
        var pushes = self.pushesToRemovedApps[app] ?? PushesToRemovedApp(removedAt: removedAt)
        if pushes.removedAt != removedAt { pushes = PushesToRemovedApp(removedAt: removedAt) }
        guard pushes.count < limit else { return true }
        pushes.count += 1
        self.pushesToRemovedApps[app] = pushes
        return false
    }

    // MARK: - Time

    /// Until when a frame's notification may be stored; `nil`: now or never.
    private func keptUntil(_ frame: ProviderFrame, at now: Instant) -> Instant? {
        let longest = now + self.profile.maximumStorage
        guard let expiry = frame.expiry else {
            // G18L: the simple format has no expiry, so its notifications are stored and may arrive stale.
            return frame.command == 0 || self.profile.storesWithoutExpiry ? longest : nil
        }
        let seconds = self.seconds(ofExpiry: expiry)
        let until = Instant(unixSeconds: seconds)
        return seconds > 0 && until > now ? min(until, longest) : nil
    }

    /// Until when a push that asks to be considerate may be held back; `nil`: it is not.
    private func heldUntil(_ frame: ProviderFrame, at now: Instant) -> Instant? {
        guard frame.priority == 5, self.profile.lowPriorityDelay > .zero else { return nil }
        return now + self.profile.lowPriorityDelay
    }

    private func hasExpired(_ frame: ProviderFrame, at now: Instant) -> Bool {
        guard let expiry = frame.expiry else { return false }
        let seconds = self.seconds(ofExpiry: expiry)
        return seconds > 0 && Instant(unixSeconds: seconds) <= now
    }

    private func seconds(ofExpiry expiry: UInt32) -> Int64 {
        self.profile.expiryIsSigned ? Int64(Int32(bitPattern: expiry)) : Int64(expiry)
    }

    // MARK: - Notes

    /// Notes what is odd about an accepted frame: what is of no use to a device, and what the gateway is known or
    /// said to have taken all the same.
    private func noteOddities(
        of frame: ProviderFrame,
        payload: PayloadCheck.Result,
        provider: ProviderContext,
        on id: NotificationID
    ) {
        if self.profile.marksTolerance, let note = self.toleranceNote(frame, kind: provider.kind) {
            self.ledger.attach(note, to: id)
        }
        if frame.hasOtherPriority, let priority = frame.priority { self.ledger.attach(otherPriority: priority, to: id) }
        let isUrgent = frame.command == 2 && frame.priority != 5
        if let defect = payload.defect {
            self.ledger.attach(defect.description, to: id)
        } else if let oddity = payload.traits.flatMap({ PayloadOddity($0, isUrgent: isUrgent) }) {
            self.ledger.attach(oddity.rawValue, to: id)
        }
    }

    /// What the profile lets pass and the gateway of 2014 did not; `nil` for nearly all.
    private func toleranceNote(_ frame: ProviderFrame, kind: IdentityKind?) -> String? {
        let limits = Self.usualLimits[kind == .voip ? 1 : 0]
        var refusals: [String] = []
        if !limits.tokenSizes.contains(frame.tokenRange.count) {
            refusals.append("its token of \(frame.tokenRange.count) bytes with status 5")
        }
        if !limits.payloadSizes.contains(frame.payloadRange.count) {
            refusals.append("its payload of \(frame.payloadRange.count) bytes with status 7")
        }
        if let item = frame.repeatedItem {
            refusals.append("its item \(item), which stands in it twice, with status 128")
        }
        guard !refusals.isEmpty else { return nil }
        return "accepted by the profile \(self.profile.name); the usual gateway refuses "
            + refusals.joined(separator: " and ")
    }

    private static let usualLimits = [
        ServiceProfile.standard.frameLimits(for: nil), ServiceProfile.standard.frameLimits(for: .voip),
    ]
}

/// How often an app was pushed to since it went away.
struct PushesToRemovedApp {
    let removedAt: Instant
    var count = 0
}

extension ProviderFrame {
    fileprivate var hasOtherPriority: Bool { self.priority.map { $0 != 5 && $0 != 10 } ?? false }
}
