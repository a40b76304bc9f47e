import APNSWire
import Testing

/// What `PayloadCheck` notes on its way through a payload.
struct PayloadTraitsTests {
    private func traits(of text: String) -> PayloadTraits? {
        Array(text.utf8).withUnsafeBytes { PayloadCheck.examine($0) }.traits
    }

    @Test(
        arguments: [
            (#"{"aps":{}}"#, [.hasAps]), (#"{"a":{"aps":{"badge":"1"}}}"#, []), (#"{ "aps" : 1 }"#, [.hasAps]),
            (#"{"aps":{"alert":"x"}}"#, [.hasAps, .isShown]), (#"{"aps":{"sound":""}}"#, [.hasAps, .isShown]),
            (#"{"aps":{"badge":1}}"#, [.hasAps, .isShown]),
            (#"{"aps":{"badge" : "1"}}"#, [.hasAps, .isShown, .hasTextualBadge]),
            (#"{"aps":{"content-available":1}}"#, [.hasAps, .isSilent]),
            (#"{"aps":{"a":{"badge":"1"},"b":[{"alert":1}]}}"#, [.hasAps]),
            (#"{"aps":[{"badge":"1"}]}"#, [.hasAps]), (#"{"aps":{},"x":{"badge":"1"}}"#, [.hasAps]),
            (#"{"x":{"badge":"1"},"aps":{"sound":"a"}}"#, [.hasAps, .isShown]),
            (#"{"\u0061ps":{}}"#, [.hasEscapedKeys]), (#"{"aps":{"a\n":1}}"#, [.hasAps, .hasEscapedKeys]),
            (#"{"aps":{"alert":"a\n"}}"#, [.hasAps, .isShown]), (#"{"a":{"b":{"c\n":1}}}"#, []),
        ] as [(String, PayloadTraits)]
    )
    func `the keys of the two uppermost levels are noted`(_ text: String, _ expected: PayloadTraits) {
        #expect(self.traits(of: text) == expected)
    }

    @Test func `of a defective payload and of one in UTF-16 nothing is noted`() {
        #expect(self.traits(of: #"{"aps":{}"#) == nil)
        let wide = Array(#"{"aps":{}}"#.utf16).flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        let result = wide.withUnsafeBytes { PayloadCheck.examine($0) }
        #expect(result.defect == nil && result.traits == nil)
    }

    @Test(arguments: ["\"", "\\\"", "\u{1F}", "\u{0}", "é", "\u{7F}", " ", "!", "#"])
    func `a character in a string is seen wherever it stands`(_ character: String) {
        let isFine = character != "\"" && !["\u{1F}", "\u{0}"].contains(character)
        for before in 0..<20 {
            for after in 0..<20 {
                let text = String(repeating: "x", count: before) + character + String(repeating: "~", count: after)
                let payload = Array("{\"a\":\"\(text)\"}".utf8)
                #expect((PayloadCheck.defect(in: payload) == nil) == isFine, "\(before), \(after)")
            }
        }
    }
}
