internal import COpenSSL

/// How a PKCS#12 file is locked.
package enum PKCS12Style: String, CaseIterable, Codable, Hashable, Sendable {
    /// Triple DES and a SHA-1 MAC: opened by old readers and by new ones. (OpenSSL 3 refuses the RC2 of older
    /// exports, several versions of macOS refuse a SHA-256 MAC.)
    case compatible
    /// AES-256 and a SHA-256 MAC.
    case modern
}

/// A certificate and the private key that belongs to it.
package struct Identity: Sendable {
    package let certificate: Certificate
    package let privateKey: PrivateKey

    /// - Throws: ``IdentityError`` when the key is not the certificate's.
    package init(certificate: Certificate, privateKey: PrivateKey) throws(IdentityError) {
        guard certificate.publicKeyInfo == privateKey.publicKeyInfo else {
            throw IdentityError(.invalidRequest("the private key does not belong to the certificate"))
        }
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// The certificate and then the key, the single file many push libraries ask for.
    package var joinedPEM: String { self.certificate.pem + self.privateKey.pem }

    /// - Parameters:
    ///   - password: an empty one is allowed, but keychains on macOS refuse to open such a file.
    ///   - friendlyName: what a keychain shows.
    ///   - chain: certificates to go along, such as the authority's.
    /// - Throws: ``IdentityError`` when libcrypto refuses.
    package func pkcs12(
        password: String,
        friendlyName: String,
        style: PKCS12Style = .compatible,
        chain: [Certificate] = []
    ) throws(IdentityError) -> [UInt8] {
        guard let others = OPENSSL_sk_new_null() else { throw .fromLibrary(.operationFailed("writing PKCS#12")) }
        defer { OPENSSL_sk_pop_free(others) { X509_free($0.map { OpaquePointer($0) }) } }
        for certificate in chain {
            try certificate.withCertificate { certificate throws(IdentityError) in
                X509_up_ref(certificate)
                OPENSSL_sk_push(others, UnsafeRawPointer(certificate))
            }
        }
        return try self.privateKey.withKey { key throws(IdentityError) in
            try self.certificate.withCertificate { certificate throws(IdentityError) in
                let parts = PKCS12Parts(key: key, certificate: certificate, chain: others)
                return try parts.locked(with: password, friendlyName: friendlyName, style: style)
            }
        }
    }
}

/// What goes into a PKCS#12 file, as libcrypto's objects.
private struct PKCS12Parts {
    /// Rounds of key derivation: what OpenSSL and keychains write.
    private static let iterations: Int32 = 2048

    let key: OpaquePointer
    let certificate: OpaquePointer
    let chain: OpaquePointer

    func locked(
        with password: String,
        friendlyName: String,
        style: PKCS12Style
    ) throws(IdentityError) -> [UInt8] {
        let cipher =
            switch style {
            case .compatible: NID_pbe_WithSHA1And3_Key_TripleDES_CBC
            case .modern: NID_aes_256_cbc
            }
        // The MAC is set afterwards: PKCS12_create would take SHA-256 for either style.
        let withoutMAC: Int32 = -1
        let made = PKCS12_create(
            password,
            friendlyName,
            self.key,
            self.certificate,
            self.chain,
            cipher,
            cipher,
            Self.iterations,
            withoutMAC,
            0
        )
        guard let made else { throw .fromLibrary(.operationFailed("writing PKCS#12")) }
        defer { PKCS12_free(made) }
        let digest =
            switch style {
            case .compatible: EVP_sha1()
            case .modern: EVP_sha256()
            }
        guard PKCS12_set_mac(made, password, -1, nil, 0, Self.iterations, digest) == 1 else {
            throw .fromLibrary(.operationFailed("writing PKCS#12"))
        }
        return try LibCrypto.encode("writing PKCS#12") { i2d_PKCS12(made, $0) }
    }
}
