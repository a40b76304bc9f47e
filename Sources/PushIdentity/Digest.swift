internal import COpenSSL
package import PushVocabulary

/// The hashes the push protocols and their certificates use.
package enum Digest {
    /// 20 bytes: topic names on the courier's wire, courier signatures.
    package static func sha1(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Self.filling(20, from: bytes) { input, output in _ = SHA1(input.baseAddress, input.count, output) }
    }

    /// 32 bytes.
    package static func sha256(_ bytes: some Collection<UInt8>) -> [UInt8] {
        Self.filling(32, from: bytes) { input, output in _ = SHA256(input.baseAddress, input.count, output) }
    }

    /// 32 bytes (RFC 2104).
    ///
    /// - Parameter key: of any size up to 2 GiB; an empty one is allowed.
    package static func hmacSHA256(key: some Collection<UInt8>, message: some Collection<UInt8>) -> [UInt8] {
        // A missing key means "the previous one" to libcrypto, so an empty key needs an address too.
        let padded = Array(key) + [0]
        return Self.filling(32, from: message) { input, output in
            _ = HMAC(EVP_sha256(), padded, Int32(padded.count - 1), input.baseAddress, input.count, output, nil)
        }
    }

    private static func filling(
        _ count: Int,
        from bytes: some Collection<UInt8>,
        _ compute: (UnsafeBufferPointer<UInt8>, UnsafeMutablePointer<UInt8>) -> Void
    ) -> [UInt8] {
        Array(unsafeUninitializedCapacity: count) { output, initialized in
            guard let start = output.baseAddress else { return }
            let direct: Void? = bytes.withContiguousStorageIfAvailable { compute($0, start) }
            if direct == nil { Array(bytes).withUnsafeBufferPointer { compute($0, start) } }
            initialized = count
        }
    }
}

extension Topic {
    /// The SHA-1 of the UTF-8 name.
    package var hash: TopicHash {
        guard let hash = TopicHash(Digest.sha1(self.name.utf8)) else { preconditionFailure("SHA-1 has 20 bytes") }
        return hash
    }
}
