import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

extension Channel {
    /// Ends the connection with RST: no close_notify, no FIN, and what the peer has not read yet is lost.
    ///
    /// Call it on the channel's event loop.
    func reset() {
        // On its own loop this takes effect at once.
        _ = (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        // From the socket's side of TLS, which would otherwise say goodbye first.
        guard let front = try? self.pipeline.syncOperations.context(handlerType: AlertRewriter.self) else {
            return self.close(promise: nil)
        }
        front.close(promise: nil)
    }
}
