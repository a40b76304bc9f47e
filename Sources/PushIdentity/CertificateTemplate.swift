internal import COpenSSL
internal import PushVocabulary

/// Everything a certificate says before somebody signs it.
struct CertificateTemplate {
    enum Role {
        case authority
        case server(names: [String])
        case client
    }

    struct Attribute {
        var number: Int32
        var text: String
    }

    struct Extension {
        var objectIdentifier: String
        var isCritical = false
        /// The DER of the value.
        var value: [UInt8]
    }

    var subject: [Attribute]
    var role: Role
    var publicKey: PrivateKey
    var validity: Validity
    var extensions: [Extension] = []

    /// - Parameter issuer: `nil` makes the certificate sign itself with `key`.
    func signed(by issuer: Certificate?, key: PrivateKey) throws(IdentityError) -> Certificate {
        guard let certificate = X509_new() else { throw .fromLibrary(.operationFailed("issuing a certificate")) }
        defer { X509_free(certificate) }
        try self.fill(certificate)
        if let issuer {
            try issuer.withCertificate { issuer throws(IdentityError) in
                try Self.check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)))
            }
        } else {
            try Self.check(X509_set_issuer_name(certificate, X509_get_subject_name(certificate)))
        }
        let issuerKey = issuer?.publicKeyInfo ?? key.publicKeyInfo
        for item in try self.standardExtensions(issuerKey: issuerKey) + self.extensions {
            try Self.add(item, to: certificate)
        }
        try key.withKey { key throws(IdentityError) in
            guard X509_sign(certificate, key, EVP_sha256()) > 0 else {
                throw .fromLibrary(.operationFailed("signing a certificate"))
            }
        }
        return try Certificate(der: LibCrypto.encode("writing a certificate") { i2d_X509(certificate, $0) })
    }

    private func fill(_ certificate: OpaquePointer) throws(IdentityError) {
        // Version 3 is written as 2.
        try Self.check(X509_set_version(certificate, 2))
        try Self.setSerial(of: certificate)
        for (limit, set) in [
            (self.validity.notBefore, X509_getm_notBefore), (self.validity.notAfter, X509_getm_notAfter),
        ] {
            try Self.check(ASN1_TIME_set(set(certificate), time_t(limit.unixSeconds)) == nil ? 0 : 1)
        }
        for attribute in self.subject {
            try Self.add(attribute, to: X509_get_subject_name(certificate))
        }
        try self.publicKey.withKey { key throws(IdentityError) in try Self.check(X509_set_pubkey(certificate, key)) }
    }

    /// 16 random bytes, made positive and without a leading zero.
    private static func setSerial(of certificate: OpaquePointer) throws(IdentityError) {
        var bytes = try LibCrypto.random(16)
        bytes[0] = bytes[0] & 0x7F | 0x40
        guard let number = BN_bin2bn(bytes, Int32(bytes.count), nil) else {
            throw .fromLibrary(.operationFailed("issuing a certificate"))
        }
        defer { BN_free(number) }
        let written = BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
        try Self.check(written == nil ? 0 : 1)
    }

    private static func add(_ attribute: Attribute, to name: OpaquePointer?) throws(IdentityError) {
        // Naming the string type outright keeps libcrypto from refusing common names of more than 64 characters,
        // which `Apple Development IOS Push Services: ` and a long bundle identifier easily have.
        let type = attribute.number == NID_countryName ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING
        let bytes = Array(attribute.text.utf8)
        let added = X509_NAME_add_entry_by_NID(name, attribute.number, type, bytes, Int32(bytes.count), -1, 0)
        try Self.check(added)
    }

    private static func add(_ item: Extension, to certificate: OpaquePointer) throws(IdentityError) {
        guard let object = OBJ_txt2obj(item.objectIdentifier, 1), let value = ASN1_OCTET_STRING_new() else {
            throw .fromLibrary(.operationFailed("making an extension"))
        }
        defer {
            ASN1_OBJECT_free(object)
            ASN1_OCTET_STRING_free(value)
        }
        try Self.check(ASN1_OCTET_STRING_set(value, item.value, Int32(item.value.count)))
        guard let made = X509_EXTENSION_create_by_OBJ(nil, object, item.isCritical ? 1 : 0, value) else {
            throw .fromLibrary(.operationFailed("making an extension"))
        }
        defer { X509_EXTENSION_free(made) }
        try Self.check(X509_add_ext(certificate, made, -1))
    }

    private static func check(_ result: Int32) throws(IdentityError) {
        guard result == 1 else { throw .fromLibrary(.operationFailed("issuing a certificate")) }
    }
}

// MARK: - Extensions every certificate has (RFC 5280, section 4.2.1)

extension CertificateTemplate {
    private func standardExtensions(issuerKey: [UInt8]) throws(IdentityError) -> [Extension] {
        var list = [
            self.basicConstraints,
            self.keyUsage,
            Extension(
                objectIdentifier: "2.5.29.14",
                value: DER.value(DER.Tag.octetString, Self.keyIdentifier(self.publicKey.publicKeyInfo))
            ),
            Extension(
                objectIdentifier: "2.5.29.35",
                value: DER.sequence([DER.value(DER.Tag.context(0), Self.keyIdentifier(issuerKey))])
            ),
        ]
        switch self.role {
        case .authority: break
        case .server(let names):
            list.append(Self.extendedKeyUsage("1.3.6.1.5.5.7.3.1"))
            list.append(Extension(objectIdentifier: "2.5.29.17", value: try SubjectAlternativeNames.der(names)))
        case .client:
            list.append(Self.extendedKeyUsage("1.3.6.1.5.5.7.3.2"))
        }
        return list
    }

    private var basicConstraints: Extension {
        let members =
            switch self.role {
            case .authority: [DER.value(DER.Tag.boolean, [0xFF]), DER.value(DER.Tag.integer, [0])]
            case .server, .client: [[UInt8]]()
            }
        return Extension(objectIdentifier: "2.5.29.19", isCritical: true, value: DER.sequence(members))
    }

    private var keyUsage: Extension {
        // A BIT STRING: first the number of unused bits, then digitalSignature as the highest bit and so on.
        let bits: [UInt8] =
            switch (self.role, self.publicKey.kind) {
            case (.authority, _): [1, 0b0000_0110]
            // Old clients ask for cipher suites in which the client encrypts with the server's key.
            case (.server, .rsa): [5, 0b1010_0000]
            case (.server, .p256), (.client, _): [7, 0b1000_0000]
            }
        return Extension(objectIdentifier: "2.5.29.15", isCritical: true, value: DER.value(DER.Tag.bitString, bits))
    }

    private static func extendedKeyUsage(_ purpose: String) -> Extension {
        Extension(objectIdentifier: "2.5.29.37", value: DER.sequence([DER.objectIdentifier(purpose)]))
    }

    /// The SHA-1 of the public key's bits, without the algorithm before them (RFC 5280, section 4.2.1.2).
    private static func keyIdentifier(_ publicKeyInfo: [UInt8]) -> [UInt8] {
        var outer = DERReader(publicKeyInfo)
        guard var members = outer.enterSequence(), members.next() != nil, let bits = members.next() else {
            preconditionFailure("libcrypto writes a SubjectPublicKeyInfo as a sequence of two")
        }
        return Digest.sha1(bits.content.dropFirst())
    }
}
