package import NIOCore
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
    ///
    /// - Parameter handler: the one on the socket's side of which the connection is closed: TLS, which would otherwise
    ///   say goodbye first, or what stands before it.
    package func reset<Handler: ChannelHandler>(beneath handler: Handler.Type) {
        // On its own loop this takes effect at once.
        _ = (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        guard let front = try? self.pipeline.syncOperations.context(handlerType: handler) else {
            return self.close(promise: nil)
        }
        front.close(promise: nil)
    }
}
