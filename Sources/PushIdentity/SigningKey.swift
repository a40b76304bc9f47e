internal import COpenSSL

/// An RSA key at work for a TLS server: read once, used for every handshake, by several threads at a time.
package final class SigningKey: @unchecked Sendable {
    /// How a handshake wants something signed. The name of each hash is libcrypto's.
    package enum Scheme: Hashable, Sendable {
        case pkcs1(Hash)
        /// With a salt as long as the hash (RFC 8446, section 4.2.3).
        case pss(Hash)

        package enum Hash: String, Hashable, Sendable {
            /// What TLS 1.0 and 1.1 sign: both hashes, one behind the other (RFC 4346, section 7.4.3).
            case md5sha1 = "MD5-SHA1"
            case sha1 = "SHA1"
            case sha256 = "SHA2-256"
            case sha384 = "SHA2-384"
            case sha512 = "SHA2-512"
        }
    }

    /// Never changed once it is read, which is what libcrypto asks of a key that threads share.
    private let key: OpaquePointer

    /// - Throws: ``IdentityError`` when this is not an RSA key.
    package init(_ key: PrivateKey) throws(IdentityError) {
        guard case .rsa = key.kind else { throw IdentityError(.unsupportedKey) }
        self.key = try key.withKey { key throws(IdentityError) in
            EVP_PKEY_up_ref(key)
            return key
        }
    }

    deinit { EVP_PKEY_free(self.key) }

    /// - Returns: a signature over the hash of `message`, as long as the key's modulus.
    /// - Throws: ``IdentityError`` when libcrypto refuses.
    package func signature(of message: UnsafeRawBufferPointer, _ scheme: Scheme) throws(IdentityError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw .fromLibrary(.operationFailed("signing")) }
        defer { EVP_MD_CTX_free(context) }
        let (hash, padding) =
            switch scheme {
            case .pkcs1(let hash): (hash, RSA_PKCS1_PADDING)
            case .pss(let hash): (hash, RSA_PKCS1_PSS_PADDING)
            }
        var details: OpaquePointer?
        var count = Int(EVP_PKEY_get_size(self.key))
        var signature = [UInt8](repeating: 0, count: count)
        let bytes = message.bindMemory(to: UInt8.self)
        guard
            EVP_DigestSignInit_ex(context, &details, hash.rawValue, nil, nil, self.key, nil) == 1,
            EVP_PKEY_CTX_set_rsa_padding(details, padding) == 1,
            padding != RSA_PKCS1_PSS_PADDING
                || EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) == 1,
            EVP_DigestSign(context, &signature, &count, bytes.baseAddress, bytes.count) == 1
        else { throw .fromLibrary(.operationFailed("signing")) }
        return Array(signature.prefix(count))
    }

    /// What RSA makes of `secret` with the private key, padding included: the TLS library takes that off itself.
    ///
    /// - Throws: ``IdentityError`` unless `secret` is as long as the modulus, and less than it.
    package func decrypted(_ secret: UnsafeRawBufferPointer) throws(IdentityError) -> [UInt8] {
        guard let context = EVP_PKEY_CTX_new(self.key, nil) else { throw .fromLibrary(.operationFailed("decrypting")) }
        defer { EVP_PKEY_CTX_free(context) }
        var count = Int(EVP_PKEY_get_size(self.key))
        var plain = [UInt8](repeating: 0, count: count)
        let bytes = secret.bindMemory(to: UInt8.self)
        guard
            // libcrypto would also take less.
            bytes.count == count,
            EVP_PKEY_decrypt_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1,
            EVP_PKEY_decrypt(context, &plain, &count, bytes.baseAddress, bytes.count) == 1
        else { throw .fromLibrary(.operationFailed("decrypting")) }
        return Array(plain.prefix(count))
    }
}
