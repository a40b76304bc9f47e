import HeapModule
package import PushVocabulary

/// When what waits has waited too long.
///
/// An app is looked at when the earliest deadline it ever had since the last look has come. What waits then may be a
/// newer notification with more time: it is looked at again when that is over. So a million notifications that replace
/// each other in their slots cost one entry each slot, and no order is kept of what nobody waits for any more.
extension Broker {
    /// Has an app looked at when `deadline` has come, if not before.
    mutating func watchDeadline(of app: AppID, at deadline: Instant) {
        guard let watched = self.apps[Int(app.index)]?.watchedUntil, deadline < watched else { return }
        if watched == App.unwatched { self.watchedAppCount += 1 }
        self.apps[Int(app.index)]?.watchedUntil = deadline
        self.deadlines.insert(Deadline(time: deadline, app: app))
        self.dropStaleDeadlines()
    }

    /// When `expire` is owed next, should nothing else happen before. It may turn out to have nothing to do.
    package var nextDeadline: Instant? {
        guard let release = self.releases.min?.time else { return self.deadlines.min?.time }
        return min(release, self.deadlines.min?.time ?? release)
    }

    /// Expires what has waited too long, and sends what was held back long enough. Calling it early or twice is
    /// harmless.
    package mutating func expire(at now: Instant, effects: inout [BrokerEffect]) {
        self.sendHeldBack(at: now, effects: &effects)
        var expired: [(keptUntil: Instant, id: NotificationID, app: AppID)] = []
        while let deadline = self.deadlines.min, deadline.time <= now {
            self.deadlines.removeMin()
            guard self.isLive(deadline) else { continue }
            self.unwatch(deadline.app)
            guard let pending = self.slotIndex(of: deadline.app).flatMap({ self.slots[$0].pending }),
                let keptUntil = pending.keptUntil
            else { continue }
            if keptUntil > now {
                self.watchDeadline(of: deadline.app, at: keptUntil)
            } else {
                expired.append((keptUntil, pending.id, deadline.app))
            }
        }
        expired.sort { ($0.keptUntil, $0.id) < ($1.keptUntil, $1.id) }
        for (_, id, app) in expired {
            self.takePending(for: app)
            effects.append(.fate(id, .expired(.timePassed)))
        }
    }

    /// Entries that are waiting for their time, those that no longer count included.
    var deadlineCount: Int { self.deadlines.count }

    /// An app whose notifications have less and less time leaves an entry behind for each; when most are such, they are
    /// swept out.
    mutating func dropStaleDeadlines() {
        guard self.deadlines.count > 2 * self.watchedAppCount + 64 else { return }
        self.deadlines = Heap(self.deadlines.unordered.filter { self.isLive($0) })
    }

    /// For an app that is about to be forgotten.
    mutating func unwatch(_ app: AppID) {
        guard let watched = self.apps[Int(app.index)]?.watchedUntil, watched != App.unwatched else { return }
        self.apps[Int(app.index)]?.watchedUntil = App.unwatched
        self.watchedAppCount -= 1
    }

    private func isLive(_ deadline: Deadline) -> Bool {
        self.apps[Int(deadline.app.index)]?.watchedUntil == deadline.time
    }
}
