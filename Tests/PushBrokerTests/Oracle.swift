import PushBroker
import PushVocabulary

/// The service's rules told once more, as naively as possible: lists of everything that ever was, searched from the
/// first to the last. It shares no code and no structure with the broker it judges.
struct Oracle {
    struct Phone {
        var name: String
        var environment: Environment
        var isConnected = false
        var classes: [UInt8: TopicClass]?
        var wasTold = false
        var isGone = false
    }

    struct App {
        var phone: Int
        var topic: UInt8
        var token: UInt8
        var removedAt: Instant?
        var isGone = false
    }

    struct Note {
        var id: NotificationID
        var app: Int
        var keptUntil: Instant?
        var fate: Fate
        var isForgotten = false
    }

    struct Tuple: Hashable {
        var environment: Environment
        var topic: UInt8
        var token: UInt8
        var since: Instant
    }

    struct Sent: Hashable {
        var id: NotificationID
        var phone: Int
        var storage: StorageFlags
    }

    var phones: [Phone] = []
    var apps: [App] = []
    var notes: [Note] = []
    var tuples: [Tuple] = []
    /// What the latest step sent, and whom it told that nothing is stored.
    var sent: [Sent] = []
    var told: [Int] = []

    // MARK: - Looking

    func appsInOrder(of phone: Int) -> [Int] {
        self.apps.indices.filter { self.apps[$0].phone == phone && !self.apps[$0].isGone }
    }

    func app(token: UInt8, topics: [UInt8], environment: Environment) -> Int? {
        for topic in topics {
            for index in self.apps.indices where !self.apps[index].isGone {
                let app = self.apps[index]
                if app.token == token, app.topic == topic, self.phones[app.phone].environment == environment {
                    return index
                }
            }
        }
        return nil
    }

    func inFlight(_ app: Int) -> Int? {
        self.notes.lastIndex { $0.app == app && $0.fate == .inFlight && !$0.isForgotten }
    }

    func waiting(_ app: Int) -> Int? {
        self.notes.lastIndex { note in
            guard case .stored = note.fate else { return false }
            return note.app == app && !note.isForgotten
        }
    }

    /// Why the app cannot be sent anything; `nil`: it can.
    func obstacle(_ app: Int) -> Fate.StoredReason? {
        let phone = self.phones[self.apps[app].phone]
        guard phone.isConnected, let classes = phone.classes else { return .deviceAway }
        switch classes[self.apps[app].topic] {
        case .paused: return .topicPaused
        case .ignored: return .topicIgnored
        case nil: return .topicUnlisted
        default: return nil
        }
    }

    private func canBeSent(_ app: Int) -> Bool {
        self.apps[app].removedAt == nil && self.obstacle(app) == nil
    }

    private func expiryFate(_ note: Int, at now: Instant) -> Fate? {
        guard let keptUntil = self.notes[note].keptUntil else { return .expired(.notStored) }
        return keptUntil <= now ? .expired(.timePassed) : nil
    }

    // MARK: - Steps

    mutating func push(_ id: NotificationID, to app: Int, keptUntil: Instant?, at now: Instant) {
        var fate: Fate
        if let removedAt = self.apps[app].removedAt {
            fate = .undeliverable(.appRemoved)
            let environment = self.phones[self.apps[app].phone].environment
            let (topic, token) = (self.apps[app].topic, self.apps[app].token)
            self.tuples.removeAll { $0.environment == environment && $0.topic == topic && $0.token == token }
            self.tuples.append(Tuple(environment: environment, topic: topic, token: token, since: removedAt))
        } else if self.obstacle(app) == nil, self.inFlight(app) == nil {
            fate = .inFlight
            self.sent.append(Sent(id: id, phone: self.apps[app].phone, storage: []))
        } else if self.obstacle(app) != nil, keptUntil == nil || keptUntil! <= now {
            fate = .expired(.notStored)
        } else {
            fate = .stored(self.obstacle(app) ?? .awaitingAcknowledgement)
            if let older = self.waiting(app) { self.notes[older].fate = .coalesced(by: id) }
        }
        self.notes.append(Note(id: id, app: app, keptUntil: keptUntil, fate: fate))
    }

    mutating func connect(_ phone: Int) {
        self.phones[phone].isConnected = true
        self.phones[phone].classes = nil
        self.phones[phone].wasTold = false
    }

    mutating func filter(_ phone: Int, _ classes: [UInt8: TopicClass], at now: Instant) {
        guard self.phones[phone].isConnected else { return }
        self.phones[phone].classes = classes
        self.sendWaiting(phone, at: now)
    }

    mutating func sendWaiting(_ phone: Int, at now: Instant) {
        guard self.phones[phone].isConnected, self.phones[phone].classes?.isEmpty == false else { return }
        var ready: [Int] = []
        for app in self.appsInOrder(of: phone) {
            guard self.canBeSent(app), self.inFlight(app) == nil, let note = self.waiting(app) else { continue }
            if let keptUntil = self.notes[note].keptUntil, keptUntil <= now {
                self.notes[note].fate = .expired(.timePassed)
            } else {
                ready.append(note)
            }
        }
        for note in ready {
            let storage: StorageFlags = note == ready.last ? [.fromStorage, .lastFromStorage] : [.fromStorage]
            self.notes[note].fate = .inFlight
            self.sent.append(Sent(id: self.notes[note].id, phone: phone, storage: storage))
        }
        if ready.isEmpty, !self.phones[phone].wasTold { self.told.append(phone) }
        self.phones[phone].wasTold = true
    }

    mutating func acknowledge(_ id: NotificationID, by phone: Int, at now: Instant) {
        for app in self.appsInOrder(of: phone) {
            guard let flying = self.inFlight(app), self.notes[flying].id == id else { continue }
            self.notes[flying].fate = .delivered
            guard let next = self.waiting(app) else { return }
            if self.canBeSent(app) {
                if let keptUntil = self.notes[next].keptUntil, keptUntil <= now {
                    self.notes[next].fate = .expired(.timePassed)
                } else {
                    self.notes[next].fate = .inFlight
                    self.sent.append(Sent(id: self.notes[next].id, phone: phone, storage: []))
                }
            } else if let fate = self.expiryFate(next, at: now) {
                self.notes[next].fate = fate
            }
            return
        }
    }

    mutating func disconnect(_ phone: Int, at now: Instant) {
        guard self.phones[phone].isConnected else { return }
        self.phones[phone].isConnected = false
        self.phones[phone].classes = nil
        for app in self.appsInOrder(of: phone) {
            if let note = self.waiting(app), let fate = self.expiryFate(note, at: now) { self.notes[note].fate = fate }
            guard let flying = self.inFlight(app) else { continue }
            if let newer = self.waiting(app) {
                self.notes[flying].fate = .coalesced(by: self.notes[newer].id)
            } else if self.apps[app].removedAt != nil {
                self.notes[flying].fate = .undeliverable(.appRemoved)
            } else {
                self.notes[flying].fate = self.expiryFate(flying, at: now) ?? .stored(.connectionLost)
            }
        }
    }

    mutating func expire(at now: Instant) {
        for app in self.apps.indices {
            guard let note = self.waiting(app), let keptUntil = self.notes[note].keptUntil, keptUntil <= now else {
                continue
            }
            self.notes[note].fate = .expired(.timePassed)
        }
    }

    mutating func removeApp(_ app: Int, at now: Instant) {
        guard self.apps[app].removedAt == nil else { return }
        self.apps[app].removedAt = now
        if let note = self.waiting(app) { self.notes[note].fate = .undeliverable(.appRemoved) }
    }

    /// - Returns: `nil`: the token is another device's.
    mutating func install(_ topic: UInt8, on phone: Int, token: UInt8) -> Int? {
        if let holder = self.app(token: token, topics: [topic], environment: self.phones[phone].environment) {
            guard self.apps[holder].phone == phone else { return nil }
            self.apps[holder].removedAt = nil
            return holder
        }
        if let current = self.appsInOrder(of: phone).first(where: { self.apps[$0].topic == topic }) {
            self.apps[current].token = token
            self.apps[current].removedAt = nil
            return current
        }
        self.apps.append(App(phone: phone, topic: topic, token: token))
        return self.apps.count - 1
    }

    mutating func forgetApps(of phone: Int, _ reason: Fate.UndeliverableReason) {
        for app in self.appsInOrder(of: phone) {
            if let note = self.inFlight(app) { self.notes[note].fate = .undeliverable(reason) }
            if let note = self.waiting(app) { self.notes[note].fate = .undeliverable(reason) }
            self.apps[app].isGone = true
        }
    }

    mutating func forgetNotes(of topic: UInt8) {
        for note in self.notes.indices where self.apps[self.notes[note].app].topic == topic {
            switch self.notes[note].fate {
            case .inFlight, .stored: self.notes[note].isForgotten = true
            default: break
            }
        }
    }
}
