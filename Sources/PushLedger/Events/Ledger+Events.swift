import PushBroker
package import PushVocabulary

/// A part of the event log.
package struct EventPage: Sendable {
    package let items: [EventReport]
    /// Where the next part begins: the number of the last event that was looked at.
    package let position: UInt64
    /// More has happened already.
    package let hasMore: Bool
    /// Events before the first item that were no longer there: what their reader knows is out of date.
    package let missed: UInt64
}

extension Ledger {
    /// Most events looked at for one page: a bound on how long its reader holds up everybody else.
    private static let maximumLook: UInt64 = 4_096

    // MARK: - Reading

    /// The newest event; its number is 0 before the first.
    package var latestEvent: EventID { self.events.latest }

    /// Events that readers missed because they were too slow.
    package var missedEventCount: Int { self.events.missedCount }

    /// The events behind a place, in order.
    ///
    /// - Parameters:
    ///   - position: the number of the event before the first one wanted; 0: the beginning.
    ///   - limit: at most so many items.
    package mutating func events(
        after position: UInt64,
        matching filter: EventFilter,
        limit: Int
    ) -> EventPage {
        // What was read as it stood now is told of again when it changes later in the same batch.
        self.firstUntold = self.nextNotificationID.rawValue
        let first = max(min(position, self.events.next - 1) + 1, self.events.first)
        let missed = position > 0 && first > position + 1 ? first - position - 1 : 0
        self.events.missedCount += Int(clamping: missed)
        var items: [EventReport] = []
        var number = first
        while number < self.events.next, items.count < limit, number - first < Self.maximumLook {
            if let report = self.report(of: number, matching: filter) { items.append(report) }
            number += 1
        }
        return EventPage(items: items, position: number - 1, hasMore: number < self.events.next, missed: missed)
    }

    /// Calls `resume` once, when there is an event behind `position`.
    ///
    /// - Returns: `nil`: there was one already.
    package mutating func watchEvents(
        after position: UInt64,
        resume: @escaping @Sendable () -> Void
    ) -> EventWatchID? {
        self.events.watch(after: position, resume: resume)
    }

    /// - Returns: whether it had not been resumed.
    package mutating func cancelEventWatch(_ id: EventWatchID) -> Bool { self.events.cancelWatch(id) }

    /// Resumes every watch, and from now on each at once: nothing more is to be waited for.
    package mutating func closeEvents() { self.events.close() }

    /// `nil`: the filter does not want it, or what it was about is forgotten.
    private func report(of number: UInt64, matching filter: EventFilter) -> EventReport? {
        let slot = self.events[number]
        if let types = filter.types, !types.contains(slot.event.type) { return nil }
        guard let subject = self.subject(of: slot.event, matching: filter) else { return nil }
        return EventReport(
            id: EventID(run: self.events.run, number: number),
            at: slot.at,
            type: slot.event.type,
            subject: subject
        )
    }

    private func subject(of event: LedgerEvent, matching filter: EventFilter) -> EventReport.Subject? {
        switch event {
        case .notification(let id), .fate(let id):
            guard self.records.contains(id.rawValue) else { return nil }
            let known = NotificationFilter(topic: filter.topic, environment: filter.environment)
            guard self.names.resolve(known)?.matches(self.records[id.rawValue]) == true else { return nil }
            return .notification(self.entry(id.rawValue))
        case .connection(_, let id):
            guard let entry = self.connection(id),
                filter.allows(topics: entry.topics, environment: entry.environment)
            else { return nil }
            return .connection(entry)
        case .device(_, let change):
            guard filter.allows(topics: change.topics, environment: change.environment) else { return nil }
            return .device(change)
        case .fault(_, let change):
            guard filter.allows(topics: change.topics, environment: change.environment) else { return nil }
            return .fault(change)
        case .feedback(_, let change):
            guard filter.allows(topics: change.topics, environment: change.environment) else { return nil }
            return .feedback(change)
        case .other(_, let change):
            if case .reset(let topic?, _, _) = change, let wanted = filter.topic, topic != wanted { return nil }
            return .other(change)
        }
    }

    // MARK: - Writing

    package mutating func noteDevice(_ type: EventType, _ change: DeviceChange, at now: Instant) {
        self.events.append(.device(type, change), at: now)
    }

    package mutating func noteFault(_ type: EventType, _ change: FaultChange, at now: Instant) {
        if type == .faultFired { self.tally.countFault() }
        self.events.append(.fault(type, change), at: now)
    }

    package mutating func noteFeedback(_ type: EventType, _ change: FeedbackChange, at now: Instant) {
        self.events.append(.feedback(type, change), at: now)
    }

    package mutating func noteClock(_ mode: ProductClock.Mode, at now: Instant) {
        self.events.append(.other(.clock, .clock(mode: mode, now: now)), at: now)
    }

    /// - Parameters:
    ///   - topic: whose notifications were forgotten; `nil`: everybody's.
    ///   - count: how many.
    package mutating func noteReset(of topic: Topic?, count: Int, at now: Instant) {
        let change = OtherChange.reset(topic: topic, notifications: count, cursor: self.latestCursor)
        self.events.append(.other(.reset, change), at: now)
    }

    /// A connection's handshake is done; what it brought to light has been entered.
    package mutating func noteReady(_ connection: ConnectionID, at now: Instant) {
        if let entry = self.connection(connection) { self.tally.count(.completed, on: entry.service) }
        self.events.append(.connection(.connectionReady, connection), at: now)
    }

    /// A change of fate, unless the notification's own event has yet to be read and will tell of it.
    mutating func noteFate(of id: NotificationID, at now: Instant) {
        if id.rawValue < self.firstUntold { self.events.append(.fate(id), at: now) }
    }

    /// Ends the owner's batch.
    package mutating func settleEvents(at now: Instant) {
        self.firstUntold = self.nextNotificationID.rawValue
        guard self.untoldPrunedCount > 0 else { return }
        let through = NotificationID(rawValue: self.records.first - 1)
        let change = OtherChange.pruned(through: through, count: self.untoldPrunedCount)
        self.events.append(.other(.pruned, change), at: now)
        self.untoldPrunedCount = 0
    }
}
