import NIOCore
package import PushLedger
import PushTransport
import PushVocabulary

extension BrokerHost {
    /// Ends a connection from outside.
    ///
    /// - Parameter abruptly: with RST instead of TLS's and TCP's goodbye.
    /// - Returns: whether it had a socket.
    package func endConnection(_ id: ConnectionID, abruptly: Bool) -> Bool {
        guard let channel = self.openChannels[id] else { return false }
        let end = ConnectionEnd(
            code: abruptly ? "reset-by-control" : "closed-by-control",
            sentence: "A control call \(abruptly ? "reset" : "closed") the connection."
        )
        self.ledger.closeConnection(id, .closed(by: .control, end), at: self.clock.now)
        if abruptly { channel.reset() } else { channel.close(promise: nil) }
        return true
    }
}
