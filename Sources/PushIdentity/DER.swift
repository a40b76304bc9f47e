/// The small part of the Distinguished Encoding Rules (X.690) that certificate extensions need.
enum DER {
    enum Tag {
        static let boolean: UInt8 = 0x01
        static let integer: UInt8 = 0x02
        static let bitString: UInt8 = 0x03
        static let octetString: UInt8 = 0x04
        static let objectIdentifier: UInt8 = 0x06
        static let utf8String: UInt8 = 0x0C
        static let printableString: UInt8 = 0x13
        static let ia5String: UInt8 = 0x16
        static let sequence: UInt8 = 0x30
        /// A primitive member numbered by its place in the ASN.1 definition.
        static func context(_ number: UInt8) -> UInt8 { 0x80 | number }
    }

    static func value(_ tag: UInt8, _ content: some Collection<UInt8>) -> [UInt8] {
        [tag] + Self.length(content.count) + content
    }

    static func sequence(_ members: [[UInt8]]) -> [UInt8] {
        Self.value(Tag.sequence, members.flatMap(\.self))
    }

    static func utf8String(_ text: String) -> [UInt8] {
        Self.value(Tag.utf8String, text.utf8)
    }

    /// - Parameter text: an object identifier in dotted form, of at least two arcs.
    static func objectIdentifier(_ text: String) -> [UInt8] {
        let arcs = text.split(separator: ".").compactMap { UInt64($0) }
        precondition(arcs.count >= 2, "an object identifier has at least two arcs")
        let content = ([arcs[0] * 40 + arcs[1]] + arcs.dropFirst(2)).flatMap { arc in
            var groups = [UInt8(arc & 0x7F)]
            var rest = arc >> 7
            while rest > 0 {
                groups.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            return Array(groups.reversed())
        }
        return Self.value(Tag.objectIdentifier, content)
    }

    private static func length(_ count: Int) -> [UInt8] {
        guard count >= 0x80 else { return [UInt8(count)] }
        var bytes: [UInt8] = []
        var rest = count
        while rest > 0 {
            bytes.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(bytes.count)] + bytes
    }
}

/// Walks over encoded values one after the other; foreign bytes can at most make it stop.
struct DERReader {
    struct Element {
        var tag: UInt8
        var content: ArraySlice<UInt8>
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.rest = bytes
    }

    init(_ bytes: [UInt8]) {
        self.rest = bytes[...]
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    /// - Returns: `nil` at the end, and where a length says more than there is.
    mutating func next() -> Element? {
        var cursor = self.rest
        guard let tag = cursor.popFirst(), let first = cursor.popFirst() else { return nil }
        var count = Int(first)
        if first >= 0x80 {
            // A certificate extension never needs more than three bytes of length; zero would be BER.
            guard 1...3 ~= first & 0x7F else { return nil }
            count = 0
            for _ in 0..<(first & 0x7F) {
                guard let byte = cursor.popFirst() else { return nil }
                count = count << 8 | Int(byte)
            }
        }
        guard cursor.count >= count else { return nil }
        self.rest = cursor.dropFirst(count)
        return Element(tag: tag, content: cursor.prefix(count))
    }

    /// The members of the value if it is a SEQUENCE, otherwise `nil`.
    mutating func enterSequence() -> DERReader? {
        guard let element = self.next(), element.tag == DER.Tag.sequence else { return nil }
        return DERReader(element.content)
    }
}
