package import PushBroker
package import PushLedger

/// A state file that was found good: what it holds, and the writer that goes on with it.
package struct OpenedState: Sendable {
    package let writer: StateWriter
    package let broker: Broker
    package let ledger: Ledger
    package let documents: [StateDocument]
    /// Nothing was ever kept there.
    package let isNew: Bool

    /// Opens a state file, or makes one.
    ///
    /// - Throws: `StateFileError`; the file is then as it was.
    package init(path: String, limits: LedgerLimits = LedgerLimits()) throws(StateFileError) {
        let file = try StateFile(path: path)
        let loaded = try file.load(limits: limits)
        self.broker = loaded.broker
        self.ledger = loaded.ledger
        self.documents = loaded.documents
        self.isNew = loaded.isNew
        self.writer = StateWriter(file)
    }
}
