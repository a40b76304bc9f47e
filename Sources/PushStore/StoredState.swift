package import PushBroker
package import PushLedger

/// Something small that is kept in one piece and in its owner's own words.
package struct StateDocument: Hashable, Sendable {
    /// What it is about, such as `fault-rules`.
    package var kind: String
    /// Which one of its kind.
    package var key: String
    /// `nil`: it is gone.
    package var body: String?

    package init(kind: String, key: String = "", body: String?) {
        self.kind = kind
        self.key = key
        self.body = body
    }
}

/// All that a state file holds, as rows.
struct StoredRows {
    var broker = BrokerState()
    var ledger = LedgerState()
    var documents: [StateDocument] = []
}

/// What one transaction writes.
package struct StateChanges: Sendable {
    package var broker: BrokerChanges
    package var ledger: LedgerChanges
    package var documents: [StateDocument]

    package init(broker: BrokerChanges, ledger: LedgerChanges, documents: [StateDocument]) {
        self.broker = broker
        self.ledger = ledger
        self.documents = documents
    }
}
