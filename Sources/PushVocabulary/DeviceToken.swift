/// The bytes by which a provider addresses one app on one device in one environment.
///
/// Real tokens always had 32 bytes; the last edition of Apple's guide allows up to 100, so other sizes can be
/// registered. Thirty-two bytes or fewer are kept inline: such a token allocates nothing.
package struct DeviceToken: Hashable, Sendable, CustomStringConvertible {
    package static let usualByteCount = 32
    package static let maximumByteCount = 100

    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private var tail: [UInt8] = []
    /// One byte, behind everything else: a record that holds a token has room for a few small fields in what is left of
    /// its last eight.
    private let size: UInt8

    package var count: Int { Int(self.size) }

    /// - Parameter bytes: 1 to 100 bytes, otherwise `nil`.
    package init?(_ bytes: some Collection<UInt8>) {
        let token: DeviceToken?? = bytes.withContiguousStorageIfAvailable { DeviceToken(UnsafeRawBufferPointer($0)) }
        if let token {
            guard let token else { return nil }
            self = token
        } else {
            guard let token = Array(bytes).withUnsafeBytes({ DeviceToken($0) }) else { return nil }
            self = token
        }
    }

    /// - Parameter bytes: 1 to 100 bytes, otherwise `nil`.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        guard 1...Self.maximumByteCount ~= bytes.count else { return nil }
        self.size = UInt8(bytes.count)
        let inline = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.usualByteCount))
        withUnsafeMutableBytes(of: &self.words) { $0.copyMemory(from: inline) }
        if bytes.count > Self.usualByteCount { self.tail = Array(bytes.dropFirst(Self.usualByteCount)) }
    }

    /// - Parameter text: 2 to 200 hexadecimal digits in either case, otherwise `nil`.
    package init?(hexadecimal text: some StringProtocol) {
        guard let bytes = Hexadecimal.bytes(from: text) else { return nil }
        self.init(bytes)
    }

    package var bytes: [UInt8] { self.withBytes { Array($0) } }

    /// Calls `body` with the token's bytes in one piece, without allocating.
    ///
    /// - Parameter body: must not let the pointer escape.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: self.words) { inline in
            guard self.count > Self.usualByteCount else {
                return try body(UnsafeRawBufferPointer(rebasing: inline.prefix(self.count)))
            }
            return try withUnsafeTemporaryAllocation(byteCount: self.count, alignment: 1) { whole in
                whole.copyMemory(from: inline)
                self.tail.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(rebasing: whole.dropFirst(inline.count)).copyMemory(from: $0)
                }
                return try body(UnsafeRawBufferPointer(whole))
            }
        }
    }

    package var hexadecimal: String { Hexadecimal.string(from: self.bytes) }
    package var description: String { self.hexadecimal }

    package static func == (left: DeviceToken, right: DeviceToken) -> Bool {
        left.words == right.words && left.size == right.size
            && (left.count <= Self.usualByteCount || left.tail == right.tail)
    }

    /// A number that depends on every bit of the token and of `seed`, the same in every run. Many times quicker than a
    /// `Hasher`, which guards against keys that are chosen to collide: no stranger chooses what is registered here.
    package func mixed(with seed: UInt64) -> UInt64 {
        var mixed = Self.fold(seed ^ self.words.0 ^ 0x9E37_79B9_7F4A_7C15, self.words.1 ^ 0xD1B5_4A32_D192_ED03)
        mixed = Self.fold(mixed ^ self.words.2, self.words.3 ^ 0xE703_7ED1_A0B4_28DB)
        for byte in self.tail { mixed = Self.fold(mixed ^ UInt64(byte), 0x8EBC_6AF0_9C88_C6E3) }
        return Self.fold(mixed ^ UInt64(self.size), 0x5899_65CC_7537_4CC3)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(self.words.0)
        hasher.combine(self.words.1)
        hasher.combine(self.words.2)
        hasher.combine(self.words.3)
        if !self.tail.isEmpty { hasher.combine(self.tail) }
    }
}

// MARK: - Kept

extension DeviceToken: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let token = DeviceToken(hexadecimal: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "2 to 200 hexadecimal digits")
        }
        self = token
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.hexadecimal)
    }
}
