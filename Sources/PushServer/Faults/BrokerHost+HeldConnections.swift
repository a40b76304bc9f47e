package import PushLedger
package import PushVocabulary

/// Connections that a fault rule holds up, or will end in its own time. The rule may be gone; what it set off is not, and
/// would reach into whatever test runs then.
extension BrokerHost {
    /// Notes that a rule holds a connection up.
    ///
    /// - Parameter end: ends it at once, and has nothing more taken from it.
    func hold(_ connection: ConnectionID, end: @escaping () -> Void) { self.heldConnections[connection] = end }

    /// The connection goes on as if nothing had been, or is gone.
    func release(_ connection: ConnectionID) { self.heldConnections[connection] = nil }

    /// Ends the connections that fault rules hold up, and with them what was held back: frames that were not judged are
    /// not, answers are not sent.
    ///
    /// - Parameter topic: only those of this topic; `nil`: all.
    /// - Returns: how many there were.
    package func dropHeldConnections(of topic: Topic?) -> Int {
        let dropped = self.heldConnections.filter { id, _ in
            topic.map { self.ledger.connection(id)?.topics.contains($0) ?? false } ?? true
        }
        let end = ConnectionEnd(
            code: "dropped-by-reset",
            sentence: "A reset ended the connection, which a fault rule was holding up."
        )
        for (id, endConnection) in dropped.sorted(by: { $0.key < $1.key }) {
            self.heldConnections[id] = nil
            self.ledger.closeConnection(id, .closed(by: .control, end), at: self.clock.now)
            endConnection()
        }
        return dropped.count
    }
}
