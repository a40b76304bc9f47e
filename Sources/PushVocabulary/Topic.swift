/// An app's name to the service: its bundle identifier, taken from the provider's certificate.
package struct Topic: Hashable, Sendable, Codable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    package init(stringLiteral name: String) {
        self.name = name
    }

    package var description: String { self.name }
}

/// The SHA-1 of a topic's name, 20 bytes: how the courier protocol names a topic on the wire.
package struct TopicHash: Hashable, Sendable, CustomStringConvertible {
    package static let byteCount = 20

    private let high: UInt64
    private let middle: UInt64
    private let low: UInt32

    /// - Parameter bytes: exactly 20 bytes, otherwise `nil`.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount, let hash = Array(bytes).withUnsafeBytes({ TopicHash($0) })
        else { return nil }
        self = hash
    }

    /// - Parameter bytes: exactly 20 bytes, otherwise `nil`.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        self.middle = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        self.low = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    package var bytes: [UInt8] { self.withBytes { Array($0) } }

    /// Calls `body` with the twenty bytes, without allocating.
    ///
    /// - Parameter body: must not let the pointer escape.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: (self.high.bigEndian, self.middle.bigEndian, self.low.bigEndian), body)
    }

    package var description: String { Hexadecimal.string(from: self.bytes) }
}
