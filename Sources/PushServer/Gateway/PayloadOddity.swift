/// What is odd about a payload that is well-formed: taken by the gateway, and not what the provider meant.
///
/// One pass over the top level and over `aps`, without allocation, and for the usual payload not even that.
enum PayloadOddity: String, Hashable, Sendable {
    /// F: node-apn #344; management pushes have none by design.
    case noAps = "the payload has no aps: a device shows nothing"
    /// Apple calls it an error, the gateway took it (F: pushy wiki, 2014-04).
    case urgentAndSilent = "priority 10 for content-available alone: the guide asks for 5"
    /// F: dropped by the device.
    case textualBadge = "aps.badge is a string, not a number"

    /// Nearly every payload begins like this.
    private static let usual = Array(#"{"aps":{"alert":"#.utf8)

    /// - Parameters:
    ///   - payload: one JSON dictionary in UTF-8; of one in UTF-16 nothing is said.
    ///   - isUrgent: whether its frame could have asked for priority 5 and did not.
    init?(in payload: some Collection<UInt8>, isUrgent: Bool) {
        let oddity = payload.withContiguousStorageIfAvailable { Self.find(in: $0, isUrgent: isUrgent) }
        guard let oddity, let oddity else { return nil }
        self = oddity
    }

    private static func find(in bytes: UnsafeBufferPointer<UInt8>, isUrgent: Bool) -> PayloadOddity? {
        // With an alert only the badge can be odd.
        if bytes.starts(with: Self.usual), !bytes.contains(UInt8(ascii: "g")) { return nil }
        if bytes.contains(0) { return nil }
        var aps = ApsKeys()
        var walk = KeyWalk(bytes: bytes)
        walk.forEachKey { key, depth, path, value in
            if depth == 1, key.elementsEqual("aps".utf8) { aps.exists = true }
            guard depth == 2, path.elementsEqual("aps".utf8) else { return }
            if key.elementsEqual("content-available".utf8) { aps.isSilent = true }
            if ["alert", "badge", "sound"].contains(where: { key.elementsEqual($0.utf8) }) { aps.isShown = true }
            if key.elementsEqual("badge".utf8), value == UInt8(ascii: "\"") { aps.hasTextualBadge = true }
        }
        if aps.hasTextualBadge { return .textualBadge }
        // A key may be written with escapes; then it cannot be said what is missing.
        if walk.hasEscapedKeys { return nil }
        if !aps.exists { return .noAps }
        return isUrgent && aps.isSilent && !aps.isShown ? .urgentAndSilent : nil
    }

    private struct ApsKeys {
        var exists = false
        var isSilent = false
        var isShown = false
        var hasTextualBadge = false
    }
}

/// The keys of the two uppermost levels of a JSON dictionary that is known to be well-formed.
private struct KeyWalk {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var hasEscapedKeys = false

    init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    /// - Parameter visit: gets a key without its quotes, its depth from 1 up, the key of level 1 it stands under, and
    ///   the first byte of its value.
    mutating func forEachKey(
        _ visit: (Slice<UnsafeBufferPointer<UInt8>>, Int, Slice<UnsafeBufferPointer<UInt8>>, UInt8?) -> Void
    ) {
        var depth = 0
        var position = 0
        var outer = self.bytes[0..<0]
        while position < self.bytes.count {
            switch self.bytes[position] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: "\""):
                let text = self.string(at: position)
                position = text.endIndex
                guard depth <= 2, let value = self.valueStart(behind: position + 1) else { break }
                if text.contains(UInt8(ascii: "\\")) { self.hasEscapedKeys = true }
                if depth == 1 { outer = text }
                visit(text, depth, outer, self.bytes[value])
            default: break
            }
            position += 1
        }
    }

    /// What stands between the quotes, the first of which is at `start`.
    private func string(at start: Int) -> Slice<UnsafeBufferPointer<UInt8>> {
        var end = start + 1
        while end < self.bytes.count, self.bytes[end] != UInt8(ascii: "\"") {
            end += self.bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        return self.bytes[start + 1..<min(end, self.bytes.count)]
    }

    /// Where a value starts, if a colon follows: if what ended was a key.
    private func valueStart(behind position: Int) -> Int? {
        var position = position
        var hasColon = false
        while position < self.bytes.count {
            switch self.bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: break
            case UInt8(ascii: ":") where !hasColon: hasColon = true
            default: return hasColon ? position : nil
            }
            position += 1
        }
        return nil
    }
}
