package import NIOCore

/// One end of a stream of bytes between two parties, whatever carries it: TLS over TCP, or memory.
///
/// Confined to one event loop. It holds its owner until the stream has ended.
package protocol ByteLink: AnyObject {
    /// Sends bytes at once. What is written before the stream stands leaves when it does; what is written after the
    /// end is dropped.
    func write(_ bytes: ByteBuffer)
    /// Ends the stream in good order: what was written before arrives, then the end.
    func close()
    /// Ends the stream without a goodbye; what is on its way may be lost.
    func reset()
    /// Whether bytes of the other side are taken in. A link in memory has no buffers to fill, and goes on regardless.
    func setReading(_ reads: Bool)
}

/// Who uses one end of a stream. Called on the event loop, never from within a call to the link.
package protocol ByteLinkOwner: AnyObject {
    /// The stream stands, the handshake included.
    func linkOpened()
    func linkReceived(_ bytes: ByteBuffer)
    /// The stream is gone, or could not be made. Called exactly once, as the last of all.
    func linkEnded(reason: String)
}
