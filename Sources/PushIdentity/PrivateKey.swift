internal import COpenSSL
internal import Dispatch
internal import Synchronization

/// A private key, kept as bytes: libcrypto's own object lives only as long as one call.
package struct PrivateKey: Sendable, CustomStringConvertible {
    package enum Kind: Hashable, Sendable {
        /// - bits: 1024 for mock devices, as the activation keys of real ones were; 2048 for everything else.
        case rsa(bits: Int)
        /// EC on the curve P-256: a handshake costs the server a tenth of what RSA costs.
        case p256
    }

    package let kind: Kind
    /// PKCS#8, unencrypted.
    package let der: [UInt8]
    /// The SubjectPublicKeyInfo of the public half.
    let publicKeyInfo: [UInt8]

    /// Makes a new key with libcrypto's own randomness.
    ///
    /// - Throws: ``IdentityError`` when libcrypto refuses the size.
    package static func generate(_ kind: Kind) throws(IdentityError) -> PrivateKey {
        let name =
            switch kind {
            case .rsa: "RSA"
            case .p256: "EC"
            }
        guard let context = EVP_PKEY_CTX_new_from_name(nil, name, nil) else {
            throw .fromLibrary(.operationFailed("making a key"))
        }
        defer { EVP_PKEY_CTX_free(context) }
        var accepted = EVP_PKEY_keygen_init(context) == 1
        switch kind {
        case .rsa(let bits): accepted = accepted && EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1
        case .p256: accepted = accepted && EVP_PKEY_CTX_set_group_name(context, "P-256") == 1
        }
        var key: OpaquePointer?
        guard accepted, EVP_PKEY_generate(context, &key) == 1, let key else {
            throw .fromLibrary(.operationFailed("making a key"))
        }
        defer { EVP_PKEY_free(key) }
        return try PrivateKey(key)
    }

    /// Makes several keys on as many processors as there are: an RSA key takes a tenth of a second and more, and a
    /// first run needs a few.
    ///
    /// - Throws: ``IdentityError`` when libcrypto refuses one of the sizes.
    package static func generate(_ kinds: [Kind]) throws(IdentityError) -> [PrivateKey] {
        if kinds.count < 2 { return try kinds.map { kind throws(IdentityError) in try Self.generate(kind) } }
        let made = Mutex<[Int: Result<PrivateKey, IdentityError>]>([:])
        DispatchQueue.concurrentPerform(iterations: kinds.count) { index in
            let key = Result { () throws(IdentityError) in try Self.generate(kinds[index]) }
            made.withLock { $0[index] = key }
        }
        let results = made.withLock(\.self)
        return try kinds.indices.map { index throws(IdentityError) in
            guard let key = results[index] else { throw IdentityError(.operationFailed("making a key")) }
            return try key.get()
        }
    }

    /// - Parameter pem: one unencrypted key in any of the usual forms (PKCS#8, PKCS#1, SEC 1); text around it is
    ///   skipped.
    /// - Throws: ``IdentityError``; an encrypted key is refused, never asked for a password.
    package init(pem: String) throws(IdentityError) {
        let read = LibCrypto.withBIO(pem) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
        guard let key = read else { throw .fromLibrary(.notAPrivateKey) }
        defer { EVP_PKEY_free(key) }
        try self.init(key)
    }

    private init(_ key: OpaquePointer) throws(IdentityError) {
        self.kind = try Self.kind(of: key)
        guard let wrapped = EVP_PKEY2PKCS8(key) else { throw .fromLibrary(.notAPrivateKey) }
        defer { PKCS8_PRIV_KEY_INFO_free(wrapped) }
        self.der = try LibCrypto.encode("writing a key") { i2d_PKCS8_PRIV_KEY_INFO(wrapped, $0) }
        self.publicKeyInfo = try LibCrypto.encode("writing a public key") { i2d_PUBKEY(key, $0) }
    }

    /// PKCS#8, unencrypted.
    package var pem: String { LibCrypto.pem("PRIVATE KEY", self.der) }

    /// Never the key itself: this text may end up in a log.
    package var description: String { "private key (\(self.kind))" }

    /// RSA PKCS#1 v1.5 over the SHA-1 of `message`, as long as the key's modulus.
    ///
    /// The DigestInfo is put together here, so that no policy of the system about SHA-1 or short keys stands in
    /// the way of what real devices sent.
    ///
    /// - Throws: ``IdentityError`` when this is not an RSA key.
    package func signSHA1(_ message: [UInt8]) throws(IdentityError) -> [UInt8] {
        guard case .rsa = self.kind else { throw IdentityError(.unsupportedKey) }
        let digest = SHA1DigestInfo.encoded(message)
        return try self.withKey { key throws(IdentityError) in
            guard let context = EVP_PKEY_CTX_new(key, nil) else { throw .fromLibrary(.operationFailed("signing")) }
            defer { EVP_PKEY_CTX_free(context) }
            var count = Int(EVP_PKEY_get_size(key))
            var signature = [UInt8](repeating: 0, count: count)
            guard
                EVP_PKEY_sign_init(context) == 1,
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
                EVP_PKEY_sign(context, &signature, &count, digest, digest.count) == 1
            else { throw .fromLibrary(.operationFailed("signing")) }
            return Array(signature.prefix(count))
        }
    }

    func withKey<Result>(
        _ body: (OpaquePointer) throws(IdentityError) -> Result
    ) throws(IdentityError) -> Result {
        let read = LibCrypto.decode(self.der, { d2i_AutoPrivateKey(nil, $0, $1) }, free: { EVP_PKEY_free($0) })
        guard let read else { throw .fromLibrary(.notAPrivateKey) }
        defer { EVP_PKEY_free(read) }
        return try body(read)
    }

    private static func kind(of key: OpaquePointer) throws(IdentityError) -> Kind {
        let bits = Int(EVP_PKEY_get_bits(key))
        switch EVP_PKEY_get_base_id(key) {
        case EVP_PKEY_RSA where bits >= 1024:
            return .rsa(bits: bits)
        case EVP_PKEY_EC:
            var name = [CChar](repeating: 0, count: 64)
            var count = 0
            guard EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else { break }
            if String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) == "prime256v1" {
                return .p256
            }
        default: break
        }
        throw IdentityError(.unsupportedKey)
    }
}

/// What a PKCS#1 v1.5 signature over SHA-1 contains (RFC 8017, section 9.2).
enum SHA1DigestInfo {
    private static let prefix: [UInt8] = [
        0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2B, 0x0E, 0x03, 0x02, 0x1A, 0x05, 0x00, 0x04, 0x14,
    ]

    static func encoded(_ message: [UInt8]) -> [UInt8] { Self.prefix + Digest.sha1(message) }
}
