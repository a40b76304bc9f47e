internal import COpenSSL
package import PushVocabulary

extension Certificate {
    /// Whether a certificate may be relied on, or the first reason why not.
    package enum Verdict: Hashable, Sendable, CaseIterable {
        case valid
        /// Another authority issued it, whatever that one is called.
        case unknownIssuer
        /// It names the authority, but the signature is not the authority's.
        case badSignature
        case notYetValid
        case expired
    }

    /// Judges this certificate without reading any clock.
    ///
    /// Revocation is not looked at: it is the caller's rule, by ``fingerprint``.
    ///
    /// - Parameter now: both limits of the validity belong to it (RFC 5280, section 4.1.2.5).
    package func verdict(issuedBy authority: Certificate, at now: Instant) -> Verdict {
        let issuance = self.issuance(by: authority)
        return issuance == .valid ? self.validity(at: now) : issuance
    }

    /// Whether this is the time for it, whoever issued it.
    package func validity(at now: Instant) -> Verdict {
        if now < self.notBefore { return .notYetValid }
        return now.unixSeconds > self.notAfter.unixSeconds ? .expired : .valid
    }

    /// Whether `authority` issued this, at whatever time.
    package func issuance(by authority: Certificate) -> Verdict {
        defer { ERR_clear_error() }
        let verdict = try? self.withCertificate { mine throws(IdentityError) in
            try authority.withCertificate { theirs throws(IdentityError) -> Verdict in
                guard X509_check_issued(theirs, mine) == X509_V_OK else { return .unknownIssuer }
                guard let key = X509_get0_pubkey(theirs) else { return .badSignature }
                return X509_verify(mine, key) == 1 ? .valid : .badSignature
            }
        }
        return verdict ?? .badSignature
    }

    /// Checks an RSA PKCS#1 v1.5 signature over the SHA-1 of `message`, as the courier's Connect carries it.
    ///
    /// Keys from 1024 bits are accepted: real devices have such keys, and pypush's are of that size too. The
    /// signature is opened and compared here, so that a system's policy against SHA-1 does not refuse it first.
    ///
    /// - Returns: `false` also when the certificate's key is not RSA.
    package func verifiesSHA1Signature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        defer { ERR_clear_error() }
        let read = LibCrypto.decode(
            self.publicKeyInfo,
            { d2i_PUBKEY(nil, $0, $1) },
            free: { EVP_PKEY_free($0) }
        )
        guard let key = read else { return false }
        defer { EVP_PKEY_free(key) }
        guard
            EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA,
            EVP_PKEY_get_bits(key) >= 1024,
            let context = EVP_PKEY_CTX_new(key, nil)
        else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        var count = Int(EVP_PKEY_get_size(key))
        var content = [UInt8](repeating: 0, count: count)
        guard
            EVP_PKEY_verify_recover_init(context) == 1,
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1,
            EVP_PKEY_verify_recover(context, &content, &count, signature, signature.count) == 1
        else { return false }
        return content.prefix(count).elementsEqual(SHA1DigestInfo.encoded(message))
    }
}
