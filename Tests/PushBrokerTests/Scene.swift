import PushBroker
import PushVocabulary

/// A broker with a clock that a test moves, and what came out of the latest step in few words.
struct Scene {
    /// An effect without the bytes.
    enum Seen: Hashable {
        case sent(NotificationID, StorageFlags = [])
        case fate(NotificationID, Fate)
        case nothingStored(DeviceID)
        case listed(DeviceToken, since: Instant, Environment)
    }

    static let start = Instant(unixSeconds: 1_400_000_000)

    var broker = Broker()
    var now = Scene.start
    private var lastID: UInt64 = 0

    // MARK: - Making things known

    mutating func topic(_ number: UInt8, named name: Topic? = nil) -> TopicID {
        self.broker.topic(Self.hash(number), name: name)
    }

    mutating func phone(_ name: String = "phone", in environment: Environment = .sandbox, token: UInt8 = 200)
        -> DeviceID
    {
        self.broker.addDevice(named: name, environment: environment, baseToken: Self.token(token))
    }

    mutating func install(_ topic: TopicID, on phone: DeviceID, token: UInt8) throws -> AppID {
        var effects: [BrokerEffect] = []
        return try self.broker.install(topic, on: phone, token: Self.token(token), effects: &effects)
    }

    /// A connected phone that has asked for this one app's notifications.
    mutating func phoneWithApp(in environment: Environment = .sandbox) throws -> (phone: DeviceID, app: AppID) {
        let phone = self.phone(in: environment)
        let app = try self.install(self.topic(1), on: phone, token: 1)
        _ = self.connect(phone, [1: .enabled])
        return (phone, app)
    }

    // MARK: - Steps

    /// - Parameters:
    ///   - expiry: seconds from now; `nil`: not to be stored.
    ///   - heldBack: so many seconds, for the sake of the device's power.
    mutating func push(to app: AppID, expiry: Int64? = 3_600, heldBack: Int64? = nil) -> [Seen] {
        self.lastID += 1
        let notification = PushNotification(
            id: NotificationID(rawValue: self.lastID),
            content: PushContent(frame: [0x7B, 0x7D], payloadRange: 0..<2),
            keptUntil: expiry.map { self.now + .seconds($0) },
            wireExpiry: 0,
            priority: heldBack == nil ? 10 : 5,
            notBefore: heldBack.map { self.now + .seconds($0) }
        )
        return self.seen { $0.accept(notification, for: app, at: $1, effects: &$2) }
    }

    mutating func connect(_ phone: DeviceID, _ classes: [UInt8: TopicClass]) -> [Seen] {
        self.broker.connected(phone)
        return self.filter(phone, classes)
    }

    mutating func filter(_ phone: DeviceID, _ classes: [UInt8: TopicClass]) -> [Seen] {
        let lists = Dictionary(uniqueKeysWithValues: classes.map { (Self.hash($0.key), $0.value) })
        return self.seen { $0.filtered(phone, lists, at: $1, effects: &$2) }
    }

    mutating func disconnect(_ phone: DeviceID) -> [Seen] {
        self.seen { $0.disconnected(phone, at: $1, effects: &$2) }
    }

    mutating func acknowledge(_ id: NotificationID, by phone: DeviceID) -> [Seen] {
        self.seen { $0.acknowledged(by: phone, at: $1, effects: &$2, where: { $0 == id }) }
    }

    mutating func remove(_ app: AppID) -> [Seen] {
        self.seen { $0.appRemoved(app, at: $1, effects: &$2) }
    }

    mutating func remove(_ phone: DeviceID) -> [Seen] {
        self.seen { broker, _, effects in broker.removeDevice(phone, effects: &effects) }
    }

    mutating func advance(_ seconds: Int64) -> [Seen] {
        self.now = self.now + .seconds(seconds)
        return self.seen { $0.expire(at: $1, effects: &$2) }
    }

    mutating func feedback(of topic: TopicID, in environment: Environment = .sandbox) -> [FeedbackEntry] {
        let entries = self.broker.feedbackEntries(of: [topic], in: environment)
        self.broker.clearFeedback(of: [topic], in: environment)
        return entries
    }

    private mutating func seen(_ step: (inout Broker, Instant, inout [BrokerEffect]) -> Void) -> [Seen] {
        var effects: [BrokerEffect] = []
        step(&self.broker, self.now, &effects)
        return effects.map { effect in
            switch effect {
            case .send(let notification, _, _, let storage): .sent(notification.id, storage)
            case .fate(let id, let fate): .fate(id, fate)
            case .nothingStored(let device): .nothingStored(device)
            case .feedbackListed(let entry, _, let environment):
                .listed(entry.token, since: entry.since, environment)
            }
        }
    }

    // MARK: - Samples

    static func token(_ filler: UInt8) -> DeviceToken { DeviceToken([UInt8](repeating: filler, count: 32))! }
    static func hash(_ filler: UInt8) -> TopicHash { TopicHash([UInt8](repeating: filler, count: 20))! }
}

extension NotificationID: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: UInt64) {
        self.init(rawValue: number)
    }
}
