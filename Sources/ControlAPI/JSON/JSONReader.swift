/// Why a text is no JSON, and where.
package struct JSONDefect: Error, Hashable, Sendable, CustomStringConvertible {
    /// In bytes, from 0.
    package let offset: Int
    package let problem: String

    package var description: String { "\(self.problem) at byte \(self.offset)" }
}

/// Reads one JSON text (RFC 8259) in UTF-8.
package struct JSONReader {
    /// Levels of nesting; enough for what anybody means, and no burden on the stack.
    package static let maximumDepth = 128

    private let bytes: [UInt8]
    private let refusesRepeatedNames: Bool
    private var position = 0
    private var depth = 0

    private init(_ bytes: [UInt8], refusesRepeatedNames: Bool) {
        self.bytes = bytes
        self.refusesRepeatedNames = refusesRepeatedNames
    }

    /// - Parameter refusesRepeatedNames: whether a member that stands in an object twice is a defect.
    /// - Throws: `JSONDefect`, also for half of a surrogate pair, which no UTF-8 can hold.
    package static func value(
        of bytes: some Collection<UInt8>,
        refusesRepeatedNames: Bool = false
    ) throws(JSONDefect) -> JSONValue {
        var reader = JSONReader(Array(bytes), refusesRepeatedNames: refusesRepeatedNames)
        reader.skipSpace()
        let value = try reader.value()
        reader.skipSpace()
        guard reader.position == reader.bytes.count else { throw reader.defect("more text behind the value") }
        return value
    }

    // MARK: - Grammar

    private mutating func value() throws(JSONDefect) -> JSONValue {
        switch self.peek {
        case UInt8(ascii: "{"): return try self.nested { reader throws(JSONDefect) in try reader.object() }
        case UInt8(ascii: "["): return try self.nested { reader throws(JSONDefect) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try self.string())
        case UInt8(ascii: "t"): return try self.word("true", .bool(true))
        case UInt8(ascii: "f"): return try self.word("false", .bool(false))
        case UInt8(ascii: "n"): return try self.word("null", .null)
        case nil: throw self.defect("the text ends where a value is expected")
        default: return try self.number()
        }
    }

    private mutating func nested(
        _ body: (inout JSONReader) throws(JSONDefect) -> JSONValue
    ) throws(JSONDefect) -> JSONValue {
        guard self.depth < Self.maximumDepth else { throw self.defect("more than \(Self.maximumDepth) levels") }
        self.depth += 1
        self.position += 1
        self.skipSpace()
        let value = try body(&self)
        self.depth -= 1
        return value
    }

    private mutating func object() throws(JSONDefect) -> JSONValue {
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        if self.accept(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            self.skipSpace()
            let start = self.position
            guard self.peek == UInt8(ascii: "\"") else { throw self.defect("no name in double quotes") }
            let name = try self.string()
            if self.refusesRepeatedNames, !names.insert(name).inserted {
                throw JSONDefect(offset: start, problem: "the name \"\(name)\" for the second time")
            }
            self.skipSpace()
            guard self.accept(UInt8(ascii: ":")) else { throw self.defect("no ':' behind a name") }
            self.skipSpace()
            members.append(JSONValue.Member(name, try self.value()))
            self.skipSpace()
        } while self.accept(UInt8(ascii: ","))
        guard self.accept(UInt8(ascii: "}")) else { throw self.defect("neither ',' nor '}' behind a member") }
        return .object(members)
    }

    private mutating func array() throws(JSONDefect) -> JSONValue {
        var elements: [JSONValue] = []
        if self.accept(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            self.skipSpace()
            elements.append(try self.value())
            self.skipSpace()
        } while self.accept(UInt8(ascii: ","))
        guard self.accept(UInt8(ascii: "]")) else { throw self.defect("neither ',' nor ']' behind an element") }
        return .array(elements)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONDefect) -> JSONValue {
        guard self.bytes[self.position...].starts(with: word.utf8) else { throw self.defect("no value") }
        self.position += word.utf8.count
        return value
    }

    private mutating func number() throws(JSONDefect) -> JSONValue {
        let start = self.position
        _ = self.accept(UInt8(ascii: "-"))
        if !self.accept(UInt8(ascii: "0")) {
            guard self.skipDigits() > 0 else { throw self.defect("no value") }
        }
        if self.accept(UInt8(ascii: ".")) {
            guard self.skipDigits() > 0 else { throw self.defect("no digit behind the decimal point") }
        }
        if self.accept(UInt8(ascii: "e")) || self.accept(UInt8(ascii: "E")) {
            if !self.accept(UInt8(ascii: "+")) { _ = self.accept(UInt8(ascii: "-")) }
            guard self.skipDigits() > 0 else { throw self.defect("no digit in the exponent") }
        }
        return .number(String(decoding: self.bytes[start..<self.position], as: UTF8.self))
    }

    private mutating func skipDigits() -> Int {
        let start = self.position
        while let byte = self.peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { self.position += 1 }
        return self.position - start
    }

    // MARK: - Strings

    private mutating func string() throws(JSONDefect) -> String {
        let start = self.position
        self.position += 1
        var text: [UInt8] = []
        while let byte = self.peek {
            self.position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw JSONDefect(offset: start, problem: "a string that is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): try self.escape(to: &text)
            case 0..<0x20:
                self.position -= 1
                throw self.defect("a control character in a string")
            default: text.append(byte)
            }
        }
        throw self.defect("a string without an end")
    }

    private mutating func escape(to text: inout [UInt8]) throws(JSONDefect) {
        let start = self.position - 1
        let byte = self.peek
        self.position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(self.bytes[self.position - 1])
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let unit = self.codeUnit(), let scalar = self.scalar(beginningWith: unit) else {
                throw JSONDefect(offset: start, problem: "no character behind \\u")
            }
            text += Array(String(Character(scalar)).utf8)
        default: throw JSONDefect(offset: start, problem: "an unknown escape")
        }
    }

    private mutating func scalar(beginningWith unit: UInt16) -> Unicode.Scalar? {
        guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
        guard self.accept(UInt8(ascii: "\\")), self.accept(UInt8(ascii: "u")), let trail = self.codeUnit(),
            UTF16.isTrailSurrogate(trail)
        else { return nil }
        return Unicode.Scalar(0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(trail & 0x3FF)))
    }

    private mutating func codeUnit() -> UInt16? {
        guard self.position + 4 <= self.bytes.count else { return nil }
        var unit: UInt16 = 0
        for byte in self.bytes[self.position..<self.position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        self.position += 4
        return unit
    }

    // MARK: - Bytes

    private var peek: UInt8? { self.position < self.bytes.count ? self.bytes[self.position] : nil }

    private mutating func accept(_ byte: UInt8) -> Bool {
        guard self.peek == byte else { return false }
        self.position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { self.position += 1 }
    }

    private func defect(_ problem: String) -> JSONDefect { JSONDefect(offset: self.position, problem: problem) }
}
