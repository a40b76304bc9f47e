import PushVocabulary
import Testing

struct HexadecimalTests {
    @Test func `every byte survives the way to text and back`() {
        let all = Array(UInt8.min...UInt8.max)
        let text = Hexadecimal.string(from: all)
        #expect(text.hasPrefix("000102") && text.hasSuffix("fdfeff"))
        #expect(Hexadecimal.bytes(from: text) == all)
        #expect(Hexadecimal.bytes(from: text.uppercased()) == all)
        #expect(Hexadecimal.bytes(from: "") == [])
    }

    @Test(arguments: ["a", "abc", "/0", ":0", "@0", "G0", "`0", "g0", "0x"])
    func `the characters beside the digits are refused`(text: String) {
        #expect(Hexadecimal.bytes(from: text) == nil)
    }
}
