import MockProvider
import NIOCore

extension ProviderConnection {
    /// Ends the connection from this side first. A close of both sides at once would wait for TLS's shutdown timeout,
    /// because under half-closure the peer's close_notify no longer completes it.
    func leave() async {
        self.endOutput()
        _ = await self.hear(until: .end, within: .milliseconds(500))
        await self.close()
    }
}
