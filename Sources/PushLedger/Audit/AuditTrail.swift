import PushBroker
import PushVocabulary

/// The kept notifications in order, with small numbers for what the rules compare. Made in one pass; no order and no
/// number depends on hashing.
struct AuditTrail {
    struct Connection {
        let id: ConnectionID
        /// `nil`: pruned.
        let entry: ConnectionEntry?
    }

    /// An app on a device. A certificate's topics count as one: what was not accepted is entered under the first.
    struct Target: Hashable {
        let topicGroup: Int
        let environment: Environment
        let token: DeviceToken
    }

    private struct Message: Hashable {
        let target: Int
        let payload: ArraySlice<UInt8>

        func hash(into hasher: inout Hasher) {
            hasher.combine(self.target)
            self.payload.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    private(set) var observations: [Observation] = []
    private(set) var connections: [Connection]
    private(set) var targets: [Target: Int] = [:]
    /// By target: the topic it was first accepted under.
    private(set) var acceptedTopics: [LedgerTopic?] = []
    private(set) var messageCount = 0
    let groups: TopicGroups

    init(_ ledger: Ledger, _ scope: AuditScope) {
        self.groups = TopicGroups(ledger)
        self.connections = ledger.connectionEntries.map { Connection(id: $0.id, entry: $0) }
        var connectionNumbers = ConnectionNumbers(self.connections)
        var messages: [Message: Int] = [:]
        self.observations.reserveCapacity(ledger.records.count)
        for number in ledger.records.numbers where !ledger.records[number].isForgotten {
            let record = ledger.records[number]
            let received = record.received
            let target = received.token.map { self.target(received, $0) } ?? -1
            let content = Message(target: target, payload: received.content.payload)
            let message = target < 0 ? -1 : messages[content] ?? messages.count
            if message == messages.count { messages[content] = message }
            let connection = connectionNumbers[received.connection]
            if connection == self.connections.count {
                self.connections.append(Connection(id: received.connection, entry: nil))
            }
            self.observations.append(
                Observation(number, record, connection: connection, target: target, message: message)
            )
        }
        self.messageCount = messages.count
        self.attribute(scope)
    }

    private mutating func target(_ received: ReceivedNotification, _ token: DeviceToken) -> Int {
        let key = Target(
            topicGroup: self.groups[received.topic],
            environment: received.environment,
            token: token
        )
        let target = self.targets[key] ?? self.targets.count
        if target == self.targets.count {
            self.targets[key] = target
            self.acceptedTopics.append(nil)
        }
        if received.verdict == .accepted, self.acceptedTopics[target] == nil {
            self.acceptedTopics[target] = received.topic
        }
        return target
    }

    private mutating func attribute(_ scope: AuditScope) {
        for index in self.observations.indices {
            let seen = self.observations[index]
            if seen.verdict != .accepted, seen.target >= 0, let topic = self.acceptedTopics[seen.target] {
                self.observations[index].topic = topic
            }
            self.observations[index].isAudited = scope.contains(self.observations[index].topic, seen.environment)
        }
    }
}

extension Observation {
    fileprivate init(_ number: UInt64, _ record: NotificationRecord, connection: Int, target: Int, message: Int) {
        let received = record.received
        self.id = NotificationID(rawValue: number)
        self.at = received.clockAt
        self.receivedAt = received.receivedAt
        self.topic = received.topic
        self.environment = received.environment
        self.connection = connection
        self.target = target
        self.message = message
        self.verdict = received.verdict
        self.fate = record.fate
        self.command = received.wire.command
        self.identifier = received.wire.identifier
        self.expiry = received.wire.expiry
        self.isInjected = received.verdict != .accepted && FaultNote.isOpening(of: record.note)
    }
}

/// The index of each connection in the trail. Most notifications come on the connection of the one before.
private struct ConnectionNumbers {
    private var numbers: [ConnectionID: Int]
    private var latest: (id: ConnectionID, number: Int)?

    init(_ connections: [AuditTrail.Connection]) {
        self.numbers = [:]
        for (number, connection) in connections.enumerated() { self.numbers[connection.id] = number }
    }

    /// The next number for one not seen before.
    subscript(id: ConnectionID) -> Int {
        mutating get {
            if let latest = self.latest, latest.id == id { return latest.number }
            let number = self.numbers[id] ?? self.numbers.count
            self.numbers[id] = number
            self.latest = (id, number)
            return number
        }
    }
}

/// Topics that one certificate names belong together.
struct TopicGroups {
    private var parents: [Int]

    init(_ ledger: Ledger) {
        self.parents = Array(ledger.names.topics.indices)
        for entry in ledger.connectionEntries where entry.topics.count > 1 { self.join(entry.topics, ledger) }
        for read in ledger.feedbackReads() where read.topics.count > 1 { self.join(read.topics, ledger) }
    }

    subscript(topic: LedgerTopic) -> Int { self.root(Int(topic.index)) }

    private mutating func join(_ topics: [Topic], _ ledger: Ledger) {
        let numbers = topics.compactMap { ledger.names.known($0).map { Int($0.index) } }
        guard let first = numbers.first else { return }
        for number in numbers.dropFirst() {
            let (left, right) = (self.root(first), self.root(number))
            self.parents[max(left, right)] = min(left, right)
        }
    }

    private func root(_ number: Int) -> Int {
        var number = number
        while self.parents[number] != number { number = self.parents[number] }
        return number
    }
}
