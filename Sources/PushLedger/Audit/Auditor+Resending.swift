import PushBroker
import PushVocabulary

/// What a provider does after an error: `lost-behind-error`, `duplicates-after-reconnect`.
extension Auditor {
    func resending() -> [AuditFinding?] {
        var sweep = ResendingSweep(auditor: self)
        for index in self.trail.observations.indices { sweep.take(index) }
        return [self.lostBehindError(sweep), self.duplicates(sweep)]
    }

    private func lostBehindError(_ sweep: ResendingSweep) -> AuditFinding? {
        var evidence = self.evidence()
        for index in sweep.unprocessed.waiting {
            let seen = self.trail.observations[index]
            guard seen.isAudited, seen.at.duration(to: self.now) >= self.settings.patience, !self.isUntold(seen) else {
                continue
            }
            evidence.add(seen, of: self.trail)
        }
        return self.finding(
            .lostBehindError,
            .error,
            evidence,
            """
            \(Phrase.were(evidence.count, "notification")) dropped by the gateway behind an error on \
            \(Phrase.count(evidence.connectionCount, "connection")), and never sent again.
            """
        )
    }

    /// A connection that stands open and had no error: its provider has no sign yet that something is wrong.
    private func isUntold(_ seen: Observation) -> Bool {
        seen.verdict == .discarded(causedBy: nil) && self.entry(of: seen)?.isOpen == true
    }

    private func duplicates(_ sweep: ResendingSweep) -> AuditFinding? {
        var evidence = self.evidence()
        for index in sweep.duplicates where self.trail.observations[index].isAudited {
            evidence.add(self.trail.observations[index], of: self.trail)
        }
        return self.finding(
            .duplicatesAfterReconnect,
            .warning,
            evidence,
            """
            \(Phrase.were(evidence.count, "notification")) sent once more after a connection had ended, although the \
            same payload to the same token had been accepted on it.
            """
        )
    }
}

/// Goes through all notifications in order, and pairs each with the one it repeats.
private struct ResendingSweep {
    let auditor: Auditor
    /// Dropped behind an error, and not sent again so far.
    private(set) var unprocessed: MessageQueues
    /// Accepted on a connection that the service ended, and not repeated so far.
    private var accepted: MessageQueues
    /// Accepted twice.
    private(set) var duplicates: [Int] = []

    init(auditor: Auditor) {
        self.auditor = auditor
        self.unprocessed = MessageQueues(count: auditor.trail.observations.count)
        self.accepted = self.unprocessed
    }

    mutating func take(_ index: Int) {
        let seen = self.auditor.trail.observations[index]
        guard seen.message >= 0 else { return }
        let waits = seen.waitsToBeResent
        let trail = self.auditor.trail
        let repeats = self.unprocessed.take(message: seen.message, identifier: seen.identifier) { earlier in
            let former = trail.observations[earlier].connection
            // Two that wait may stand on two connections side by side: only a later connection repeats an earlier.
            return waits
                ? trail.connections[former].id < trail.connections[seen.connection].id : former != seen.connection
        }
        if waits { return self.unprocessed.put(index, message: seen.message, identifier: seen.identifier) }
        guard seen.verdict == .accepted else { return }
        if !repeats, self.takeAccepted(seen) { self.duplicates.append(index) }
        if self.end(of: seen) != nil { self.accepted.put(index, message: seen.message, identifier: nil) }
    }

    private mutating func takeAccepted(_ seen: Observation) -> Bool {
        while let index = self.accepted.oldest(seen.message) {
            let earlier = self.auditor.trail.observations[index]
            guard let end = self.end(of: earlier) else { return false }
            if earlier.connection == seen.connection || end.before > seen.id { return false }
            self.accepted.drop(index)
            if end.at.duration(to: seen.at) <= self.auditor.settings.duplicateWindow { return true }
        }
        return false
    }

    /// `nil`: its connection is open, or the provider closed it; then the same again is meant.
    private func end(of seen: Observation) -> (at: Instant, before: NotificationID)? {
        guard let entry = self.auditor.entry(of: seen), case .closed(let closer, _) = entry.outcome, closer != .peer,
            let at = entry.closedAt, let before = entry.endedBefore
        else { return nil }
        return (at, before)
    }
}
