/// What a payload is about, as far as its two uppermost levels tell: noted on the way by `PayloadCheck`.
package struct PayloadTraits: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// There is an `aps`.
    package static let hasAps = PayloadTraits(rawValue: 1)
    /// `aps` has a `content-available`.
    package static let isSilent = PayloadTraits(rawValue: 2)
    /// `aps` has an `alert`, a `badge` or a `sound`.
    package static let isShown = PayloadTraits(rawValue: 4)
    /// `aps.badge` is a string.
    package static let hasTextualBadge = PayloadTraits(rawValue: 8)
    /// A key is written with escapes, so that it cannot be said what is missing.
    package static let hasEscapedKeys = PayloadTraits(rawValue: 16)

    /// What a key inside `aps` says.
    ///
    /// - Parameters:
    ///   - key: without its quotes.
    ///   - value: the first byte of its value.
    init(apsKey key: UnsafeBufferPointer<UInt8>, value: UInt8?) {
        switch key.count {
        case 5 where Self.spells(key, "badge"):
            self = value == UInt8(ascii: "\"") ? [.isShown, .hasTextualBadge] : .isShown
        case 5 where Self.spells(key, "alert") || Self.spells(key, "sound"): self = .isShown
        case 17 where Self.spells(key, "content-available"): self = .isSilent
        default: self = []
        }
    }

    /// - Parameter word: ASCII, as long as `bytes`.
    static func spells(_ bytes: UnsafeBufferPointer<UInt8>, _ word: StaticString) -> Bool {
        assert(bytes.count == word.utf8CodeUnitCount, "the caller compares the lengths")
        for index in 0..<bytes.count where bytes[index] != word.utf8Start[index] { return false }
        return true
    }
}
