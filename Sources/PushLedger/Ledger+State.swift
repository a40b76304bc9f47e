import PushBroker
import PushVocabulary

/// The ledger as values, to be kept elsewhere and brought back. The ledger itself knows no file.
extension Ledger {
    // MARK: - Whole

    package var state: LedgerState {
        var state = LedgerState()
        state.topics = self.topicNames(from: 1)
        state.devices = self.deviceNames(from: 1)
        state.rules = self.ruleNames(from: 0)
        state.counters = self.countersByTopic.indices.map { self.counterRow($0) }
        state.notifications = self.records.numbers.compactMap { self.kept($0) }
        state.pruned = self.prunedWithoutFinalFate.keys.sorted().compactMap { self.prunedRow($0) }
        state.position = self.position
        return state
    }

    /// A ledger that goes on from `state`. What is more than `limits` allow is pruned at once.
    ///
    /// Cursors of the earlier life stay good.
    ///
    /// - Returns: `nil` when the parts do not fit together: the state was not one of a ledger.
    package init?(_ state: LedgerState, limits: LedgerLimits) {
        let position = state.position
        guard position.first >= 1, position.first <= position.next, position.forgottenBelow <= position.next,
            position.firstEpoch <= position.epoch, position.prunedCount >= 0, position.openedConnections >= 0,
            position.feedbackReads >= 0
        else { return nil }
        self.init(limits: limits, firstEpoch: position.firstEpoch)
        self.epoch = position.epoch
        self.forgottenBelow = position.forgottenBelow
        self.prunedCount = position.prunedCount
        self.openedConnectionCount = position.openedConnections
        self.resetMark.connections = position.openedConnections
        self.readCount = position.feedbackReads
        guard self.takeNames(state) else { return nil }
        for row in state.counters {
            guard self.countersByTopic.indices.contains(row.topic) else { return nil }
            self.countersByTopic[row.topic] = row.counters
        }
        for row in state.pruned {
            guard row.number < position.next, self.countersByTopic.indices.contains(row.topic),
                let topic = LedgerTopic(kept: row.topic)
            else { return nil }
            self.prunedWithoutFinalFate[row.number] = PrunedRecord(topic: topic, fate: row.fate)
        }
        self.records.begin(at: position.first)
        guard self.takeNotifications(state.notifications, before: position.next) else { return nil }
    }

    private mutating func takeNames(_ state: LedgerState) -> Bool {
        for row in state.topics { guard self.topic(Topic(row.name)).number == row.number else { return false } }
        for row in state.devices { guard self.device(named: row.name).number == row.number else { return false } }
        for row in state.rules { guard self.names.rule(row.name) == UInt64(row.number) else { return false } }
        return true
    }

    private mutating func takeNotifications(_ notifications: [KeptNotification], before end: UInt64) -> Bool {
        let maximum = UInt64(self.limits.maximumNotifications)
        for notification in notifications {
            let reach = notification.reach
            guard notification.number >= self.records.next, notification.number < end,
                reach.topic < self.names.topics.count, reach.device < self.names.devices.count,
                reach.rule.map({ $0 < self.names.rules.count }) ?? true
            else { return false }
            self.leavePlaces(to: notification.number, within: maximum)
            let frameBytes = notification.received.content.frame.count
            self.makeRoom(for: frameBytes)
            self.frameBytes += frameBytes
            self.records.append(notification.record)
        }
        self.leavePlaces(to: end, within: maximum)
        return true
    }

    /// Numbers that are not kept were forgotten; only as many are given a place as there may be.
    private mutating func leavePlaces(to number: UInt64, within maximum: UInt64) {
        if number - self.records.next > maximum {
            while self.records.count > 0 { self.pruneFirst() }
            self.records.begin(at: number - maximum)
        }
        while self.records.next < number {
            self.makeRoom(for: 0)
            self.records.append(.forgotten)
            self.forgottenCount += 1
        }
    }

    /// Tells events as the ledger of this run does that it takes the place of: an event's number is of one run.
    package mutating func tellEvents(as fresh: Ledger) {
        self.events = fresh.events
        self.firstUntold = self.records.next
        self.untoldPrunedCount = 0
    }

    // MARK: - Changes

    /// Begins to note what changes. Everything there is now counts as taken.
    package mutating func beginNotingChanges() {
        self.marks = LedgerMarks(firstNew: self.records.next, names: self.names, position: self.position)
    }

    /// Whether `takeChanges` would give anything.
    package var hasChanges: Bool {
        guard let marks = self.marks else { return false }
        return marks.firstNew != self.records.next || !marks.numbers.isEmpty || !marks.pruned.isEmpty
            || !marks.counters.isEmpty || marks.forgetsEverything || marks.position != self.position
            || marks.topicNames != self.names.topics.count || marks.deviceNames != self.names.devices.count
            || marks.ruleNames != self.names.rules.count
    }

    /// How many notifications have been entered since the last `takeChanges`.
    package var newCount: Int { self.marks.map { Int(self.records.next - $0.firstNew) } ?? 0 }

    /// What changed since the last call, each part once, however often it changed.
    package mutating func takeChanges() -> LedgerChanges {
        guard let marks = self.marks else { return LedgerChanges() }
        var changes = LedgerChanges()
        changes.forgetsEverything = marks.forgetsEverything
        changes.topics = self.topicNames(from: marks.topicNames)
        changes.devices = self.deviceNames(from: marks.deviceNames)
        changes.rules = self.ruleNames(from: marks.ruleNames)
        changes.counters = marks.counters.map { self.counterRow(Int($0)) }
        for number in marks.numbers {
            if let kept = self.kept(number) {
                changes.notifications.append(kept)
            } else {
                changes.goneNotifications.append(number)
            }
        }
        let firstNew = max(marks.firstNew, self.records.first)
        if firstNew < self.records.next {
            changes.notifications.reserveCapacity(changes.notifications.count + Int(self.records.next - firstNew))
            for number in firstNew..<self.records.next {
                if let kept = self.kept(number) { changes.notifications.append(kept) }
            }
        }
        for number in marks.pruned {
            if let row = self.prunedRow(number) {
                changes.pruned.append(row)
            } else {
                changes.gonePruned.append(number)
            }
        }
        changes.position = self.position
        self.beginNotingChanges()
        return changes
    }

    // MARK: - Rows

    private var position: LedgerState.Position {
        var position = LedgerState.Position()
        position.first = self.records.first
        position.next = self.records.next
        position.forgottenBelow = self.forgottenBelow
        position.firstEpoch = self.firstEpoch
        position.epoch = self.epoch
        position.prunedCount = self.prunedCount
        position.openedConnections = self.openedConnectionCount
        position.feedbackReads = self.readCount
        return position
    }

    private func kept(_ number: UInt64) -> KeptNotification? {
        guard self.records.contains(number), !self.records[number].isForgotten else { return nil }
        return KeptNotification(number: number, record: self.records[number])
    }

    private func prunedRow(_ number: UInt64) -> LedgerState.PrunedRow? {
        self.prunedWithoutFinalFate[number].map {
            LedgerState.PrunedRow(number: number, topic: $0.topic.number, fate: $0.fate)
        }
    }

    private func counterRow(_ topic: Int) -> LedgerState.CounterRow {
        LedgerState.CounterRow(topic: topic, counters: self.countersByTopic[topic])
    }

    private func topicNames(from start: Int) -> [LedgerState.NameRow] {
        self.names.topics.indices.dropFirst(start).map {
            LedgerState.NameRow(number: $0, name: self.names.topics[$0]?.name ?? "")
        }
    }

    private func deviceNames(from start: Int) -> [LedgerState.NameRow] {
        self.names.devices.indices.dropFirst(start).map {
            LedgerState.NameRow(number: $0, name: self.names.devices[$0] ?? "")
        }
    }

    private func ruleNames(from start: Int) -> [LedgerState.NameRow] {
        self.names.rules.indices.dropFirst(start).map {
            LedgerState.NameRow(number: $0, name: self.names.rules[$0])
        }
    }
}

extension Counters {
    /// Every number by the name of its column, in the order in which they are shown.
    package static let columns: [(name: String, path: any WritableKeyPath<Counters, Int> & Sendable)] = [
        ("received", \.received), ("accepted", \.accepted), ("rejected", \.rejected), ("discarded", \.discarded),
        ("delivered", \.delivered), ("in_flight", \.inFlight), ("stored", \.stored), ("coalesced", \.coalesced),
        ("expired", \.expired), ("undeliverable", \.undeliverable), ("lost", \.lost),
    ]
}
