package import PushVocabulary

/// The broker as values, to be kept elsewhere and brought back. The broker itself knows no file.
extension Broker {
    // MARK: - Whole

    package var state: BrokerState {
        var state = BrokerState()
        state.topics = self.topics.indices.map { self.row(of: TopicID(index: Int32($0))) }
        state.devices = self.devices.indices.compactMap { self.row(of: DeviceID(index: Int32($0))) }
        state.apps = self.apps.indices.compactMap { self.row(of: AppID(index: Int32($0))) }
        state.slots = self.apps.indices.compactMap {
            let app = AppID(index: Int32($0))
            return self.slotIndex(of: app) == nil ? nil : self.slotRow(of: app)
        }
        state.feedback = self.feedback.keys { _ in true }.compactMap { self.row(of: $0) }
        return state
    }

    /// A broker that goes on from `state`, with every device away; call `resume` before anything else.
    ///
    /// - Returns: `nil` when the parts do not fit together: the state was not one of a broker.
    package init?(_ state: BrokerState) {
        self.init()
        for row in state.topics {
            guard Int(row.index) == self.topics.count, self.topicsByHash[row.hash] == nil else { return nil }
            _ = self.topic(row.hash, name: row.name)
        }
        for row in state.devices { guard self.place(row) else { return nil } }
        for row in state.apps { guard self.place(row) else { return nil } }
        self.noteVacancies()
        for row in state.slots { guard self.place(row) else { return nil } }
        for row in state.feedback {
            guard self.topics.indices.contains(Int(row.topic)) else { return nil }
            _ = self.feedback.add(row.entry, topic: TopicID(index: row.topic), environment: row.environment)
        }
    }

    /// The connections of an earlier life are gone: what was in flight waits again or has come to nothing, and what
    /// has waited too long is expired.
    package mutating func resume(at now: Instant, effects: inout [BrokerEffect]) {
        for index in self.apps.indices where self.apps[index] != nil {
            self.returnToStorage(AppID(index: Int32(index)), at: now, effects: &effects)
        }
        self.expire(at: now, effects: &effects)
    }

    // MARK: - Changes

    /// Begins to note what changes. Everything there is now counts as taken.
    package mutating func beginNotingChanges() { self.marks = BrokerMarks() }

    /// Whether `takeChanges` would give anything.
    package var hasChanges: Bool { self.marks.map { !$0.isEmpty } ?? false }

    /// What changed since the last call, each part once, however often it changed.
    package mutating func takeChanges() -> BrokerChanges {
        guard let marks = self.marks, !marks.isEmpty else { return BrokerChanges() }
        self.marks = BrokerMarks()
        var changes = BrokerChanges()
        changes.topics = marks.topics.map { self.row(of: $0) }
        for device in marks.devices {
            if let row = self.row(of: device) {
                changes.devices.append(row)
            } else {
                changes.goneDevices.append(device.index)
            }
        }
        for app in marks.apps {
            if let row = self.row(of: app) { changes.apps.append(row) } else { changes.goneApps.append(app.index) }
        }
        changes.slots = marks.slots.map { self.slotRow(of: $0) }
        for key in marks.feedback {
            if let row = self.row(of: key) {
                changes.feedback.append(row)
            } else {
                let place = BrokerChanges.FeedbackPlace(
                    topic: key.topic.index,
                    environment: key.environment,
                    token: key.token
                )
                changes.goneFeedback.append(place)
            }
        }
        return changes
    }

    // MARK: - Rows

    private func row(of topic: TopicID) -> BrokerState.TopicRow {
        let record = self.topics[Int(topic.index)]
        return BrokerState.TopicRow(index: topic.index, hash: record.hash, name: record.name)
    }

    private func row(of device: DeviceID) -> BrokerState.DeviceRow? {
        self.devices[Int(device.index)].map {
            BrokerState.DeviceRow(
                index: device.index,
                name: $0.name,
                environment: $0.environment,
                baseToken: $0.baseToken
            )
        }
    }

    private func row(of app: AppID) -> BrokerState.AppRow? {
        self.apps[Int(app.index)].map {
            BrokerState.AppRow(
                index: app.index,
                device: $0.device.index,
                topic: $0.topic.index,
                token: self.tokens[Int(app.index)],
                removedAt: $0.removedAt
            )
        }
    }

    private func slotRow(of app: AppID) -> BrokerState.SlotRow {
        guard let slot = self.slotIndex(of: app) else { return BrokerState.SlotRow(app: app.index) }
        return BrokerState.SlotRow(
            app: app.index,
            inFlight: self.slots[slot].inFlight,
            pending: self.slots[slot].pending
        )
    }

    private func row(of key: FeedbackKey) -> BrokerState.FeedbackRow? {
        self.feedback.since(key).map {
            BrokerState.FeedbackRow(
                topic: key.topic.index,
                environment: key.environment,
                entry: FeedbackEntry(token: key.token, since: $0)
            )
        }
    }

    // MARK: - Placing

    /// Numbers beyond this are of no broker that fits into memory.
    private static let maximumIndex: Int32 = 100_000_000

    private mutating func place(_ row: BrokerState.DeviceRow) -> Bool {
        let index = Int(row.index)
        guard 0...Self.maximumIndex ~= row.index, self.device(named: row.name) == nil,
            self.device(baseToken: row.baseToken, environment: row.environment) == nil
        else { return false }
        while self.devices.count <= index { self.devices.append(nil) }
        guard self.devices[index] == nil else { return false }
        self.devices[index] = Device(name: row.name, environment: row.environment, baseToken: row.baseToken)
        self.enter(DeviceID(index: row.index))
        return true
    }

    private mutating func place(_ row: BrokerState.AppRow) -> Bool {
        let (index, device, topic) = (Int(row.index), DeviceID(index: row.device), TopicID(index: row.topic))
        guard 0...Self.maximumIndex ~= row.index, self.devices.indices.contains(Int(row.device)),
            let environment = self.devices[Int(row.device)]?.environment, self.topics.indices.contains(Int(row.topic)),
            self.app(topic, on: device) == nil
        else { return false }
        while self.apps.count <= index {
            self.apps.append(nil)
            self.tokens.append(row.token)
        }
        guard self.apps[index] == nil, self.app(token: row.token, topics: [topic], environment: environment) == nil
        else { return false }
        var app = App(topic: topic, device: device, environment: environment)
        app.removedAt = row.removedAt
        self.apps[index] = app
        self.tokens[index] = row.token
        self.enter(AppID(index: row.index))
        return true
    }

    private mutating func place(_ row: BrokerState.SlotRow) -> Bool {
        guard self.apps.indices.contains(Int(row.app)), self.apps[Int(row.app)] != nil else { return false }
        let app = AppID(index: row.app)
        guard self.slotIndex(of: app) == nil, row.inFlight != nil || row.pending != nil else { return false }
        let slot = self.occupySlot(of: app)
        self.slots[slot].inFlight = row.inFlight
        self.slots[slot].pending = row.pending
        if let keptUntil = row.pending?.keptUntil { self.watchDeadline(of: app, at: keptUntil) }
        return true
    }

    private mutating func noteVacancies() {
        self.vacantDevices = self.devices.indices.filter { self.devices[$0] == nil }.map { DeviceID(index: Int32($0)) }
        self.vacantApps = self.apps.indices.filter { self.apps[$0] == nil }.map { AppID(index: Int32($0)) }
    }
}
