import PushBroker
import PushVocabulary

/// Collects what speaks for one finding: everything counted, the first few kept.
struct Evidence {
    private let maximum: Int
    private(set) var count = 0
    private(set) var notifications: [NotificationID] = []
    private(set) var connections: [ConnectionID] = []
    private(set) var topics: [LedgerTopic] = []
    private(set) var firstAt: Instant?
    private var knownConnections: Set<ConnectionID> = []
    private var knownTopics: Set<LedgerTopic> = []

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// How many different connections it concerns.
    var connectionCount: Int { self.knownConnections.count }

    mutating func add(_ seen: Observation, of trail: AuditTrail) {
        self.count(at: seen.at)
        if self.notifications.count < self.maximum { self.notifications.append(seen.id) }
        self.note(trail.connections[seen.connection].id)
        self.note(seen.topic)
    }

    mutating func add(_ connection: ConnectionEntry, topics: [LedgerTopic]) {
        self.count(at: connection.openedAt)
        self.note(connection.id)
        for topic in topics { self.note(topic) }
    }

    private mutating func count(at instant: Instant) {
        self.count += 1
        self.firstAt = min(self.firstAt ?? instant, instant)
    }

    private mutating func note(_ connection: ConnectionID) {
        guard self.connections.last != connection, self.knownConnections.insert(connection).inserted,
            self.connections.count < self.maximum
        else { return }
        self.connections.append(connection)
    }

    private mutating func note(_ topic: LedgerTopic) {
        guard topic != .none, self.topics.last != topic, self.knownTopics.insert(topic).inserted,
            self.topics.count < self.maximum
        else { return }
        self.topics.append(topic)
    }
}
