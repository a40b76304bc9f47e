import PushBroker
package import PushIdentity
package import PushLedger
package import PushVocabulary

/// Who is at the other end of a provider's connection, looked up once when its certificate is known.
package struct ProviderContext: Sendable {
    struct AddressedTopic: Sendable {
        var broker: TopicID
        var ledger: LedgerTopic
        var name: Topic
    }

    package let connection: ConnectionID
    package let environment: Environment
    package let kind: IdentityKind?
    /// The topics of the certificate; a token is valid if registered for any of them.
    let topics: [AddressedTopic]
    let topicIDs: [TopicID]
    let topicNames: [Topic]

    init(connection: ConnectionID, environment: Environment, kind: IdentityKind?, topics: [AddressedTopic]) {
        self.connection = connection
        self.environment = environment
        self.kind = kind
        self.topics = topics
        self.topicIDs = topics.map(\.broker)
        self.topicNames = topics.map(\.name)
    }

    /// What an unknown token is booked under: the certificate's first topic.
    var defaultTopic: LedgerTopic { self.topics.first?.ledger ?? .none }

    func ledgerTopic(for topic: TopicID?) -> LedgerTopic {
        self.topics.first { $0.broker == topic }?.ledger ?? self.defaultTopic
    }
}
