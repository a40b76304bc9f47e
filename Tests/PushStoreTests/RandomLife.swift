import PushBroker
import PushLedger
import PushStore
import PushVocabulary

/// A broker and a ledger that live through random things together, as the service has them, from one seed.
struct RandomLife {
    static let start = Instant(unixSeconds: 1_400_000_000)

    var broker: Broker
    var ledger: Ledger
    var now = RandomLife.start
    private var random: SeededGenerator
    private var effects: [BrokerEffect] = []
    private var deviceCount = 0
    private var unanswered: [NotificationID] = []

    init(seed: UInt64, limits: LedgerLimits) {
        self.random = SeededGenerator(seed: seed)
        self.broker = Broker()
        self.ledger = Ledger(limits: limits, firstEpoch: 7)
    }

    mutating func begin() {
        self.broker.beginNotingChanges()
        self.ledger.beginNotingChanges()
    }

    mutating func takeChanges() -> StateChanges {
        StateChanges(broker: self.broker.takeChanges(), ledger: self.ledger.takeChanges(), documents: [])
    }

    /// One thing happens, and is settled.
    mutating func step() {
        self.now = self.now + .seconds(Int64.random(in: 0...5, using: &self.random))
        let devices = self.broker.deviceViews
        guard let device = devices.randomElement(using: &self.random) else { return self.addDevice() }
        switch Int.random(in: 0..<100, using: &self.random) {
        case 0..<45: self.push(device)
        case 45..<58: self.acknowledge(device)
        case 58..<66: self.connect(device)
        case 66..<72: self.broker.disconnected(device.id, at: self.now, effects: &self.effects)
        case 72..<80: self.install(on: device)
        case 80..<85: self.removeApp(of: device)
        case 85..<88: self.addDevice()
        case 88..<90: self.broker.removeDevice(device.id, effects: &self.effects)
        case 90..<92: self.broker.setBaseToken(self.token(), of: device.id, at: self.now, effects: &self.effects)
        case 92..<95: self.readFeedback(device)
        case 95..<97: self.broker.expire(at: self.now, effects: &self.effects)
        case 97: self.forgetSome()
        case 98: self.resetTopic()
        default: if Int.random(in: 0..<4, using: &self.random) == 0 { self.resetAll() }
        }
        self.settle()
    }

    /// The process ends and the service goes on, as it does after every restart.
    mutating func resume() {
        self.broker.resume(at: self.now, effects: &self.effects)
        self.settle()
    }

    private mutating func settle() {
        // The error packet may be written later, and never is for some.
        if let refused = self.unanswered.last, Bool.random(using: &self.random) {
            self.unanswered.removeLast()
            if Bool.random(using: &self.random) { self.ledger.markAnswered(refused) }
        }
        for effect in self.effects {
            if case .fate(let id, let fate) = effect { self.ledger.setFate(fate, of: id, at: self.now) }
        }
        self.effects = []
    }

    // MARK: - What happens

    private static let topics = (1...4).map { Topic("com.example.app\($0)") }

    private static func hash(_ topic: Topic) -> TopicHash {
        let number = UInt8(truncatingIfNeeded: topic.name.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
        return TopicHash([UInt8](repeating: number, count: TopicHash.byteCount))!
    }

    private mutating func token() -> DeviceToken {
        let isLong = Int.random(in: 0..<10, using: &self.random) == 0
        return DeviceToken(self.random.bytes(isLong ? 100 : 32))!
    }

    private mutating func addDevice() {
        self.deviceCount += 1
        let environment: Environment = Bool.random(using: &self.random) ? .sandbox : .production
        _ = self.broker.addDevice(named: "phone \(self.deviceCount)", environment: environment, baseToken: self.token())
    }

    private mutating func install(on device: DeviceView) {
        let topic = Self.topics.randomElement(using: &self.random)!
        // A device names a topic by its hash only.
        let name = Bool.random(using: &self.random) ? topic : nil
        let id = self.broker.topic(Self.hash(topic), name: name)
        _ = try? self.broker.install(id, on: device.id, token: self.token(), effects: &self.effects)
    }

    private mutating func removeApp(of device: DeviceView) {
        guard let app = device.apps.randomElement(using: &self.random),
            let topic = self.broker.knownTopic(app.topicHash),
            let id = self.broker.app(topic, on: device.id)
        else { return }
        self.broker.appRemoved(id, at: self.now, effects: &self.effects)
    }

    private mutating func connect(_ device: DeviceView) {
        self.broker.disconnected(device.id, at: self.now, effects: &self.effects)
        self.broker.connected(device.id)
        let lists = Dictionary(uniqueKeysWithValues: device.apps.map { ($0.topicHash, TopicClass.enabled) })
        self.broker.filtered(device.id, lists, at: self.now, effects: &self.effects)
    }

    private mutating func acknowledge(_ device: DeviceView) {
        let flying = device.apps.compactMap(\.inFlight).randomElement(using: &self.random)
        self.broker.acknowledged(by: device.id, at: self.now, effects: &self.effects) { $0 == flying }
    }

    private mutating func readFeedback(_ device: DeviceView) {
        guard let app = device.apps.first, let topic = self.broker.knownTopic(app.topicHash) else { return }
        self.broker.clearFeedback(of: [topic], in: device.environment)
    }

    private mutating func resetTopic() {
        let topic = Self.topics.randomElement(using: &self.random)!
        if let id = self.broker.knownTopic(Self.hash(topic)) { self.broker.forgetNotifications(of: id) }
        _ = self.ledger.reset(topic: topic)
    }

    /// Some of a topic are forgotten, not all.
    private mutating func forgetSome() {
        let kept = self.ledger.notifications(limit: .max).items
        var filter = NotificationFilter(verdict: Bool.random(using: &self.random) ? .rejected : .accepted)
        filter.token = kept.compactMap(\.token).randomElement(using: &self.random)
        _ = self.ledger.forget(matching: filter)
    }

    private mutating func resetAll() {
        self.broker.forgetNotifications(of: nil)
        _ = self.ledger.reset(topic: nil)
    }

    private mutating func push(_ device: DeviceView) {
        let app = device.apps.randomElement(using: &self.random)
        let topic = Self.topics.randomElement(using: &self.random)!
        let count = Int.random(in: 1...400, using: &self.random)
        let frame = self.random.bytes(count)
        let start = Int.random(in: 0...count, using: &self.random)
        let content = PushContent(frame: frame, payloadRange: start..<count)
        let verdict = self.verdict(isKnown: app != nil)
        let expiry = UInt32.random(in: 0...1, using: &self.random) * 1_400_000_060
        let number = Int.random(in: 0..<20, using: &self.random) == 0 ? .none : self.ledger.topic(app?.topic ?? topic)
        var received = ReceivedNotification(
            receivedAt: self.now + .nanoseconds(Int64(count)),
            clockAt: self.now,
            environment: device.environment,
            topic: number,
            device: app == nil ? .none : self.ledger.device(named: device.name),
            token: app?.token,
            unusualToken: app == nil ? self.random.bytes(101) : [],
            verdict: verdict,
            connection: ConnectionID(rawValue: 1),
            content: content,
            wire: WireFacts(command: 2, expiry: expiry, priority: 5, offset: .max - 3, length: count)
        )
        if Bool.random(using: &self.random) { received.wire.identifier = .max }
        let id = self.ledger.append(received)
        if Int.random(in: 0..<6, using: &self.random) == 0 { self.ledger.attach("odd: ünïcode \(count)", to: id) }
        if verdict.kind == .rejected { self.unanswered.append(id) }
        guard verdict == .accepted else { return }
        guard let app, let topicID = self.broker.knownTopic(app.topicHash),
            let appID = self.broker.app(topicID, on: device.id)
        else {
            self.effects.append(.fate(id, .lost(rule: "rule \(count % 3)")))
            return
        }
        let keptUntil = expiry == 0 ? nil : self.now + .seconds(Int64.random(in: 1...60, using: &self.random))
        let notification = PushNotification(
            id: id,
            content: content,
            keptUntil: keptUntil,
            wireExpiry: expiry,
            priority: 5
        )
        self.broker.accept(notification, for: appID, at: self.now, effects: &self.effects)
    }

    private mutating func verdict(isKnown: Bool) -> Verdict {
        switch Int.random(in: 0..<10, using: &self.random) {
        case 0: .rejected(status: 8)
        case 1: .discarded(causedBy: Bool.random(using: &self.random) ? NotificationID(rawValue: 1) : nil)
        default: .accepted
        }
    }
}
