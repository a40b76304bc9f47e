#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How much its clients may take of the service, whatever they do. Times are transport time: real, and no part of the
/// service that is emulated.
package struct ConnectionLimits: Hashable, Sendable {
    /// Connections that may be open at each port.
    package var maximumConnections = 16_384
    /// How many of them may be in their TLS handshakes. One more takes the place of the oldest.
    package var maximumHandshakes = 4_096
    /// How long a TLS handshake may take.
    package var handshakeTimeout: Duration
    /// How long a client may leave unfinished what it has begun: a frame, a message, a device's Connect, the reading of
    /// what it was told. `nil`: for ever.
    package var unfinishedTimeout: Duration?
    /// Connections that may be open at all ports together: what the process may open, less what it needs besides.
    package var maximumOpenConnections = Self.processMaximum

    package init(handshakeTimeout: Duration = .seconds(10), unfinishedTimeout: Duration? = .seconds(60)) {
        self.handshakeTimeout = handshakeTimeout
        self.unfinishedTimeout = unfinishedTimeout
    }

    /// What is not for the connections of the push ports: the control API's connections, the state file, the runtime.
    private static let ownFiles = 512

    private static var processMaximum: Int {
        let files = sysconf(Int32(_SC_OPEN_MAX))
        return files < 1 ? .max : max(files / 2, files - Self.ownFiles)
    }
}
