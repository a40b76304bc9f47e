import APNSWire
import Testing

/// node-apn documents UTF-16 as usable: such payloads are checked like those in UTF-8, with offsets in their own bytes.
struct PayloadUTF16Tests {
    @Test(arguments: [true, false], [true, false])
    func `a JSON dictionary in UTF-16 has no defect`(_ isBigEndian: Bool, hasMark: Bool) {
        for text in ["{}", " {} ", #"{"aps":{"alert":"Hi"}}"#, "{\"ä\":\"\u{1F4F1}\u{FFFF}\u{E000}€\"}"] {
            let bytes = Self.encode((hasMark ? "\u{FEFF}" : "") + text, isBigEndian)
            #expect(PayloadCheck.defect(in: bytes) == nil, "\(text)")
        }
    }

    @Test(
        arguments: [
            ("{é}", .syntax, 2), ("{\"é\":\u{1F4F1}}", .syntax, 10), ("{\"\u{1F4F1}\":01}", .syntax, 14),
            ("{}x", .trailingBytes, 4),
            ("[1]", .notADictionary, 0), ("{}\0", .nulTerminated, 4), ("{\"é\":", .syntax, 10), ("{\u{1}}", .syntax, 2),
        ] as [(String, PayloadDefect.Kind, Int)],
        [true, false]
    )
    func `a mistake in UTF-16 is found where it stands`(
        _ bad: (text: String, kind: PayloadDefect.Kind, offset: Int),
        isBigEndian: Bool
    ) {
        for (mark, shift) in [("", 0), ("\u{FEFF}", 2)] {
            let defect = PayloadCheck.defect(in: Self.encode(mark + bad.text, isBigEndian))
            #expect(defect?.kind == bad.kind)
            #expect(defect?.offset == bad.offset + shift)
        }
    }

    @Test(
        arguments: [[0xD800], [0xDC00], [0xDBFF, 0x41], [0xDC00, 0xD800], [0xD800, 0xD800, 0xDC00]] as [[UInt16]],
        [true, false]
    )
    func `half a surrogate pair is not UTF-16`(_ units: [UInt16], isBigEndian: Bool) {
        let bytes = Self.encode(Array("{\"é".utf16) + units + Array("\":1}".utf16), isBigEndian)
        let defect = PayloadCheck.defect(in: bytes)
        #expect(defect == PayloadDefect(.notUTF8, offset: 6, expected: "UTF-16"))
    }

    @Test(arguments: [true, false])
    func `UTF-16 of an odd number of bytes ends in a cut character`(_ isBigEndian: Bool) {
        let bytes = Self.encode(#"{"a":"b"#, isBigEndian) + [0x22]
        #expect(PayloadCheck.defect(in: bytes) == PayloadDefect(.notUTF8, offset: 14, expected: "UTF-16"))
    }

    @Test func `an earlier mistake comes first`() {
        let bytes = Self.encode(Array("{x".utf16) + [0xD800], true)
        #expect(PayloadCheck.defect(in: bytes)?.kind == .syntax)
        #expect(PayloadCheck.defect(in: bytes)?.offset == 2)
    }

    private static func encode(_ text: String, _ isBigEndian: Bool) -> [UInt8] {
        Self.encode(Array(text.utf16), isBigEndian)
    }

    private static func encode(_ units: [UInt16], _ isBigEndian: Bool) -> [UInt8] {
        units.flatMap { unit in
            let bytes = Fixture.bigEndian(unit)
            return isBigEndian ? bytes : bytes.reversed()
        }
    }
}
