import PushVocabulary

/// Slots are kept apart from apps and only while they hold something: an idle app costs a number.
extension Broker {
    /// `nil`: nothing is in flight to the app and nothing waits for it.
    func slotIndex(of app: AppID) -> Int? {
        guard let index = self.apps[Int(app.index)]?.slot, index != App.noSlot else { return nil }
        return Int(index)
    }

    func inFlight(to app: AppID) -> NotificationID? {
        self.slotIndex(of: app).flatMap { self.slots[$0].inFlight?.id }
    }

    func pending(for app: AppID) -> NotificationID? {
        self.slotIndex(of: app).flatMap { self.slots[$0].pending?.id }
    }

    /// The app's slot, to put something into.
    mutating func occupySlot(of app: AppID) -> Int {
        self.marks?.slots.insert(app)
        if let index = self.slotIndex(of: app) { return index }
        let index: Int32
        if let vacant = self.vacantSlots.popLast() {
            index = vacant
        } else {
            index = Int32(self.slots.count)
            self.slots.append(Slot())
        }
        self.apps[Int(app.index)]?.slot = index
        return Int(index)
    }

    @discardableResult
    mutating func takeInFlight(to app: AppID) -> PushNotification? {
        guard let index = self.slotIndex(of: app) else { return nil }
        let notification = self.slots[index].inFlight.take()
        self.marks?.slots.insert(app)
        self.vacateSlotIfEmpty(of: app)
        return notification
    }

    @discardableResult
    mutating func takePending(for app: AppID) -> PushNotification? {
        guard let index = self.slotIndex(of: app) else { return nil }
        let notification = self.slots[index].pending.take()
        self.marks?.slots.insert(app)
        self.vacateSlotIfEmpty(of: app)
        return notification
    }

    mutating func emptySlot(of app: AppID, fate: Fate, includingInFlight: Bool, effects: inout [BrokerEffect]) {
        if includingInFlight, let inFlight = self.takeInFlight(to: app) { effects.append(.fate(inFlight.id, fate)) }
        if let pending = self.takePending(for: app) { effects.append(.fate(pending.id, fate)) }
    }

    private mutating func vacateSlotIfEmpty(of app: AppID) {
        guard let index = self.slotIndex(of: app), self.slots[index].isEmpty else { return }
        self.apps[Int(app.index)]?.slot = App.noSlot
        self.vacantSlots.append(Int32(index))
    }

    /// Empties every slot of a topic (`nil`: of all) without telling any fate: the ledger forgets them as well.
    package mutating func forgetNotifications(of topic: TopicID?) {
        for index in self.apps.indices {
            guard let appTopic = self.apps[index]?.topic, topic == nil || appTopic == topic else { continue }
            var ignored: [BrokerEffect] = []
            self.emptySlot(
                of: AppID(index: Int32(index)),
                fate: .delivered,
                includingInFlight: true,
                effects: &ignored
            )
        }
    }
}
