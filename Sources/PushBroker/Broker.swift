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
    struct Device {
        var name: String
        var environment: Environment
        var baseToken: DeviceToken
        var isConnected = false
        /// Whether it ever was.
        var hasConnected = false
        /// The lists of the connection's latest Filter; `nil` before the first.
        var filter: [TopicHash: TopicClass]?
        var wasToldNothingStored = false
        var apps: [AppID] = []
    }

    struct App {
        var token: DeviceToken
        var topic: TopicID
        var device: DeviceID
        var slot: Int32 = App.noSlot
        var removedAt: Instant?
        /// Why the device takes nothing for this app; `nil`: it does. Follows from the device's connection and Filter,
        /// and is kept here because every notification asks for it.
        var obstacle: Fate.StoredReason? = .deviceAway

        static let noSlot: Int32 = -1
    }

    struct Slot {
        var inFlight: PushNotification?
        var pending: PushNotification?
        var isEmpty: Bool { self.inFlight == nil && self.pending == nil }
    }

    struct Address: Hashable {
        var token: DeviceToken
        var topic: TopicID
        var environment: Environment
    }

    struct TopicRecord {
        var hash: TopicHash
        var name: Topic?
    }

    struct Deadline: Comparable {
        var expiry: Instant
        var app: AppID
        var notification: NotificationID

        static func < (left: Deadline, right: Deadline) -> Bool {
            (left.expiry, left.notification) < (right.expiry, right.notification)
        }
    }

    var topics: [TopicRecord] = []
    var topicsByHash: [TopicHash: TopicID] = [:]

    var devices: [Device?] = []
    var vacantDevices: [DeviceID] = []
    var devicesByName: [String: DeviceID] = [:]
    var devicesByBaseToken: [Environment: [DeviceToken: DeviceID]] = [:]

    var apps: [App?] = []
    var vacantApps: [AppID] = []
    var appsByAddress: [Address: AppID] = [:]

    var slots: [Slot] = []
    var vacantSlots: [Int32] = []
    var pendingWithDeadline = 0
    var deadlines = Heap<Deadline>()
    /// When what is held back is sent.
    var releases = Heap<Deadline>()
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
        while self.devicesByName[unique] != nil {
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
        self.devicesByName[unique] = id
        self.devicesByBaseToken[environment, default: [:]][baseToken] = id
        self.marks?.devices.insert(id)
        return id
    }

    package func device(named name: String) -> DeviceID? { self.devicesByName[name] }

    package func device(baseToken: DeviceToken, environment: Environment) -> DeviceID? {
        self.devicesByBaseToken[environment]?[baseToken]
    }

    /// Gives a device a new base token; its per-app tokens are then no longer valid, as in reality.
    package mutating func setBaseToken(
        _ token: DeviceToken,
        of device: DeviceID,
        at now: Instant,
        effects: inout [BrokerEffect]
    ) {
        guard let record = self.devices[Int(device.index)], record.baseToken != token else { return }
        for app in record.apps { self.forget(app, reason: .tokenVoid, effects: &effects) }
        self.devicesByBaseToken[record.environment]?[record.baseToken] = nil
        self.devicesByBaseToken[record.environment, default: [:]][token] = device
        self.devices[Int(device.index)]?.baseToken = token
        self.devices[Int(device.index)]?.apps = []
        self.marks?.devices.insert(device)
    }

    /// Forgets a device and its tokens; what waited for it is undeliverable. Its tokens are unknown from now on.
    package mutating func removeDevice(_ device: DeviceID, effects: inout [BrokerEffect]) {
        guard let record = self.devices[Int(device.index)] else { return }
        for app in record.apps { self.forget(app, reason: .deviceRemoved, effects: &effects) }
        self.devicesByName[record.name] = nil
        self.devicesByBaseToken[record.environment]?[record.baseToken] = nil
        self.devices[Int(device.index)] = nil
        self.vacantDevices.append(device)
        self.marks?.devices.insert(device)
    }

    private mutating func forget(_ app: AppID, reason: Fate.UndeliverableReason, effects: inout [BrokerEffect]) {
        guard let record = self.apps[Int(app.index)] else { return }
        self.emptySlot(of: app, fate: .undeliverable(reason), includingInFlight: true, effects: &effects)
        let environment = self.environment(of: record.device)
        self.appsByAddress[Address(token: record.token, topic: record.topic, environment: environment)] = nil
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
        let address = Address(token: token, topic: topic, environment: environment)
        if let holder = self.appsByAddress[address], let record = self.apps[Int(holder.index)] {
            guard record.device == device else { throw .tokenTaken(by: record.device) }
            if record.removedAt != nil { self.marks?.apps.insert(holder) }
            self.apps[Int(holder.index)]?.removedAt = nil
            return holder
        }
        if let current = self.app(topic, on: device), let record = self.apps[Int(current.index)] {
            self.appsByAddress[Address(token: record.token, topic: topic, environment: environment)] = nil
            self.apps[Int(current.index)]?.token = token
            self.apps[Int(current.index)]?.removedAt = nil
            self.appsByAddress[address] = current
            self.marks?.apps.insert(current)
            return current
        }
        let app = App(token: token, topic: topic, device: device)
        let id: AppID
        if let vacant = self.vacantApps.popLast() {
            id = vacant
            self.apps[Int(id.index)] = app
        } else {
            id = AppID(index: Int32(self.apps.count))
            self.apps.append(app)
        }
        self.appsByAddress[address] = id
        self.marks?.apps.insert(id)
        self.devices[Int(device.index)]?.apps.append(id)
        self.updateObstacle(to: id)
        return id
    }

    /// The app a provider addresses: `token` registered for any of `topics` in this environment.
    package func app(token: DeviceToken, topics: [TopicID], environment: Environment) -> AppID? {
        for topic in topics {
            let address = Address(token: token, topic: topic, environment: environment)
            if let app = self.appsByAddress[address] { return app }
        }
        return nil
    }

    /// The app with this topic on a device, installed or removed.
    package func app(_ topic: TopicID, on device: DeviceID) -> AppID? {
        self.devices[Int(device.index)]?.apps.first { self.apps[Int($0.index)]?.topic == topic }
    }

    func environment(of device: DeviceID) -> Environment {
        guard let record = self.devices[Int(device.index)] else { preconditionFailure("a forgotten device was used") }
        return record.environment
    }
}
