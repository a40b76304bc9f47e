package import PushVocabulary

extension Broker {
    // MARK: - What providers do

    /// Takes a notification whose token was found: sends it, keeps it, or says why neither is possible.
    package mutating func accept(
        _ notification: PushNotification,
        for app: AppID,
        at now: Instant,
        effects: inout [BrokerEffect]
    ) {
        guard self.apps[Int(app.index)] != nil else {
            effects.append(.fate(notification.id, .undeliverable(.deviceRemoved)))
            return
        }
        if let removedAt = self.apps[Int(app.index)]?.removedAt {
            effects.append(.fate(notification.id, .undeliverable(.appRemoved)))
            self.listFeedback(app, since: removedAt, effects: &effects)
            return
        }
        switch (self.apps[Int(app.index)]?.obstacle, self.inFlight(to: app)) {
        case (nil, nil):
            if self.holdBack(notification, for: app, at: now, effects: &effects) { return }
            self.replaceHeldBack(for: app, by: notification.id, effects: &effects)
            self.send(notification, to: app, storage: [], effects: &effects)
        case (nil, _?):
            self.keep(notification, for: app, reason: .awaitingAcknowledgement, effects: &effects)
        case (let reason?, _):
            guard Self.mayWait(notification, at: now) else {
                effects.append(.fate(notification.id, .expired(.notStored)))
                return
            }
            self.keep(notification, for: app, reason: reason, effects: &effects)
        }
    }

    // MARK: - What devices do

    /// A device's connection is up. Nothing is sent before its first Filter. An earlier connection, if the service
    /// still had one, must have been `disconnected` before.
    package mutating func connected(_ device: DeviceID) {
        self.devices[Int(device.index)]?.isConnected = true
        self.devices[Int(device.index)]?.hasConnected = true
        self.devices[Int(device.index)]?.filter = nil
        self.devices[Int(device.index)]?.wasToldNothingStored = false
        self.updateObstacles(on: device)
    }

    /// A Filter message: these lists replace the connection's earlier ones, and what waits for a topic now covered
    /// is sent, flagged as from storage.
    package mutating func filtered(
        _ device: DeviceID,
        _ lists: [TopicHash: TopicClass],
        at now: Instant,
        effects: inout [BrokerEffect]
    ) {
        guard self.devices[Int(device.index)]?.isConnected == true else { return }
        self.devices[Int(device.index)]?.filter = lists.map { FilteredTopic(hash: $0.key, topicClass: $0.value) }
        self.updateObstacles(on: device)
        self.sendStored(on: device, at: now, effects: &effects)
    }

    /// Sends what waits for a device's apps, if the connection's Filter covers them. Needed again after an app was
    /// installed: a device may send its Filter before it asks for the token.
    package mutating func sendStored(on device: DeviceID, at now: Instant, effects: inout [BrokerEffect]) {
        // An empty Filter asks for nothing, so it is told nothing: some clients begin with one.
        guard let record = self.devices[Int(device.index)], record.isConnected, record.filter?.isEmpty == false else {
            return
        }
        var ready: [(app: AppID, notification: PushNotification)] = []
        for app in self.apps(on: device) {
            guard self.isReachable(app), self.inFlight(to: app) == nil,
                let notification = self.takePending(for: app, at: now, effects: &effects)
            else { continue }
            ready.append((app, notification))
        }
        for (position, item) in ready.enumerated() {
            let flags: StorageFlags = position == ready.count - 1 ? [.fromStorage, .lastFromStorage] : .fromStorage
            self.send(item.notification, to: item.app, storage: flags, effects: &effects)
        }
        if ready.isEmpty, !record.wasToldNothingStored { effects.append(.nothingStored(device)) }
        self.devices[Int(device.index)]?.wasToldNothingStored = true
    }

    /// A device acknowledged a notification. Unknown and repeated acknowledgements are no-ops.
    ///
    /// - Parameter matches: tells whether the acknowledgement means the notification in flight with this number.
    package mutating func acknowledged(
        by device: DeviceID,
        at now: Instant,
        effects: inout [BrokerEffect],
        where matches: (NotificationID) -> Bool
    ) {
        var next = self.devices[Int(device.index)]?.firstApp
        while let app = next {
            next = self.apps[Int(app.index)]?.nextOnDevice
            guard let id = self.inFlight(to: app), matches(id) else { continue }
            self.takeInFlight(to: app)
            effects.append(.fate(id, .delivered))
            if !self.isReachable(app) {
                self.dropWhatMayNotWait(for: app, at: now, effects: &effects)
            } else if let next = self.takePending(for: app, at: now, effects: &effects) {
                self.send(next, to: app, storage: [], effects: &effects)
            }
            return
        }
    }

    /// A device's connection is gone. What was in flight waits again, unless something newer replaced it.
    package mutating func disconnected(_ device: DeviceID, at now: Instant, effects: inout [BrokerEffect]) {
        guard let record = self.devices[Int(device.index)], record.isConnected else { return }
        self.devices[Int(device.index)]?.isConnected = false
        self.devices[Int(device.index)]?.filter = nil
        self.updateObstacles(on: device)
        for app in self.apps(on: device) { self.returnToStorage(app, at: now, effects: &effects) }
    }

    mutating func returnToStorage(_ app: AppID, at now: Instant, effects: inout [BrokerEffect]) {
        self.dropWhatMayNotWait(for: app, at: now, effects: &effects)
        guard let notification = self.takeInFlight(to: app) else { return }
        if let newer = self.pending(for: app) {
            effects.append(.fate(notification.id, .coalesced(by: newer)))
        } else if self.apps[Int(app.index)]?.removedAt != nil {
            effects.append(.fate(notification.id, .undeliverable(.appRemoved)))
        } else if Self.mayWait(notification, at: now) {
            self.keep(notification, for: app, reason: .connectionLost, effects: &effects)
        } else {
            effects.append(.fate(notification.id, .expired(notification.keptUntil == nil ? .notStored : .timePassed)))
        }
    }

    /// What may not be stored only ever waited for an acknowledgement that cannot come any more, or came too late.
    private mutating func dropWhatMayNotWait(for app: AppID, at now: Instant, effects: inout [BrokerEffect]) {
        guard let slot = self.slotIndex(of: app), let pending = self.slots[slot].pending,
            !Self.mayWait(pending, at: now)
        else { return }
        self.takePending(for: app)
        effects.append(.fate(pending.id, .expired(pending.keptUntil == nil ? .notStored : .timePassed)))
    }

    /// The service learned, over the device's live connection, that an app is gone. What waits for it is
    /// undeliverable; a feedback tuple appears only when something is pushed to it later.
    package mutating func appRemoved(_ app: AppID, at now: Instant, effects: inout [BrokerEffect]) {
        guard self.apps[Int(app.index)]?.removedAt == nil else { return }
        self.apps[Int(app.index)]?.removedAt = now
        self.marks?.apps.insert(app)
        self.emptySlot(of: app, fate: .undeliverable(.appRemoved), includingInFlight: false, effects: &effects)
    }

    // MARK: - Steps

    static func mayWait(_ notification: PushNotification, at now: Instant) -> Bool {
        notification.keptUntil.map { $0 > now } ?? false
    }

    func isReachable(_ app: AppID) -> Bool {
        guard let app = self.apps[Int(app.index)] else { return false }
        return app.removedAt == nil && app.obstacle == nil
    }

    private mutating func updateObstacles(on device: DeviceID) {
        for app in self.apps(on: device) { self.updateObstacle(to: app) }
    }

    mutating func updateObstacle(to app: AppID) {
        guard let record = self.apps[Int(app.index)] else { return }
        let obstacle = self.obstacle(on: record.device, topic: record.topic)
        self.apps[Int(app.index)]?.obstacle = obstacle
    }

    private func obstacle(on device: DeviceID, topic: TopicID) -> Fate.StoredReason? {
        guard let device = self.devices[Int(device.index)], device.isConnected, let filter = device.filter else {
            return .deviceAway
        }
        let hash = self.hash(of: topic)
        switch filter.first(where: { $0.hash == hash })?.topicClass {
        case .enabled, .opportunistic, .nonWaking: return nil
        case .paused: return .topicPaused
        case .ignored: return .topicIgnored
        case nil: return .topicUnlisted
        }
    }

    mutating func send(
        _ notification: PushNotification,
        to app: AppID,
        storage: StorageFlags,
        effects: inout [BrokerEffect]
    ) {
        guard let device = self.apps[Int(app.index)]?.device else { return }
        let slot = self.occupySlot(of: app)
        self.slots[slot].inFlight = notification
        effects.append(.fate(notification.id, .inFlight))
        effects.append(.send(notification, to: app, on: device, storage: storage))
    }

    mutating func keep(
        _ notification: PushNotification,
        for app: AppID,
        reason: Fate.StoredReason,
        effects: inout [BrokerEffect]
    ) {
        let slot = self.occupySlot(of: app)
        if let older = self.slots[slot].pending.take() {
            effects.append(.fate(older.id, .coalesced(by: notification.id)))
        }
        self.slots[slot].pending = notification
        effects.append(.fate(notification.id, .stored(reason)))
        if let keptUntil = notification.keptUntil { self.watchDeadline(of: app, at: keptUntil) }
    }

    /// Takes what waits out of the slot, if its time has not passed.
    mutating func takePending(
        for app: AppID,
        at now: Instant,
        effects: inout [BrokerEffect]
    ) -> PushNotification? {
        guard let pending = self.takePending(for: app) else { return nil }
        if let keptUntil = pending.keptUntil, keptUntil <= now {
            effects.append(.fate(pending.id, .expired(.timePassed)))
            return nil
        }
        return pending
    }

    private mutating func listFeedback(_ id: AppID, since: Instant, effects: inout [BrokerEffect]) {
        guard let app = self.apps[Int(id.index)] else { return }
        let entry = FeedbackEntry(token: self.tokens[Int(id.index)], since: since)
        guard self.list(entry, topic: app.topic, environment: app.environment) else { return }
        effects.append(.feedbackListed(entry, topic: app.topic, environment: app.environment))
    }
}
