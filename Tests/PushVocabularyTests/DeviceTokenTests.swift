import PushVocabulary
import Testing

struct DeviceTokenTests {
    @Test(arguments: [1, 31, 32, 33, 64, 100])
    func `a token gives back the bytes it was made of`(count: Int) throws {
        let bytes = (0..<count).map { UInt8($0) }
        let token = try #require(DeviceToken(bytes))
        #expect(token.bytes == bytes)
        #expect(token.count == count)
        #expect(DeviceToken(hexadecimal: token.hexadecimal) == token)
    }

    @Test(arguments: [0, 101])
    func `a token has 1 to 100 bytes`(count: Int) {
        #expect(DeviceToken([UInt8](repeating: 7, count: count)) == nil)
    }

    @Test func `tokens that differ only in length, or only behind the 32nd byte, are two tokens`() throws {
        let short = try #require(DeviceToken([UInt8](repeating: 0, count: 31)))
        let usual = try #require(DeviceToken([UInt8](repeating: 0, count: 32)))
        let long = try #require(DeviceToken([UInt8](repeating: 0, count: 33)))
        let other = try #require(DeviceToken([UInt8](repeating: 0, count: 32) + [1]))
        let tokens = [short, usual, long, other]
        for (index, token) in tokens.enumerated() {
            #expect(tokens.count { $0 == token } == 1, "token \(index)")
        }
        #expect(Set(tokens).count == 4)
    }

    @Test func `any collection of bytes will do`() {
        #expect(DeviceToken((0..<40).lazy.map { UInt8($0) }) == DeviceToken(Array(0..<40)))
        #expect(DeviceToken(Array(0..<50)[10..<42])?.hexadecimal.hasPrefix("0a0b0c") == true)
    }

    @Test(arguments: ["", "0", "0g", "00 11", "+1", "é0"])
    func `text that is not pairs of hexadecimal digits is no token`(text: String) {
        #expect(DeviceToken(hexadecimal: text) == nil)
    }
}
