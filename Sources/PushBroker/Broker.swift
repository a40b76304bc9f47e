import HeapModule
package import PushVocabulary

/// The service's rules: which notification goes to which device, waits in its slot, or comes to nothing.
///
/// 1. Nothing here waits, logs or reads a clock: time is the `now` of each call. Same calls, same effects.
/// 2. A slot holds at most one pending notification and at most one in flight; a newer pending one replaces an older.
/// 3. Every accepted notification has one fate at any time, told by a `.fate` effect whenever it changes.
/// 4. Nothing that waited is sent after its time, and nothing to a device whose Filter does not cover the topic.
///    A notification that comes with its time already past has its one attempt.
/// 5. Environments never mix: a token, a device and a feedback list belong to exactly one.
///
///     accept ──▶ pending ◀──connection lost──┐
///        │          │ device reachable       │
///        └──────────┴──────▶ in flight ──────┴──acknowledged──▶ delivered
package struct Broker: Sendable {
    /// There may be a million of them: fields stand so that they fill each other's gaps.
    struct Device {
        let name: String
        /// The lists of the connection's latest Filter; `nil` before the first.
        var filter: [FilteredTopic]?
        /// The first of the device's apps, in the order in which they were installed; `nextOnDevice` leads on.
        var firstApp: AppID?
        var baseToken: DeviceToken
        let environment: Environment
        var isConnected = false
        /// Whether it ever was.
        var hasConnected = false
        var wasToldNothingStored = false

        init(name: String, environment: Environment, baseToken: DeviceToken) {
            self.name = name
            self.environment = environment
            self.baseToken = baseToken
        }
    }

    /// One line of a Filter. There are few: a device goes through them, which takes less room than a table would.
    struct FilteredTopic {
        let hash: TopicHash
        let topicClass: TopicClass
    }

    /// There may be a million of them, too. Nothing in it is counted by reference, so that a look at one field costs no
    /// more than the look; the token is therefore in `tokens`.
    struct App {
        /// Why the device takes nothing for this app; `nil`: it does. Follows from the device's connection and Filter,
        /// and is kept here because every notification asks for it.
        var obstacle: Fate.StoredReason? = .deviceAway
        /// The device's, kept here for the same reason.
        let environment: Environment
        let topic: TopicID
        let device: DeviceID
        var slot: Int32 = App.noSlot
        var nextOnDevice: AppID?
        var removedAt: Instant?
        /// The time of the app's entry among the deadlines that counts.
        var watchedUntil = App.unwatched

        static let noSlot: Int32 = -1
        static let unwatched = Instant(nanosecondsSinceEpoch: .max)

        init(topic: TopicID, device: DeviceID, environment: Environment) {
            self.topic = topic
            self.device = device
            self.environment = environment
        }
    }

    struct Slot {
        var inFlight: PushNotification?
        var pending: PushNotification?
        var isEmpty: Bool { self.inFlight == nil && self.pending == nil }
    }

    struct TopicRecord {
        var hash: TopicHash
        var name: Topic?
    }

    /// When to look whether what waits for an app has waited too long.
    struct Deadline: Comparable {
        var time: Instant
        var app: AppID

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.time, left.app.index) < (right.time, right.app.index)
        }
    }

    /// When a notification that is held back is to be sent.
    struct Release: Comparable {
        var time: Instant
        var app: AppID
        var notification: NotificationID

        static func < (left: Release, right: Release) -> Bool {
            (left.time, left.notification) < (right.time, right.notification)
        }
    }

    var topics: [TopicRecord] = []
    var topicsByHash: [TopicHash: TopicID] = [:]

    var devices: [Device?] = []
    var vacantDevices: [DeviceID] = []
    var devicesByName = NumberIndex()
    /// By base token and environment.
    var devicesByToken = NumberIndex()

    var apps: [App?] = []
    /// By the number of the app; what stands under a vacant number means nothing.
    var tokens: [DeviceToken] = []
    var vacantApps: [AppID] = []
    /// By token, topic and environment.
    var appsByAddress = NumberIndex()

    var slots: [Slot] = []
    var vacantSlots: [Int32] = []
    var deadlines = Heap<Deadline>()
    /// Apps with an entry among the deadlines that counts.
    var watchedAppCount = 0
    var releases = Heap<Release>()
    /// From which number on `releases` is looked through for those of notifications long gone.
    var maximumReleases = 64

    var feedback = FeedbackLists()

    /// What differs from what was last taken by `takeChanges`; `nil`: nobody asks.
    var marks: BrokerMarks?

    package init() {}

    // MARK: - Topics

    /// The number of a topic, given on first sight. A device names topics by hash only: the name may come later.
    package mutating func topic(_ hash: TopicHash, name: Topic? = nil) -> TopicID {
        if let known = self.topicsByHash[hash] {
            if let name, self.topics[Int(known.index)].name != name {
                self.topics[Int(known.index)].name = name
                self.marks?.topics.insert(known)
            }
            return known
        }
        let id = TopicID(index: Int32(self.topics.count))
        self.topics.append(TopicRecord(hash: hash, name: name))
        self.topicsByHash[hash] = id
        self.marks?.topics.insert(id)
        return id
    }

    package func knownTopic(_ hash: TopicHash) -> TopicID? { self.topicsByHash[hash] }
    package func hash(of topic: TopicID) -> TopicHash { self.topics[Int(topic.index)].hash }
    package func name(of topic: TopicID) -> Topic? { self.topics[Int(topic.index)].name }

    // MARK: - Devices

    /// Makes a device known. Its name is made unique by a number where it is taken.
    package mutating func addDevice(named name: String, environment: Environment, baseToken: DeviceToken) -> DeviceID {
        var unique = name
        var number = 2
        while self.device(named: unique) != nil {
            unique = "\(name)-\(number)"
            number += 1
        }
        let device = Device(name: unique, environment: environment, baseToken: baseToken)
        let id: DeviceID
        if let vacant = self.vacantDevices.popLast() {
            id = vacant
            self.devices[Int(id.index)] = device
        } else {
            id = DeviceID(index: Int32(self.devices.count))
            self.devices.append(device)
        }
        self.enter(id)
        self.marks?.devices.insert(id)
        return id
    }

    /// Makes a device that is there found by its name and base token. The name must be no other device's.
    mutating func enter(_ id: DeviceID) {
        guard let device = self.devices[Int(id.index)] else { return }
        self.devicesByName.insert(id.index, hash: Self.hash(ofName: device.name))
        self.enterBaseToken(of: id)
    }

    package func device(named name: String) -> DeviceID? {
        self.devicesByName.number(hash: Self.hash(ofName: name)) { self.devices[Int($0)]?.name == name }
            .map { DeviceID(index: $0) }
    }

    package func device(baseToken: DeviceToken, environment: Environment) -> DeviceID? {
        self.devicesByToken.number(hash: Self.hash(of: baseToken, in: environment)) {
            guard let device = self.devices[Int($0)] else { return false }
            return device.baseToken == baseToken && device.environment == environment
        }
        .map { DeviceID(index: $0) }
    }

    /// Should another device have the same token, that one is not found by it from now on.
    private mutating func enterBaseToken(of id: DeviceID) {
        guard let device = self.devices[Int(id.index)] else { return }
        let hash = Self.hash(of: device.baseToken, in: device.environment)
        if let former = self.device(baseToken: device.baseToken, environment: device.environment) {
            self.devicesByToken.remove(former.index, hash: hash)
        }
        self.devicesByToken.insert(id.index, hash: hash)
    }

    /// Gives a device a new base token; its per-app tokens are then no longer valid, as in reality.
    package mutating func setBaseToken(
        _ token: DeviceToken,
        of device: DeviceID,
        at now: Instant,
        effects: inout [BrokerEffect]
    ) {
        guard let record = self.devices[Int(device.index)], record.baseToken != token else { return }
        for app in self.apps(on: device) { self.forget(app, reason: .tokenVoid, effects: &effects) }
        self.devicesByToken.remove(device.index, hash: Self.hash(of: record.baseToken, in: record.environment))
        self.devices[Int(device.index)]?.baseToken = token
        self.enterBaseToken(of: device)
        self.devices[Int(device.index)]?.firstApp = nil
        self.marks?.devices.insert(device)
    }

    /// Forgets a device and its tokens; what waited for it is undeliverable. Its tokens are unknown from now on.
    package mutating func removeDevice(_ device: DeviceID, effects: inout [BrokerEffect]) {
        guard let record = self.devices[Int(device.index)] else { return }
        for app in self.apps(on: device) { self.forget(app, reason: .deviceRemoved, effects: &effects) }
        self.devicesByName.remove(device.index, hash: Self.hash(ofName: record.name))
        self.devicesByToken.remove(device.index, hash: Self.hash(of: record.baseToken, in: record.environment))
        self.devices[Int(device.index)] = nil
        self.vacantDevices.append(device)
        self.marks?.devices.insert(device)
    }

    private mutating func forget(_ app: AppID, reason: Fate.UndeliverableReason, effects: inout [BrokerEffect]) {
        guard let record = self.apps[Int(app.index)] else { return }
        self.emptySlot(of: app, fate: .undeliverable(reason), includingInFlight: true, effects: &effects)
        self.leaveAddress(of: app)
        self.unwatch(app)
        self.apps[Int(app.index)] = nil
        self.vacantApps.append(app)
        self.marks?.apps.insert(app)
    }

    // MARK: - Apps

    package enum InstallError: Error, Hashable {
        /// The token already addresses this topic on another device of the same environment.
        case tokenTaken(by: DeviceID)
    }

    /// Registers an app on a device under `token`. Installing it again, also after a removal, is the same app; with
    /// another token, the old one becomes unknown (a token changes after a restore, TN2265).
    ///
    /// - Throws: `InstallError.tokenTaken`.
    @discardableResult
    package mutating func install(
        _ topic: TopicID,
        on device: DeviceID,
        token: DeviceToken,
        effects: inout [BrokerEffect]
    ) throws(InstallError) -> AppID {
        let environment = self.environment(of: device)
        if let holder = self.app(token: token, topics: [topic], environment: environment),
            let record = self.apps[Int(holder.index)]
        {
            guard record.device == device else { throw .tokenTaken(by: record.device) }
            if record.removedAt != nil { self.marks?.apps.insert(holder) }
            self.apps[Int(holder.index)]?.removedAt = nil
            return holder
        }
        if let current = self.app(topic, on: device) {
            self.leaveAddress(of: current)
            self.tokens[Int(current.index)] = token
            self.apps[Int(current.index)]?.removedAt = nil
            self.enterAddress(of: current)
            self.marks?.apps.insert(current)
            return current
        }
        let app = App(topic: topic, device: device, environment: environment)
        let id: AppID
        if let vacant = self.vacantApps.popLast() {
            id = vacant
            self.apps[Int(id.index)] = app
            self.tokens[Int(id.index)] = token
        } else {
            id = AppID(index: Int32(self.apps.count))
            self.apps.append(app)
            self.tokens.append(token)
        }
        self.enter(id)
        self.marks?.apps.insert(id)
        self.updateObstacle(to: id)
        return id
    }

    /// Makes an app that is there found by its address, and the last one of its device.
    mutating func enter(_ id: AppID) {
        guard let app = self.apps[Int(id.index)] else { return }
        self.enterAddress(of: id)
        if let last = self.apps(on: app.device).last {
            self.apps[Int(last.index)]?.nextOnDevice = id
        } else {
            self.devices[Int(app.device.index)]?.firstApp = id
        }
    }

    private mutating func enterAddress(of app: AppID) {
        guard let hash = self.hash(ofAddressOf: app) else { return }
        self.appsByAddress.insert(app.index, hash: hash)
    }

    private mutating func leaveAddress(of app: AppID) {
        guard let hash = self.hash(ofAddressOf: app) else { return }
        self.appsByAddress.remove(app.index, hash: hash)
    }

    private func hash(ofAddressOf app: AppID) -> UInt64? {
        guard let record = self.apps[Int(app.index)] else { return nil }
        return Self.hash(of: self.tokens[Int(app.index)], topic: record.topic, in: record.environment)
    }

    /// The app a provider addresses: `token` registered for any of `topics` in this environment.
    package func app(token: DeviceToken, topics: [TopicID], environment: Environment) -> AppID? {
        for topic in topics {
            let found = self.appsByAddress.number(hash: Self.hash(of: token, topic: topic, in: environment)) {
                guard let app = self.apps[Int($0)], app.topic == topic, app.environment == environment else {
                    return false
                }
                return self.tokens[Int($0)] == token
            }
            if let found { return AppID(index: found) }
        }
        return nil
    }

    /// The app with this topic on a device, installed or removed.
    package func app(_ topic: TopicID, on device: DeviceID) -> AppID? {
        var next = self.devices[Int(device.index)]?.firstApp
        while let app = next, let record = self.apps[Int(app.index)] {
            if record.topic == topic { return app }
            next = record.nextOnDevice
        }
        return nil
    }

    /// In the order in which they were installed.
    func apps(on device: DeviceID) -> [AppID] {
        var apps: [AppID] = []
        var next = self.devices[Int(device.index)]?.firstApp
        while let app = next {
            apps.append(app)
            next = self.apps[Int(app.index)]?.nextOnDevice
        }
        return apps
    }

    func environment(of device: DeviceID) -> Environment {
        guard let record = self.devices[Int(device.index)] else { preconditionFailure("a forgotten device was used") }
        return record.environment
    }

    // MARK: - Hashes

    static func hash(of token: DeviceToken, topic: TopicID, in environment: Environment) -> UInt64 {
        token.mixed(with: UInt64(UInt32(bitPattern: topic.index)) << 1 | (environment == .production ? 1 : 0))
    }

    static func hash(of baseToken: DeviceToken, in environment: Environment) -> UInt64 {
        baseToken.mixed(with: environment == .production ? 1 : 0)
    }

    static func hash(ofName name: String) -> UInt64 { UInt64(truncatingIfNeeded: name.hashValue) }
}
