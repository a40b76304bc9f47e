import PushIdentity
import PushVocabulary
import Testing

struct DigestTests {
    @Test func `the hashes are those of the standards' examples`() {
        #expect(
            Hexadecimal.string(from: Digest.sha1("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d"
        )
        #expect(
            Hexadecimal.string(from: Digest.sha256("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(Hexadecimal.string(from: Digest.sha1([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    @Test func `HMAC follows RFC 4231, and takes an empty key`() {
        #expect(
            Hexadecimal.string(
                from: Digest.hmacSHA256(key: "Jefe".utf8, message: "what do ya want for nothing?".utf8)
            ) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        // Twice, with another key between: an empty key must not mean "the one before".
        for _ in 0..<2 {
            _ = Digest.hmacSHA256(key: [1], message: [])
            #expect(
                Hexadecimal.string(from: Digest.hmacSHA256(key: [], message: []))
                    == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
            )
        }
    }

    @Test func `a slice and a lazy sequence of bytes hash as the array they stand for`() {
        let bytes = Array(UInt8(0)..<100)
        #expect(Digest.sha1(bytes[10..<20]) == Digest.sha1(Array(bytes[10..<20])))
        #expect(Digest.sha256((0..<100).lazy.map { UInt8($0) }) == Digest.sha256(bytes))
    }

    @Test func `a topic's hash is the SHA-1 of its name`() {
        #expect(Topic("com.apple.madrid").hash.description == "e4e6d952954168d0a5db02dbaf27cc35fc18d159")
        #expect(Topic("com.example.app").hash.bytes == Digest.sha1("com.example.app".utf8))
        #expect(Topic("com.example.app").hash != Topic("com.example.App").hash)
    }
}
