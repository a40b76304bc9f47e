import NIOCore

extension ByteBuffer {
    /// Lets go of the read buffer, which TLS fills again for the next read, and keeps what is unread of it, the beginning
    /// of a frame or message, in a buffer of its own. A read buffer may be many times as large.
    mutating func keepUnread() {
        guard self.readableBytes > 0 else {
            self = ByteBuffer()
            return
        }
        guard self.readerIndex > 0 || self.storageCapacity / 4 > max(self.readableBytes, 64) else { return }
        var rest = ByteBuffer()
        rest.writeBuffer(&self)
        self = rest
    }
}
