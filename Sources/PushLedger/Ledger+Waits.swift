import PushBroker
package import PushVocabulary

/// Names one wait for as long as the process runs.
package struct WaitID: Hashable, Sendable, CustomStringConvertible {
    let number: Int

    package var description: String { "w-\(self.number)" }
}

/// How a wait ended.
package struct WaitOutcome: Hashable, Sendable {
    package let satisfied: Bool
    /// What was found, in the order of the numbers.
    package let items: [NotificationEntry]
    /// The next wait's `after`: behind the newest item; without one, where this wait began.
    package let cursor: Cursor

    package init(satisfied: Bool, items: [NotificationEntry], cursor: Cursor) {
        self.satisfied = satisfied
        self.items = items
        self.cursor = cursor
    }
}

/// A wait as a control call may see it.
package struct WaitView: Hashable, Sendable {
    package let id: WaitID
    package let filter: NotificationFilter
    /// How many must match; 0: none may.
    package let count: Int
    /// How many have been found.
    package let found: Int
    /// Product time.
    package let since: Instant
}

struct Waiter: Sendable {
    struct Found {
        var sequence: UInt64
        var topic: LedgerTopic
        /// `nil` until the end of the batch: what is accepted in it has its fate by then.
        var entry: NotificationEntry?
    }

    let id: WaitID
    let filter: NotificationFilter
    let count: Int
    let start: Cursor
    let since: Instant
    let resume: @Sendable (WaitOutcome) -> Void
    var resolved: ResolvedFilter?
    var found: [Found] = []

    /// A wait for silence is over at the first sound.
    var isOver: Bool { self.found.count >= max(1, self.count) }
}

extension Ledger {
    /// Waits until `count` notifications newer than `cursor` match.
    ///
    /// A wait for a fate takes a notification as it was when it came to that fate, however briefly; any other wait
    /// takes it as it stands at the end of the owner's batch. Either way it counts once. With a `count` of 0 the
    /// wait is for silence: it is satisfied when it is cancelled with nothing found.
    ///
    /// - Parameters:
    ///   - cursor: `nil`: the start of the epoch, so that nothing which happened before the call is missed.
    ///   - now: product time, to be shown.
    ///   - resume: called once, from here or from `settleWaits`; never after `cancelWait`.
    /// - Returns: `nil`: what is already there decides, and `resume` has been called.
    package mutating func wait(
        for filter: NotificationFilter,
        count: Int,
        after cursor: Cursor? = nil,
        at now: Instant,
        resume: @escaping @Sendable (WaitOutcome) -> Void
    ) -> WaitID? {
        self.startedWaitCount += 1
        let own = cursor.flatMap { self.isOwn($0) ? $0 : nil }
        var waiter = Waiter(
            id: WaitID(number: self.startedWaitCount),
            filter: filter,
            count: max(0, count),
            start: own ?? Cursor(epoch: self.epoch, sequence: 0),
            since: now,
            resume: resume,
            resolved: self.names.resolve(filter)
        )
        if let resolved = waiter.resolved {
            let numbers = max(waiter.start.sequence + 1, self.records.first)..<self.records.next
            for sequence in numbers where !waiter.isOver && self.matches(sequence, resolved) {
                self.find(sequence, for: &waiter, taking: true)
            }
        }
        if waiter.isOver {
            waiter.resume(self.outcome(of: waiter, satisfied: waiter.count > 0))
            return nil
        }
        self.waiters.append(waiter)
        return waiter.id
    }

    /// Ends a wait without resuming it, at its deadline or because nobody listens any more.
    ///
    /// - Returns: what was found until now; `nil`: it has been resumed, or never was.
    package mutating func cancelWait(_ id: WaitID) -> WaitOutcome? {
        guard let position = self.waiters.firstIndex(where: { $0.id == id }) else { return nil }
        self.takeEntries(forWaiterAt: position)
        let waiter = self.waiters.remove(at: position)
        return self.outcome(of: waiter, satisfied: waiter.count == 0 ? waiter.found.isEmpty : waiter.isOver)
    }

    /// Resumes what has found enough. The owner calls it at the end of each batch.
    package mutating func settleWaits() {
        guard !self.waiters.isEmpty else { return }
        var over: [Waiter] = []
        for position in self.waiters.indices where !self.waiters[position].found.isEmpty {
            self.takeEntries(forWaiterAt: position)
            if self.waiters[position].isOver { over.append(self.waiters[position]) }
        }
        guard !over.isEmpty else { return }
        self.waiters.removeAll { $0.isOver }
        for waiter in over { waiter.resume(self.outcome(of: waiter, satisfied: waiter.count > 0)) }
    }

    /// Who is waiting, oldest first.
    package var waits: [WaitView] {
        self.waiters.map {
            WaitView(id: $0.id, filter: $0.filter, count: $0.count, found: $0.found.count, since: $0.since)
        }
    }

    // MARK: - While waiting

    /// - Parameter isNew: it was just entered; otherwise its fate changed, which only waits for a fate care about.
    mutating func tellWaiters(of id: NotificationID, isNew: Bool) {
        for position in self.waiters.indices {
            guard isNew != self.waiters[position].filter.concernsFate, !self.waiters[position].isOver,
                self.waiters[position].start.sequence < id.rawValue
            else { continue }
            if self.waiters[position].resolved == nil {
                self.waiters[position].resolved = self.names.resolve(self.waiters[position].filter)
            }
            guard let resolved = self.waiters[position].resolved, self.matches(id.rawValue, resolved) else { continue }
            self.find(id.rawValue, for: &self.waiters[position], taking: !isNew)
        }
    }

    private func find(_ sequence: UInt64, for waiter: inout Waiter, taking: Bool) {
        guard !waiter.found.contains(where: { $0.sequence == sequence }) else { return }
        let entry = taking ? self.entry(sequence) : nil
        waiter.found.append(
            Waiter.Found(sequence: sequence, topic: self.records[sequence].received.topic, entry: entry)
        )
    }

    /// A notification about to be pruned is taken by those who have found it.
    mutating func keepForWaiters(_ sequence: UInt64) {
        for position in self.waiters.indices {
            for found in self.waiters[position].found.indices
            where self.waiters[position].found[found].sequence == sequence
                && self.waiters[position].found[found].entry == nil
            {
                self.waiters[position].found[found].entry = self.entry(sequence)
            }
        }
    }

    /// - Parameter topic: `nil`: everything.
    mutating func takeFromWaiters(_ topic: LedgerTopic?) {
        for position in self.waiters.indices {
            self.waiters[position].found.removeAll { topic == nil || $0.topic == topic }
        }
    }

    mutating func takeFromWaiters(_ sequences: Set<UInt64>) {
        for position in self.waiters.indices {
            self.waiters[position].found.removeAll { sequences.contains($0.sequence) }
        }
    }

    private mutating func takeEntries(forWaiterAt position: Int) {
        for found in self.waiters[position].found.indices where self.waiters[position].found[found].entry == nil {
            self.waiters[position].found[found].entry = self.entry(self.waiters[position].found[found].sequence)
        }
    }

    private func outcome(of waiter: Waiter, satisfied: Bool) -> WaitOutcome {
        let items = waiter.found.compactMap(\.entry).sorted { $0.id < $1.id }
        let cursor = items.last.map { Cursor(epoch: self.epoch, sequence: $0.sequence) } ?? waiter.start
        return WaitOutcome(satisfied: satisfied, items: items, cursor: cursor)
    }
}
