import NIOCore
import PushTransport

extension Channel {
    /// Ends an accepted connection with RST, from the socket's side of TLS.
    func reset() { self.reset(beneath: AlertRewriter.self) }
}
