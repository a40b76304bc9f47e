package import NIOCore

/// The one thing a gateway ever says to a provider: six bytes, then it closes (Apple, Binary Provider API).
///
///     08  status  identifier (4, as received)
package struct ErrorPacket: Hashable, Sendable {
    package static let command: UInt8 = 8
    package static let byteCount = 6

    /// Kept as a byte, so that a fault may send any.
    package var status: UInt8
    package var identifier: UInt32

    package init(status: UInt8, identifier: UInt32) {
        self.status = status
        self.identifier = identifier
    }

    package init(status: ErrorStatus, identifier: UInt32) {
        self.init(status: status.rawValue, identifier: identifier)
    }

    package func write(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(Self.command, self.status, self.identifier)
    }

    /// Reads one packet; `nil` until six bytes are there, or when the first is not 8.
    package init?(readingFrom buffer: inout ByteBuffer) {
        var cursor = buffer
        guard let (command, status, identifier) = cursor.readMultipleIntegers(as: (UInt8, UInt8, UInt32).self),
            command == Self.command
        else { return nil }
        buffer = cursor
        self.init(status: status, identifier: identifier)
    }
}
