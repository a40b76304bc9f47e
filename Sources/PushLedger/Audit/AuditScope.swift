import PushVocabulary

/// What an audit is about.
struct AuditScope {
    private let ledger: Ledger
    private let topic: Topic?
    private let topicNumber: LedgerTopic?
    private let environment: Environment?

    init(ledger: Ledger, topic: Topic?, environment: Environment?) {
        self.ledger = ledger
        self.topic = topic
        // A topic the ledger never heard of is that of no notification.
        self.topicNumber = topic.map { ledger.names.known($0) ?? LedgerTopic(index: -1) }
        self.environment = environment
    }

    func contains(_ topic: LedgerTopic, _ environment: Environment) -> Bool {
        (self.topicNumber ?? topic) == topic && (self.environment ?? environment) == environment
    }

    /// A provider's connection that no reset has made a thing of the past.
    func contains(_ connection: ConnectionEntry) -> Bool {
        connection.service != .courier
            && (self.environment ?? connection.environment) == connection.environment
            && (self.topic.map { connection.topics.contains($0) } ?? true)
            && self.isNew(connection.id.rawValue, connection.topics, \.connections)
    }

    /// A reading that no reset has made a thing of the past.
    func contains(_ read: FeedbackRead) -> Bool {
        (self.environment ?? read.environment) == read.environment
            && (self.topic.map { read.topics.contains($0) } ?? true)
            && self.isNew(read.number, read.topics, \.reads)
    }

    /// - Parameter topics: at least one of them must have seen no reset since.
    func isNew(_ number: Int, _ topics: [Topic], _ mark: KeyPath<Ledger.ResetMark, Int>) -> Bool {
        guard number > self.ledger.resetMark[keyPath: mark] else { return false }
        return topics.isEmpty
            || topics.contains { topic in
                self.ledger.names.known(topic).flatMap { self.ledger.resetMarksByTopic[$0] }
                    .map { number > $0[keyPath: mark] } ?? true
            }
    }
}
