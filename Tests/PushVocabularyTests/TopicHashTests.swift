import PushVocabulary
import Testing

struct TopicHashTests {
    @Test func `a hash gives back its 20 bytes and takes no other number`() throws {
        let bytes = Array(UInt8(1)...20)
        let hash = try #require(TopicHash(bytes))
        #expect(hash.bytes == bytes)
        #expect(hash.description == "0102030405060708090a0b0c0d0e0f1011121314")
        #expect(TopicHash(Array(bytes.dropLast())) == nil)
        #expect(TopicHash(bytes + [0]) == nil)
    }

    @Test func `each of the 20 bytes counts`() throws {
        let zeros = [UInt8](repeating: 0, count: 20)
        let hashes = try (0..<20).map { index in
            var bytes = zeros
            bytes[index] = 1
            return try #require(TopicHash(bytes))
        }
        #expect(Set(hashes).count == 20)
    }
}
