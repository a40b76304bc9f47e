/// Checks that a payload is what a device can use: one JSON dictionary (RFC 8259) in UTF-8.
///
/// One pass over the bytes, no allocation: every accepted notification goes through it. UTF-16, which node-apn
/// documents as usable, is recognised by its pattern of NUL bytes and checked after conversion. Only the grammar
/// counts: a key may repeat, a number may have any size, a `\u` escape may be half of a surrogate pair.
package struct PayloadCheck {
    /// Levels of nesting; far beyond any payload of 4,096 bytes that means something.
    package static let maximumDepth = 512

    /// What was found.
    package struct Result: Hashable, Sendable {
        /// The first defect; `nil` where the payload is fine.
        package let defect: PayloadDefect?
        /// `nil` where there is a defect, and of a payload in UTF-16.
        package let traits: PayloadTraits?
    }

    /// The first defect, or `nil` where the payload is fine.
    package static func defect(in payload: some Collection<UInt8>) -> PayloadDefect? {
        let result = payload.withContiguousStorageIfAvailable { Self.examine(UnsafeRawBufferPointer($0)) }
        let certain = result ?? Array(payload).withUnsafeBytes { Self.examine($0) }
        return certain.defect
    }

    /// - Parameter payload: not kept.
    package static func examine(_ payload: UnsafeRawBufferPointer) -> Result {
        payload.withMemoryRebound(to: UInt8.self) { bytes in
            guard let order = UTF16ByteOrder(of: bytes) else { return Self.scan(bytes) }
            let defect = order.defect(in: bytes) { $0.withUnsafeBufferPointer { Self.scan($0).defect } }
            return Result(defect: defect, traits: nil)
        }
    }

    private static func scan(_ payload: UnsafeBufferPointer<UInt8>) -> Result {
        var check = PayloadCheck(bytes: payload)
        do throws(PayloadDefect) {
            try check.document()
            return Result(defect: nil, traits: check.traits)
        } catch {
            return Result(defect: error, traits: nil)
        }
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0
    private var traits = PayloadTraits()
    /// Whether what is being read stands under the uppermost level's `aps`.
    private var isInAps = false
    private var escapeCount = 0

    private init(bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    // MARK: - Grammar

    private mutating func document() throws(PayloadDefect) {
        self.skipSpace()
        guard let first = self.peek else { throw PayloadDefect(.empty, offset: 0, expected: "a dictionary") }
        let start = self.position
        try self.value()
        self.skipSpace()
        guard self.position == self.bytes.count else {
            let isNUL = self.bytes[self.position...].allSatisfy { $0 == 0 }
            throw PayloadDefect(
                isNUL ? .nulTerminated : .trailingBytes,
                offset: self.position,
                expected: "the end of the payload"
            )
        }
        guard first == UInt8(ascii: "{") else {
            throw PayloadDefect(.notADictionary, offset: start, expected: "'{'")
        }
    }

    private mutating func value() throws(PayloadDefect) {
        switch self.peek {
        case UInt8(ascii: "{"): try self.dictionary()
        case UInt8(ascii: "["): try self.array()
        case UInt8(ascii: "\""): try self.string()
        case UInt8(ascii: "t"): try self.word("true")
        case UInt8(ascii: "f"): try self.word("false")
        case UInt8(ascii: "n"): try self.word("null")
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): try self.number()
        default: throw self.unexpected("a value")
        }
    }

    private mutating func dictionary() throws(PayloadDefect) {
        try self.enter()
        self.skipSpace()
        if self.accept(UInt8(ascii: "}")) { return self.leave() }
        repeat {
            self.skipSpace()
            guard self.peek == UInt8(ascii: "\"") else { throw self.unexpected("a key in double quotes") }
            let (start, escapes) = (self.position + 1, self.escapeCount)
            try self.string()
            let key = start..<self.position - 1
            self.skipSpace()
            guard self.accept(UInt8(ascii: ":")) else { throw self.unexpected("':'") }
            self.skipSpace()
            if self.depth <= 2 { self.note(key, isEscaped: self.escapeCount > escapes) }
            try self.value()
            self.skipSpace()
        } while self.accept(UInt8(ascii: ","))
        guard self.accept(UInt8(ascii: "}")) else { throw self.unexpected("',' or '}'") }
        self.leave()
    }

    /// Notes a key of one of the two uppermost levels; its value comes next.
    private mutating func note(_ range: Range<Int>, isEscaped: Bool) {
        if isEscaped { self.traits.insert(.hasEscapedKeys) }
        let key = UnsafeBufferPointer(rebasing: self.bytes[range])
        if self.depth == 1 {
            self.isInAps = key.count == 3 && PayloadTraits.spells(key, "aps")
            if self.isInAps { self.traits.insert(.hasAps) }
        } else if self.isInAps {
            self.traits.formUnion(PayloadTraits(apsKey: key, value: self.peek))
        }
    }

    private mutating func array() throws(PayloadDefect) {
        try self.enter()
        self.skipSpace()
        if self.accept(UInt8(ascii: "]")) { return self.leave() }
        repeat {
            self.skipSpace()
            try self.value()
            self.skipSpace()
        } while self.accept(UInt8(ascii: ","))
        guard self.accept(UInt8(ascii: "]")) else { throw self.unexpected("',' or ']'") }
        self.leave()
    }

    private mutating func string() throws(PayloadDefect) {
        self.position += 1
        while true {
            self.skipPlainCharacters()
            switch self.peek {
            case UInt8(ascii: "\""):
                self.position += 1
                return
            case UInt8(ascii: "\\"): try self.escape()
            case (0x80...)?: try self.multibyteCharacter()
            case nil: throw self.unexpected("'\"' to end the string")
            default: throw self.unexpected("no control character in a string")
            }
        }
    }

    /// Most of a payload: ASCII that stands for itself. Eight bytes at a time, while there are as many.
    private mutating func skipPlainCharacters() {
        var position = self.position
        let words = UnsafeRawBufferPointer(self.bytes)
        while position + 8 <= self.bytes.count {
            let special = Self.specialBytes(in: words.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            guard special == 0 else {
                self.position = position + special.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
        while position < self.bytes.count {
            let byte = self.bytes[position]
            guard 0x20..<0x80 ~= byte, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else { break }
            position += 1
        }
        self.position = position
    }

    /// The uppermost bit of each byte, the first one lowest, that is a quote, a backslash, a control character or no ASCII. Behind the first
    /// such byte, in the order of the text, a bit may be set by mistake: a borrow runs on.
    private static func specialBytes(in text: UInt64) -> UInt64 {
        let text = text.littleEndian
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = text ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = text ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let zeros = ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
        let controls = (text &- ones &* 0x20) & ~text
        return (zeros | controls | text) & (ones &* 0x80)
    }

    private mutating func escape() throws(PayloadDefect) {
        self.position += 1
        self.escapeCount += 1
        switch self.peek {
        case UInt8(ascii: "u"):
            self.position += 1
            for _ in 0..<4 {
                guard let digit = self.peek, Self.isHexadecimal(digit) else {
                    throw self.unexpected("four hexadecimal digits")
                }
                self.position += 1
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            self.position += 1
        default: throw self.unexpected("an escape character")
        }
    }

    private mutating func multibyteCharacter() throws(PayloadDefect) {
        guard let count = self.multibyteCount else {
            throw PayloadDefect(.notUTF8, offset: self.position, expected: "UTF-8")
        }
        self.position += count
    }

    /// Bytes of the character that starts here; `nil` where it is not well-formed: an overlong form, a surrogate,
    /// something above U+10FFFF, a stray or missing continuation byte (Unicode, table 3-7).
    private var multibyteCount: Int? {
        let start = self.position
        let (count, second): (Int, ClosedRange<UInt8>)
        switch self.bytes[start] {
        case 0xC2...0xDF: (count, second) = (2, 0x80...0xBF)
        case 0xE0: (count, second) = (3, 0xA0...0xBF)
        case 0xED: (count, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: (count, second) = (3, 0x80...0xBF)
        case 0xF0: (count, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (count, second) = (4, 0x80...0xBF)
        case 0xF4: (count, second) = (4, 0x80...0x8F)
        default: return nil
        }
        guard start + count <= self.bytes.count, second.contains(self.bytes[start + 1]),
            (2..<count).allSatisfy({ 0x80...0xBF ~= self.bytes[start + $0] })
        else { return nil }
        return count
    }

    private mutating func number() throws(PayloadDefect) {
        _ = self.accept(UInt8(ascii: "-"))
        if !self.accept(UInt8(ascii: "0")) { try self.digits() }
        if self.accept(UInt8(ascii: ".")) { try self.digits() }
        if self.accept(UInt8(ascii: "e")) || self.accept(UInt8(ascii: "E")) {
            _ = self.accept(UInt8(ascii: "+")) || self.accept(UInt8(ascii: "-"))
            try self.digits()
        }
    }

    private mutating func digits() throws(PayloadDefect) {
        let start = self.position
        while let byte = self.peek, Self.isDigit(byte) { self.position += 1 }
        if self.position == start { throw self.unexpected("a digit") }
    }

    private mutating func word(_ word: StaticString) throws(PayloadDefect) {
        for index in 0..<word.utf8CodeUnitCount {
            guard self.accept(word.utf8Start[index]) else { throw self.unexpected("'\(word)'") }
        }
    }

    // MARK: - Steps

    private var peek: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func accept(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { self.position += 1 }
    }

    private mutating func enter() throws(PayloadDefect) {
        guard self.depth < Self.maximumDepth else {
            throw PayloadDefect(.nestedTooDeeply, offset: self.position, expected: "fewer levels")
        }
        self.depth += 1
        self.position += 1
    }

    private mutating func leave() { self.depth -= 1 }

    private func unexpected(_ expected: String) -> PayloadDefect {
        if let byte = self.peek, byte >= 0x80, self.multibyteCount == nil {
            return PayloadDefect(.notUTF8, offset: self.position, expected: "UTF-8")
        }
        return PayloadDefect(.syntax, offset: self.position, expected: expected)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
