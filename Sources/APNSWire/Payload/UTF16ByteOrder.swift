/// A payload in UTF-16: JSON starts with an ASCII character, so one of its first two bytes is 0, or they are a byte
/// order mark.
enum UTF16ByteOrder {
    case bigEndian
    case littleEndian

    /// `nil` where the payload is not UTF-16.
    init?(of payload: UnsafeBufferPointer<UInt8>) {
        guard payload.count >= 4 else { return nil }
        switch (payload[0], payload[1]) {
        case (0xFE, 0xFF): self = .bigEndian
        case (0xFF, 0xFE): self = .littleEndian
        case (0, 1...): self = .bigEndian
        case (1..., 0): self = .littleEndian
        default: return nil
        }
    }

    /// What `scan` says about the payload's text as UTF-8, with its offset translated to bytes of the payload.
    func defect(in payload: UnsafeBufferPointer<UInt8>, scan: ([UInt8]) -> PayloadDefect?) -> PayloadDefect? {
        let (utf8, origins) = self.utf8(from: payload)
        guard let defect = scan(utf8) else { return nil }
        return PayloadDefect(
            defect.kind,
            offset: defect.offset < origins.count ? origins[defect.offset] : payload.count,
            expected: defect.kind == .notUTF8 ? "UTF-16" : defect.expected
        )
    }

    /// The text as UTF-8, and of each of its bytes the offset where its character stands in the payload.
    ///
    /// The text ends at a character that is cut or half a surrogate pair; FF stands for it, a byte that no UTF-8 has.
    private func utf8(from payload: UnsafeBufferPointer<UInt8>) -> (text: [UInt8], origins: [Int]) {
        var text: [UInt8] = []
        var origins: [Int] = []
        var offset = self.unit(at: 0, in: payload) == 0xFEFF ? 2 : 0
        while offset < payload.count {
            guard let character = self.character(at: offset, in: payload) else {
                text.append(0xFF)
                origins.append(offset)
                break
            }
            text.append(contentsOf: character.utf8)
            origins.append(contentsOf: repeatElement(offset, count: character.utf8.count))
            offset += 2 * character.utf16.count
        }
        return (text, origins)
    }

    /// `nil` where the payload ends within the character or a surrogate stands alone.
    private func character(at offset: Int, in payload: UnsafeBufferPointer<UInt8>) -> Unicode.Scalar? {
        guard let first = self.unit(at: offset, in: payload) else { return nil }
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
        guard let second = self.unit(at: offset + 2, in: payload), UTF16.isTrailSurrogate(second) else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + UInt32(second) - 0xDC00)
    }

    private func unit(at offset: Int, in payload: UnsafeBufferPointer<UInt8>) -> UInt16? {
        guard offset + 1 < payload.count else { return nil }
        let (first, second) = (UInt16(payload[offset]), UInt16(payload[offset + 1]))
        return switch self {
        case .bigEndian: first << 8 | second
        case .littleEndian: second << 8 | first
        }
    }
}
