import HeapModule
import PushVocabulary

/// Holding back what has priority 5. Apple: such a notification may be grouped, delayed, throttled or dropped to spare
/// the device's power. Off unless a notification says until when (`PushNotification.notBefore`).
///
/// 1. What is held back waits in its slot like any other: a newer one takes its place.
/// 2. What wakes the device anyway ends the waiting: an acknowledgement, a new connection, an urgent one to the app.
/// 3. What may not be stored is never held back: its one attempt is now.
extension Broker {
    /// - Returns: whether it is held back.
    mutating func holdBack(
        _ notification: PushNotification,
        for app: AppID,
        at now: Instant,
        effects: inout [BrokerEffect]
    ) -> Bool {
        guard let notBefore = notification.notBefore, notBefore > now, Self.mayWait(notification, at: now) else {
            return false
        }
        self.keep(notification, for: app, reason: .heldBack, effects: &effects)
        self.releases.insert(Release(time: notBefore, app: app, notification: notification.id))
        self.dropStaleReleases()
        return true
    }

    /// A newer notification is about to be sent: one that is held back for the same app will not be.
    mutating func replaceHeldBack(for app: AppID, by newer: NotificationID, effects: inout [BrokerEffect]) {
        guard let older = self.takePending(for: app) else { return }
        effects.append(.fate(older.id, .coalesced(by: newer)))
    }

    /// Sends what was held back long enough.
    mutating func sendHeldBack(at now: Instant, effects: inout [BrokerEffect]) {
        while let release = self.releases.min, release.time <= now {
            self.releases.removeMin()
            guard self.pending(for: release.app) == release.notification, self.inFlight(to: release.app) == nil else {
                continue
            }
            if let obstacle = self.apps[Int(release.app.index)]?.obstacle {
                effects.append(.fate(release.notification, .stored(obstacle)))
            } else if let due = self.takePending(for: release.app, at: release.time, effects: &effects) {
                self.send(due, to: release.app, storage: [], effects: &effects)
            }
        }
    }

    /// Entries that are waiting for their time, those of notifications long gone included.
    package var releaseCount: Int { self.releases.count }

    /// Whoever replaces a thousand of them within the delay leaves a thousand times behind: swept out when most are.
    private mutating func dropStaleReleases() {
        guard self.releases.count > self.maximumReleases else { return }
        self.releases = Heap(self.releases.unordered.filter { self.pending(for: $0.app) == $0.notification })
        self.maximumReleases = 2 * self.releases.count + 64
    }
}
