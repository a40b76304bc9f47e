/// How a notification stood on its provider's connection.
package struct WireFacts: Hashable, Sendable {
    /// The frame's first byte: 0, 1 or 2.
    package var command: UInt8
    /// `nil`: the format has none, or the frame left it out.
    package var identifier: UInt32?
    /// As written, UNIX seconds.
    package var expiry: UInt32?
    package var priority: UInt8?
    /// Where the frame begins in its connection's stream, in bytes.
    package var offset: UInt64
    /// The whole frame, in bytes.
    package var length: Int

    package init(
        command: UInt8,
        identifier: UInt32? = nil,
        expiry: UInt32? = nil,
        priority: UInt8? = nil,
        offset: UInt64,
        length: Int
    ) {
        self.command = command
        self.identifier = identifier
        self.expiry = expiry
        self.priority = priority
        self.offset = offset
        self.length = length
    }
}
