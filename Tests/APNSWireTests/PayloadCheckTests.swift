import APNSWire
import NIOCore
import PushTestSupport
import PushVocabulary
import Testing

/// A payload that is of no use, why, and where the mistake stands.
struct BadPayload: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let kind: PayloadDefect.Kind
    let offset: Int

    init(_ text: String, _ kind: PayloadDefect.Kind, at offset: Int) {
        self.init(Array(text.utf8), kind, at: offset, name: text)
    }

    init(_ bytes: [UInt8], _ kind: PayloadDefect.Kind, at offset: Int, name: String? = nil) {
        self.testDescription = name ?? Hexadecimal.string(from: bytes)
        self.bytes = bytes
        self.kind = kind
        self.offset = offset
    }
}

private func inString(_ digits: String) -> [UInt8] { Array(#"{"a":""#.utf8) + hex(digits) + Array(#""}"#.utf8) }

struct PayloadCheckTests {
    @Test(arguments: [
        #"{"aps":{"alert":"Hi"}}"#, "{}", " \t\r\n{ \n} \r\t", #"{"":""}"#, #"{"a":[]}"#, #"{"a":[ ]}"#, #"{"a":{}}"#,
        #"{"a":[1,[2,[3,{"b":[]}]]],"c":null,"d":true,"e":false}"#,
        #"{"n":[0,-0,1,-1,10,0.5,-0.25,1e1,1E1,1e+1,1e-1,0e0,0.0e-0,123456789012345678901234567890,1e999]}"#,
        #"{"s":"\"\\\/\b\f\n\r\t\u0000\u00e9\uD83D\uDCF1"}"#, #"{"a":"\ud800"}"#, #"{"a":1,"a":2}"#,
        "{\"a\":\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFD}\u{FFFF}\u{10000}\u{10FFFF}\u{D7FF}\u{E000}\"}",
        "{\"größe\":\"Å\"}",
    ])
    func `a JSON dictionary in UTF-8 has no defect`(_ text: String) {
        #expect(PayloadCheck.defect(in: Array(text.utf8)) == nil)
        #expect(PayloadCheck.defect(in: ByteBuffer(string: text).readableBytesView) == nil)
        #expect(PayloadCheck.defect(in: text.utf8.reversed().reversed()) == nil)
    }

    @Test(
        .seed("004-18"),
        arguments: [
            BadPayload("", .empty, at: 0), BadPayload(" \n ", .empty, at: 0),
            BadPayload("[]", .notADictionary, at: 0), BadPayload("  \"a\"", .notADictionary, at: 2),
            BadPayload("null", .notADictionary, at: 0), BadPayload("-1.5e3", .notADictionary, at: 0),
            BadPayload("{", .syntax, at: 1), BadPayload("}", .syntax, at: 0), BadPayload("{}}", .trailingBytes, at: 2),
            BadPayload("{a:1}", .syntax, at: 1), BadPayload("{'a':1}", .syntax, at: 1),
            BadPayload(#"{"a"}"#, .syntax, at: 4),
            BadPayload(#"{"a" 1}"#, .syntax, at: 5), BadPayload(#"{"a":}"#, .syntax, at: 5),
            BadPayload(#"{"a":1,}"#, .syntax, at: 7), BadPayload(#"{,"a":1}"#, .syntax, at: 1),
            BadPayload(#"{"a":1 "b":2}"#, .syntax, at: 7), BadPayload(#"{"a":1]"#, .syntax, at: 6),
            BadPayload(#"{"a":[1,]}"#, .syntax, at: 8), BadPayload(#"{"a":[1 2]}"#, .syntax, at: 8),
            BadPayload(#"{"a":[1}"#, .syntax, at: 7), BadPayload(#"{"a":[,]}"#, .syntax, at: 6),
            BadPayload(#"{1:2}"#, .syntax, at: 1), BadPayload(#"{"a":1"#, .syntax, at: 6),
            BadPayload(#"{"a":"#, .syntax, at: 5),
            BadPayload(#"{"a":"b"#, .syntax, at: 7), BadPayload(#"{"a":"b\"#, .syntax, at: 8),
            BadPayload(#"{"aps":{"alert":"Hi}}"#, .syntax, at: 21), BadPayload("{}x", .trailingBytes, at: 2),
            BadPayload("{}{}", .trailingBytes, at: 2), BadPayload("{} ,", .trailingBytes, at: 3),
            BadPayload("{/**/}", .syntax, at: 1), BadPayload("{}//", .trailingBytes, at: 2),
            BadPayload(#"{"a":tru}"#, .syntax, at: 8), BadPayload(#"{"a":True}"#, .syntax, at: 5),
            BadPayload(#"{"a":nulll}"#, .syntax, at: 9), BadPayload(#"{"a":undefined}"#, .syntax, at: 5),
        ]
    )
    func `a mistake in the grammar is found where it stands`(_ bad: BadPayload) { Self.judge(bad) }

    @Test(arguments: [
        ("01", 1), ("00", 1), ("-", 1), ("--1", 1), ("-a", 1), ("+1", 0), (".5", 0), ("1.", 2), ("1.e1", 2), ("1e", 2),
        ("1E+", 3), ("1e-", 3), ("1e1.5", 3), ("0x10", 1), ("-01", 2), ("1_0", 1), ("NaN", 0), ("Infinity", 0),
        ("-Infinity", 1), ("1 1", 2), ("1,5", 3),
    ])
    func `a number that is none is found at its first wrong byte`(_ number: String, offset: Int) {
        let text = #"{"a":"# + number + "}"
        // "1,5" is a number and a comma: what follows should have been a key.
        let place = number == "1,5" ? 7 : 5 + offset
        Self.judge(BadPayload(text, .syntax, at: place))
    }

    @Test(arguments: [
        (#"\x"#, 1), (#"\'"#, 1), (#"\U0041"#, 1), (#"\u"#, 2), (#"\u004"#, 5), (#"\u00g1"#, 4), (#"\u 041"#, 2),
        (#"\1"#, 1),
    ])
    func `an escape that is none is found at its first wrong byte`(_ escape: String, offset: Int) {
        Self.judge(BadPayload(#"{"a":""# + escape + #""}"#, .syntax, at: 6 + offset))
    }

    @Test func `a control character in a string is found where it stands`() {
        for control in 0..<0x20 as Range<UInt8> {
            Self.judge(BadPayload(Array(#"{"a":"x"#.utf8) + [control] + Array(#""}"#.utf8), .syntax, at: 7))
            let isSpace = [0x09, 0x0A, 0x0D].contains(control)
            let defect = PayloadCheck.defect(in: [UInt8(ascii: "{"), control, UInt8(ascii: "}")])
            #expect(defect?.offset == (isSpace ? nil : 1))
        }
    }

    /// Unicode, table 3-7: the edges of each row, and what lies just outside.
    @Test(arguments: [
        "c280", "dfbf", "e0a080", "e0bfbf", "e18080", "ecbfbf", "ed8080", "ed9fbf", "ee8080", "efbfbf", "f0908080",
        "f0bfbfbf", "f1808080", "f3bfbfbf", "f4808080", "f48fbfbf",
    ])
    func `well-formed UTF-8 is taken`(_ character: String) {
        #expect(PayloadCheck.defect(in: inString(character)) == nil)
        #expect(PayloadCheck.defect(in: inString("41" + character + character + "42")) == nil)
    }

    @Test(arguments: [
        "80", "bf", "c080", "c0af", "c1bf", "c2", "c27f", "c2c0", "df41", "e08080", "e09fbf", "e0a0", "e0a07f",
        "e0a0c0",
        "e18041", "eda080", "edbfbf", "ed9f", "efbf", "f0808080", "f08fbfbf", "f09080", "f0908041", "f48fbf",
        "f4908080",
        "f5808080", "f8888080", "fe", "ff",
    ])
    func `a byte sequence that is not UTF-8 is found at its first byte`(_ sequence: String) {
        Self.judge(BadPayload(inString(sequence), .notUTF8, at: 6))
        Self.judge(BadPayload(inString("41 c3a9" + sequence), .notUTF8, at: 9))
        Self.judge(BadPayload(Array(#"{"a":""#.utf8) + hex(sequence), .notUTF8, at: 6))
        Self.judge(BadPayload([0x7B] + hex(sequence) + [0x7D], .notUTF8, at: 1))
    }

    @Test(arguments: ["{é}", "{\u{FEFF}}", "{\u{A0}}", "{\u{1F4F1}:1}"])
    func `a character that JSON has no place for is a mistake of grammar, not of encoding`(_ text: String) {
        Self.judge(BadPayload(text, .syntax, at: 1))
    }

    @Test func `a byte order mark is no part of JSON in UTF-8`() {
        Self.judge(BadPayload("\u{FEFF}{}", .syntax, at: 0))
    }

    @Test(arguments: 1...3)
    func `a payload may not be terminated by NUL bytes`(_ count: Int) {
        Self.judge(BadPayload(Fixture.payload + [UInt8](repeating: 0, count: count), .nulTerminated, at: 22))
        Self.judge(BadPayload(Fixture.payload + [0, 0x41], .trailingBytes, at: 22))
    }

    @Test func `512 levels are taken, one more is not`() {
        func nested(_ levels: Int) -> [UInt8] {
            Array(String(repeating: #"{"a":"#, count: levels - 1).utf8) + Array("{}".utf8)
                + [UInt8](repeating: UInt8(ascii: "}"), count: levels - 1)
        }
        #expect(PayloadCheck.defect(in: nested(512)) == nil)
        Self.judge(BadPayload(nested(513), .nestedTooDeeply, at: 5 * 512, name: "513 levels"))
        Self.judge(
            BadPayload(
                Array(#"{"a":"#.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 100_000),
                .nestedTooDeeply,
                at: 5 + 511,
                name: "100,000 brackets"
            )
        )
        #expect(PayloadCheck.defect(in: Array(#"{"a":[\#(String(repeating: "[],", count: 2_000))[]]}"#.utf8)) == nil)
    }

    @Test func `every beginning of a payload has a defect, at its end`() {
        let text = Array(#" {"aps":{"alert":{"loc-args":["a\n\u00e9é",-1.5e+3]},"x":[true,false,null,{}]},"y":0}"#.utf8)
        #expect(PayloadCheck.defect(in: text) == nil)
        for cut in 2..<text.count {
            let defect = PayloadCheck.defect(in: text.prefix(cut))
            // A number that is cut may still be one, and a character is missing from its first byte on.
            #expect(defect.map { cut - 1...cut ~= $0.offset } == true, "cut at \(cut): \(String(describing: defect))")
        }
    }

    @Test(arguments: PayloadDefect.Kind.allCases)
    func `every defect has words for people`(_ kind: PayloadDefect.Kind) {
        #expect("\(PayloadDefect(kind, offset: 3, expected: "UTF-8"))".hasPrefix("the payload "))
    }

    static func judge(_ bad: BadPayload, _ location: SourceLocation = #_sourceLocation) {
        let defect = PayloadCheck.defect(in: bad.bytes)
        #expect(defect?.kind == bad.kind, "\(bad.testDescription)", sourceLocation: location)
        #expect(defect?.offset == bad.offset, "\(bad.testDescription)", sourceLocation: location)
    }
}
