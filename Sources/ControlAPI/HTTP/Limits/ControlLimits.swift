/// How much its callers may take of the control API, whatever they do.
package struct ControlLimits: Hashable, Sendable {
    /// Connections that may be open. One more takes the place of the one that has been waiting longest.
    package var maximumConnections = 256
    /// Bytes of a request's body. What takes a whole state takes 64 times as many.
    package var maximumBodySize = 1 << 20
    /// Bytes of a request's first line and headers.
    package var maximumHeaderSize = 32 << 10
    /// How long a request may take to arrive, a connection to be without one, an answer to be left unread. Real time.
    package var timeout: Duration = .seconds(60)

    /// Header fields of a request.
    static let maximumHeaderCount = 100

    package init() {}
}
