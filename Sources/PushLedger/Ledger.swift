import DequeModule
package import PushBroker
package import PushVocabulary

/// The record of everything that happened, with counters that add up.
///
/// 1. One owner, called synchronously; nothing here waits, logs or reads a clock.
/// 2. Notifications are numbered 1, 2, 3, ... without gaps for as long as the process runs, across resets too.
/// 3. Counters move with every verdict and every change of fate, whether or not the notification is still kept:
///    of a pruned one without a final fate, its topic and fate are remembered until the final one comes. Only what
///    sits in a slot is without one, so there are never more than two of those for an app.
/// 4. What is pruned or forgotten is never found again; a pruned number is told apart from one never given out.
/// 5. A wait misses nothing between the cursor it begins at and its end, and counts each notification once.
package struct Ledger: Sendable {
    package let limits: LedgerLimits

    var names = LedgerNames()

    /// Forgotten notifications leave their place empty until they are the oldest.
    var records: NotificationRing
    /// Numbers below were forgotten by a reset of everything.
    var forgottenBelow: UInt64 = 1
    var forgottenCount = 0
    var frameBytes = 0
    var prunedWithoutFinalFate: [UInt64: PrunedRecord] = [:]

    var firstEpoch: UInt64
    var epoch: UInt64

    /// By topic number.
    var countersByTopic = [Counters()]

    /// In ascending order of their numbers.
    var connectionEntries: [ConnectionEntry] = []
    var closedConnectionCount = 0
    var openedConnectionCount = 0
    var latestConnection: (id: ConnectionID, index: Int)?

    /// Kept ones that made room for newer ones since the last reset of everything.
    var prunedCount = 0
    var resetMark = ResetMark()
    var resetMarksByTopic: [LedgerTopic: ResetMark] = [:]

    var reads = Deque<FeedbackRead>()
    var readCount = 0
    var readEntryCount = 0

    var waiters: [Waiter] = []
    var startedWaitCount = 0

    /// Since the start, whatever was reset.
    package internal(set) var tally = Tally()

    var events: EventLog
    /// Notifications from here on are of the batch that runs: their own event tells their fate.
    var firstUntold: UInt64 = 1
    /// Notifications that aged out since an event told of it.
    var untoldPrunedCount = 0

    /// What differs from what was last taken by `takeChanges`; `nil`: nobody asks.
    var marks: LedgerMarks?

    struct PrunedRecord: Sendable {
        var topic: LedgerTopic
        var fate: FateKind?
    }

    /// Which connections and feedback reads there had been when a reset came. They stay listed, but say nothing
    /// about what a provider did since.
    struct ResetMark: Sendable {
        var connections = 0
        var reads = 0
    }

    /// - Parameters:
    ///   - firstEpoch: distinguishes the cursors of this run from those of an earlier one, such as the second in
    ///     which the process started.
    ///   - run: distinguishes the events of this run from those of an earlier one; `nil`: as `firstEpoch`.
    package init(limits: LedgerLimits = LedgerLimits(), firstEpoch: UInt64 = 1, run: UInt64? = nil) {
        self.limits = limits
        self.events = EventLog(run: run ?? firstEpoch, capacity: limits.maximumEvents)
        self.records = NotificationRing(capacity: limits.maximumNotifications)
        self.firstEpoch = firstEpoch
        self.epoch = firstEpoch
    }

    // MARK: - Names

    /// The number of a topic, given on first sight. Look it up once a session, not once a notification.
    package mutating func topic(_ topic: Topic) -> LedgerTopic {
        let number = self.names.topic(topic)
        while self.countersByTopic.count <= Int(number.index) { self.countersByTopic.append(Counters()) }
        return number
    }

    /// The number of a device, given on first sight. Look it up once a device, not once a notification.
    package mutating func device(named name: String) -> LedgerDevice { self.names.device(name) }

    /// `nil` for `LedgerTopic.none`.
    package func name(of topic: LedgerTopic) -> Topic? { self.names.topics[Int(topic.index)] }
    /// `nil` for `LedgerDevice.none`.
    package func name(of device: LedgerDevice) -> String? { self.names.devices[Int(device.index)] }

    // MARK: - Notifications

    /// The number the next `append` gives out.
    package var nextNotificationID: NotificationID { NotificationID(rawValue: self.records.next) }

    /// Enters a notification with its verdict. An accepted one needs a `setFate` before the batch ends: until then
    /// the counters do not add up.
    @discardableResult
    package mutating func append(_ received: ReceivedNotification) -> NotificationID {
        let id = self.nextNotificationID
        let frameBytes = received.content.frame.count
        self.makeRoom(for: frameBytes)
        self.frameBytes += frameBytes
        self.countersByTopic[Int(received.topic.index)].count(received.verdict)
        self.marks?.note(countersOf: received.topic)
        self.tally.count(received)
        self.countOnConnection(received)
        self.events.append(.notification(id), at: received.clockAt)
        self.records.append(NotificationRecord(received))
        if !self.waiters.isEmpty { self.tellWaiters(of: id, isNew: true) }
        return id
    }

    /// Enters a notification's new fate. Fates of unknown and forgotten notifications are ignored, and so is the
    /// fate it already has.
    package mutating func setFate(_ fate: Fate, of id: NotificationID, at now: Instant) {
        guard self.records.contains(id.rawValue), !self.records[id.rawValue].isForgotten else {
            self.setPrunedFate(fate.kind, of: id)
            return
        }
        let detail: UInt64 =
            switch fate {
            case .coalesced(let newer): newer.rawValue
            case .lost(let rule): self.names.rule(rule)
            default: 0
            }
        guard let former = self.records[id.rawValue].change(to: CompactFate(fate), detail: detail, at: now) else {
            return
        }
        self.marks?.note(id.rawValue)
        self.move(from: former, to: fate.kind, topic: self.records[id.rawValue].received.topic)
        self.noteFate(of: id, at: now)
        if !self.waiters.isEmpty { self.tellWaiters(of: id, isNew: false) }
    }

    /// Notes a defect of a notification's frame or payload. A second one is added to the first.
    package mutating func attach(_ note: String, to id: NotificationID) {
        guard self.records.contains(id.rawValue) else { return }
        self.records[id.rawValue].attach(note)
        self.marks?.note(id.rawValue)
    }

    /// Notes that the error packet about a refused notification was written to its connection.
    package mutating func markAnswered(_ id: NotificationID) {
        guard self.records.contains(id.rawValue) else { return }
        self.records[id.rawValue].markAnswered()
        self.marks?.note(id.rawValue)
    }

    private mutating func move(from former: FateKind?, to fate: FateKind, topic: LedgerTopic) {
        let index = Int(topic.index)
        self.marks?.note(countersOf: topic)
        if let former { self.countersByTopic[index].add(-1, to: former) }
        self.countersByTopic[index].add(1, to: fate)
    }

    private mutating func setPrunedFate(_ fate: FateKind, of id: NotificationID) {
        guard let pruned = self.prunedWithoutFinalFate[id.rawValue] else { return }
        self.marks?.pruned.insert(id.rawValue)
        self.move(from: pruned.fate, to: fate, topic: pruned.topic)
        self.prunedWithoutFinalFate[id.rawValue] =
            fate.isFinal ? nil : PrunedRecord(topic: pruned.topic, fate: fate)
    }

    // MARK: - Bounds

    mutating func makeRoom(for frameBytes: Int) {
        while self.records.isFull
            || self.records.count > 0 && self.frameBytes + frameBytes > self.limits.maximumFrameBytes
        {
            self.pruneFirst()
        }
    }

    mutating func pruneFirst() {
        let number = self.records.first
        if !self.waiters.isEmpty { self.keepForWaiters(number) }
        if self.records[number].isForgotten {
            self.forgottenCount -= 1
        } else {
            self.prunedCount += 1
            self.untoldPrunedCount += 1
            self.frameBytes -= self.records[number].received.content.frame.count
            self.keepUnfinished(number)
        }
        self.marks?.note(number)
        self.records.dropFirst()
    }

    /// Remembers what a notification that is let go of still needs for the counters to add up.
    private mutating func keepUnfinished(_ number: UInt64) {
        let fate = self.records[number].fate.kind
        guard self.records[number].received.verdict == .accepted, fate?.isFinal != true else { return }
        let topic = self.records[number].received.topic
        self.prunedWithoutFinalFate[number] = PrunedRecord(topic: topic, fate: fate)
        self.marks?.pruned.insert(number)
    }

    /// Lets go of one notification; its counters stay.
    ///
    /// - Parameter number: must be kept.
    mutating func forget(_ number: UInt64) {
        self.frameBytes -= self.records[number].received.content.frame.count
        self.keepUnfinished(number)
        self.records[number].forget()
        self.marks?.note(number)
        self.forgottenCount += 1
    }

    // MARK: - Reset

    /// Forgets notifications and starts their counters again; a new epoch begins. Cursors and waits from before
    /// stay usable and find only what comes later; what a wait has found so far is taken from it.
    ///
    /// - Parameter topic: only this topic's; `nil`: all.
    /// - Returns: how many kept notifications were forgotten.
    @discardableResult
    package mutating func reset(topic: Topic? = nil) -> Int {
        self.epoch += 1
        guard let topic else { return self.resetEverything() }
        guard let number = self.names.known(topic) else { return 0 }
        var forgotten = 0
        for sequence in self.records.numbers
        where self.records[sequence].received.topic == number && !self.records[sequence].isForgotten {
            self.frameBytes -= self.records[sequence].received.content.frame.count
            self.records[sequence].forget()
            self.marks?.note(sequence)
            forgotten += 1
        }
        self.forgottenCount += forgotten
        while self.records.count > 0, self.records[self.records.first].isForgotten { self.pruneFirst() }
        self.countersByTopic[Int(number.index)] = Counters()
        self.marks?.note(countersOf: number)
        self.marks?.pruned.formUnion(self.prunedWithoutFinalFate.filter { $0.value.topic == number }.keys)
        self.resetMarksByTopic[number] = ResetMark(connections: self.openedConnectionCount, reads: self.readCount)
        self.prunedWithoutFinalFate = self.prunedWithoutFinalFate.filter { $0.value.topic != number }
        self.takeFromWaiters(number)
        return forgotten
    }

    private mutating func resetEverything() -> Int {
        self.marks?.forgetEverything(countersByTopic: self.countersByTopic.count, next: self.records.next)
        let forgotten = self.records.count - self.forgottenCount
        self.records.removeAll()
        self.forgottenBelow = self.records.first
        self.forgottenCount = 0
        self.frameBytes = 0
        self.prunedCount = 0
        self.resetMark = ResetMark(connections: self.openedConnectionCount, reads: self.readCount)
        self.resetMarksByTopic = [:]
        self.countersByTopic = self.countersByTopic.map { _ in Counters() }
        self.prunedWithoutFinalFate = [:]
        self.takeFromWaiters(nil)
        return forgotten
    }
}
