import PushBroker
import PushVocabulary

/// Plays one random history to the broker and to the oracle, and complains of the first difference.
struct ModelRun {
    struct Difference: Error, CustomStringConvertible {
        let seed: UInt64
        let step: Int
        let history: [Step]
        let what: String

        var description: String {
            "seed \(self.seed), step \(self.step): \(self.what)\n"
                + self.history.map { "  \($0)" }.joined(separator: "\n")
        }
    }

    private let seed: UInt64
    private var schedule: RandomSchedule
    private var oracle = Oracle()
    private var broker = Broker()
    private var now = Scene.start
    private var phoneIDs: [DeviceID] = []
    private var appIDs: [AppID] = []
    /// Fates as the effects told them.
    private var fates: [NotificationID: Fate] = [:]
    private var keptUntil: [NotificationID: Instant] = [:]
    private var lastID: UInt64 = 0
    private var history: [Step] = []
    /// Of the latest step; all of them are in `effects`.
    private var latest: [BrokerEffect] = []
    private(set) var effects: [BrokerEffect] = []

    init(seed: UInt64) {
        self.seed = seed
        self.schedule = RandomSchedule(seed: seed)
        for topic in RandomSchedule.topics { _ = self.broker.topic(Scene.hash(topic)) }
    }

    /// - Throws: `Difference`.
    mutating func play(steps: Int) throws {
        try self.playBeginning()
        for _ in 0..<steps {
            self.now = self.now + self.schedule.pause()
            try self.play(self.schedule.next(self.oracle))
        }
        try self.playEnd()
    }

    /// Three phones with apps, two of them connected.
    private mutating func playBeginning() throws {
        let classes = Dictionary(uniqueKeysWithValues: RandomSchedule.topics.map { ($0, TopicClass.enabled) })
        for (phone, environment) in [Environment.sandbox, .sandbox, .production].enumerated() {
            try self.play(.addPhone(environment))
            try self.play(.install(1, on: phone, token: UInt8(1 + phone)))
            try self.play(.install(2, on: phone, token: UInt8(4 + phone)))
            if phone == 0 { continue }
            try self.play(.connect(phone))
            try self.play(.filter(phone, classes))
        }
    }

    /// Everybody comes back, everything is enabled and acknowledged: then nothing may be left.
    private mutating func playEnd() throws {
        let classes = Dictionary(uniqueKeysWithValues: RandomSchedule.topics.map { ($0, TopicClass.enabled) })
        for phone in self.oracle.phones.indices where !self.oracle.phones[phone].isGone {
            try self.play(.disconnect(phone))
            try self.play(.connect(phone))
            try self.play(.filter(phone, classes))
        }
        while let note = self.oracle.notes.first(where: { $0.fate == .inFlight && !$0.isForgotten }) {
            try self.play(.acknowledge(note.id, by: self.oracle.apps[note.app].phone))
        }
        let open = self.oracle.notes.filter { note in
            if case .stored = note.fate { return !note.isForgotten }
            return false
        }
        guard open.isEmpty else { throw self.difference("left at the end: \(open)") }
    }

    private mutating func play(_ step: Step) throws {
        self.history.append(step)
        self.oracle.sent = []
        self.oracle.told = []
        self.latest = []
        try self.apply(step)
        self.effects += self.latest
        try self.compareEffects()
        try self.compareState()
    }

    private func difference(_ what: String) -> Difference {
        Difference(seed: self.seed, step: self.history.count, history: self.history, what: what)
    }

    // MARK: - Doing

    private mutating func apply(_ step: Step) throws {
        switch step {
        case .push(let token, let topics, let environment, let expiry):
            try self.push(token, topics, environment, expiry)
        case .acknowledge(let id, let phone):
            self.oracle.acknowledge(id, by: phone, at: self.now)
            self.broker.acknowledged(by: self.phoneIDs[phone], at: self.now, effects: &self.latest) { $0 == id }
        case .expire:
            self.oracle.expire(at: self.now)
            self.broker.expire(at: self.now, effects: &self.latest)
        case .removeApp(let app):
            self.oracle.removeApp(app, at: self.now)
            self.broker.appRemoved(self.appIDs[app], at: self.now, effects: &self.latest)
        case .install(let topic, let phone, let token):
            try self.install(topic, phone, token)
        case .readFeedback(let topics, let environment):
            try self.readFeedback(topics, environment)
        case .reset(let topic):
            self.oracle.forgetNotes(of: topic)
            self.broker.forgetNotifications(of: self.topicID(topic))
        case .connect, .filter, .disconnect:
            self.applyToConnection(step)
        case .removePhone, .addPhone, .changeBaseToken:
            self.applyToPhone(step)
        }
    }

    private mutating func applyToConnection(_ step: Step) {
        switch step {
        case .connect(let phone) where !self.oracle.phones[phone].isConnected:
            self.oracle.connect(phone)
            self.broker.connected(self.phoneIDs[phone])
        case .filter(let phone, let classes):
            self.oracle.filter(phone, classes, at: self.now)
            let lists = Dictionary(uniqueKeysWithValues: classes.map { (Scene.hash($0.key), $0.value) })
            self.broker.filtered(self.phoneIDs[phone], lists, at: self.now, effects: &self.latest)
        case .disconnect(let phone):
            self.oracle.disconnect(phone, at: self.now)
            self.broker.disconnected(self.phoneIDs[phone], at: self.now, effects: &self.latest)
        default: break
        }
    }

    private mutating func applyToPhone(_ step: Step) {
        switch step {
        case .removePhone(let phone):
            self.oracle.forgetApps(of: phone, .deviceRemoved)
            self.oracle.phones[phone].isGone = true
            self.broker.removeDevice(self.phoneIDs[phone], effects: &self.latest)
        case .addPhone(let environment):
            let name = "phone-\(self.phoneIDs.count)"
            self.oracle.phones.append(Oracle.Phone(name: name, environment: environment))
            let token = Scene.token(UInt8(truncatingIfNeeded: self.phoneIDs.count))
            self.phoneIDs.append(self.broker.addDevice(named: name, environment: environment, baseToken: token))
        case .changeBaseToken(let phone):
            self.oracle.forgetApps(of: phone, .tokenVoid)
            let token = Scene.token(UInt8(truncatingIfNeeded: 128 + self.history.count % 128))
            if self.broker.baseToken(of: self.phoneIDs[phone]) == token { return }
            self.broker.setBaseToken(token, of: self.phoneIDs[phone], at: self.now, effects: &self.latest)
        default: break
        }
    }

    private mutating func push(_ token: UInt8, _ topics: [UInt8], _ environment: Environment, _ expiry: Int64?) throws {
        let expected = self.oracle.app(token: token, topics: topics, environment: environment)
        let app = self.broker.app(
            token: Scene.token(token),
            topics: topics.map { self.topicID($0) },
            environment: environment
        )
        guard app == expected.map({ self.appIDs[$0] }) else {
            throw self.difference("token \(token) addresses \(app as Any)")
        }
        guard let app, let expected else { return }
        self.lastID += 1
        let id = NotificationID(rawValue: self.lastID)
        let keptUntil = expiry.map { self.now + .seconds($0) }
        self.keptUntil[id] = keptUntil
        self.oracle.push(id, to: expected, keptUntil: keptUntil, at: self.now)
        let notification = PushNotification(
            id: id,
            content: PushContent(frame: [], payloadRange: 0..<0),
            keptUntil: keptUntil,
            wireExpiry: 0,
            priority: 10
        )
        self.broker.accept(notification, for: app, at: self.now, effects: &self.latest)
    }

    /// As the server does it: what waits for an app that is there again goes out at once.
    private mutating func install(_ topic: UInt8, _ phone: Int, _ token: UInt8) throws {
        let expected = self.oracle.install(topic, on: phone, token: token)
        let app = try? self.broker.install(
            self.topicID(topic),
            on: self.phoneIDs[phone],
            token: Scene.token(token),
            effects: &self.latest
        )
        guard (app == nil) == (expected == nil) else { throw self.difference("installed as \(app as Any)") }
        if let app, let expected {
            if expected == self.appIDs.count { self.appIDs.append(app) }
            guard self.appIDs[expected] == app else { throw self.difference("installed as another app") }
        }
        self.oracle.sendWaiting(phone, at: self.now)
        self.broker.sendStored(on: self.phoneIDs[phone], at: self.now, effects: &self.latest)
    }

    private mutating func readFeedback(_ topics: [UInt8], _ environment: Environment) throws {
        let ids = topics.map { self.topicID($0) }
        let read = self.broker.feedbackEntries(of: ids, in: environment)
        let expected = self.oracle.tuples
            .filter { topics.contains($0.topic) && $0.environment == environment }
            .sorted { ($0.since, $0.token) < ($1.since, $1.token) }
            .map { FeedbackEntry(token: Scene.token($0.token), since: $0.since) }
        guard read == expected else { throw self.difference("feedback \(read), expected \(expected)") }
        self.broker.clearFeedback(of: ids, in: environment)
        self.oracle.tuples.removeAll { topics.contains($0.topic) && $0.environment == environment }
    }

    private func topicID(_ topic: UInt8) -> TopicID {
        self.broker.knownTopic(Scene.hash(topic))!
    }

    // MARK: - Comparing

    private mutating func compareEffects() throws {
        var sent: [Oracle.Sent] = []
        var told: [DeviceID] = []
        for effect in self.latest {
            switch effect {
            case .send(let notification, let app, let device, let storage):
                let phone = self.phone(device)
                sent.append(Oracle.Sent(id: notification.id, phone: phone, storage: storage))
                try self.judge(notification, app: app, phone: phone, storage: storage)
            case .nothingStored(let device):
                told.append(device)
            case .fate(let id, let fate):
                try self.judge(id, fate)
            case .feedbackListed(let entry, let topic, let environment):
                guard self.broker.feedbackEntries(of: [topic], in: environment).contains(entry) else {
                    throw self.difference("told of a tuple that is not listed")
                }
            }
        }
        guard sent == self.oracle.sent else { throw self.difference("sent \(sent), expected \(self.oracle.sent)") }
        guard told == self.oracle.told.map({ self.phoneIDs[$0] }) else { throw self.difference("told \(told)") }
    }

    /// Invariants 4 and 5.
    private func judge(_ notification: PushNotification, app: AppID, phone: Int, storage: StorageFlags) throws {
        let waited = !storage.isEmpty || self.oracle.notes.last?.id != notification.id
        if waited, let keptUntil = notification.keptUntil, keptUntil <= self.now {
            throw self.difference("\(notification.id) was sent too late")
        }
        guard self.broker.device(of: app) == self.phoneIDs[phone], self.broker.isConnected(self.phoneIDs[phone]),
            self.broker.view(of: app)?.topicClass?.isDelivered == true
        else { throw self.difference("\(notification.id) was sent where it may not go") }
    }

    /// Invariant 3: each change is told once, and nothing comes after a final fate.
    private mutating func judge(_ id: NotificationID, _ fate: Fate) throws {
        switch self.fates[id] {
        case nil, .inFlight, .stored: break
        case let former?: throw self.difference("\(id) was \(former) and became \(fate)")
        }
        guard self.fates[id] != fate else { throw self.difference("\(id) became \(fate) twice") }
        self.fates[id] = fate
    }

    /// Invariants 2 and 3, and that what can be sent does not lie about.
    private func compareState() throws {
        for note in self.oracle.notes where !note.isForgotten && self.fates[note.id] != note.fate {
            throw self.difference("\(note.id) is \(self.fates[note.id] as Any), expected \(note.fate)")
        }
        for app in self.oracle.apps.indices where !self.oracle.apps[app].isGone {
            guard let view = self.broker.view(of: self.appIDs[app]) else { throw self.difference("app \(app) is gone") }
            let expected = (self.oracle.inFlight(app), self.oracle.waiting(app))
            guard view.inFlight == expected.0.map({ self.oracle.notes[$0].id }),
                view.pending == expected.1.map({ self.oracle.notes[$0].id }),
                view.removedAt == self.oracle.apps[app].removedAt
            else { throw self.difference("app \(app) is \(view)") }
            if view.pending != nil, view.inFlight == nil, view.topicClass?.isDelivered == true {
                throw self.difference("app \(app) could be sent what waits")
            }
            if let pending = view.pending, let keptUntil = self.keptUntil[pending] {
                guard let deadline = self.broker.nextDeadline, deadline <= keptUntil else {
                    throw self.difference("nobody will expire \(pending)")
                }
            }
        }
        guard self.oracle.phones.filter({ !$0.isGone }).count == self.broker.deviceViews.count else {
            throw self.difference("the devices are \(self.broker.deviceViews)")
        }
    }

    /// Numbers of forgotten devices are given out again: the youngest holder counts.
    private func phone(_ id: DeviceID) -> Int {
        self.phoneIDs.lastIndex(of: id) ?? -1
    }
}
