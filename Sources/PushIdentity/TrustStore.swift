internal import COpenSSL

/// A PKCS#12 file with one certificate to trust and no key: what Java calls a trust store.
package enum TrustStore {
    private enum Identifier {
        static let data = "1.2.840.113549.1.7.1"
        static let certificateBag = "1.2.840.113549.1.12.10.1.3"
        static let x509Certificate = "1.2.840.113549.1.9.22.1"
        static let friendlyName = "1.2.840.113549.1.9.20"
        /// Java passes over every certificate without it (JDK-6567784: "trusted key usage").
        static let trustedKeyUsage = "2.16.840.1.113894.746875.1.1"
        static let anyUsage = "2.5.29.37.0"
    }

    private enum Tag {
        static let set: UInt8 = 0x31
        static let bmpString: UInt8 = 0x1E
        /// A constructed member numbered 0.
        static let explicit: UInt8 = 0xA0
    }

    /// Rounds of the MAC's key derivation, as in identity files.
    private static let iterations: Int32 = 2_048

    /// The certificate in the clear, under a SHA-1 MAC, which Java 8 reads as well as newer ones.
    ///
    /// - Parameter friendlyName: the entry's alias; letters of the Basic Multilingual Plane.
    /// - Throws: ``IdentityError`` when libcrypto refuses.
    package static func pkcs12(
        _ certificate: Certificate,
        password: String,
        friendlyName: String
    ) throws(IdentityError) -> [UInt8] {
        let bag = DER.sequence([
            DER.objectIdentifier(Identifier.certificateBag),
            DER.value(
                Tag.explicit,
                DER.sequence([
                    DER.objectIdentifier(Identifier.x509Certificate),
                    DER.value(Tag.explicit, DER.value(DER.Tag.octetString, certificate.der)),
                ])
            ),
            DER.value(
                Tag.set,
                Self.attribute(Identifier.friendlyName, DER.value(Tag.bmpString, Self.wide(friendlyName)))
                    + Self.attribute(Identifier.trustedKeyUsage, DER.objectIdentifier(Identifier.anyUsage))
            ),
        ])
        let contents = DER.sequence([Self.data(DER.sequence([bag]))])
        return try Self.locked(
            DER.sequence([DER.value(DER.Tag.integer, [3]), Self.data(contents)]),
            with: password
        )
    }

    private static func data(_ content: [UInt8]) -> [UInt8] {
        DER.sequence([
            DER.objectIdentifier(Identifier.data),
            DER.value(Tag.explicit, DER.value(DER.Tag.octetString, content)),
        ])
    }

    private static func attribute(_ identifier: String, _ value: [UInt8]) -> [UInt8] {
        DER.sequence([DER.objectIdentifier(identifier), DER.value(Tag.set, value)])
    }

    private static func wide(_ text: String) -> [UInt8] {
        text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    private static func locked(_ der: [UInt8], with password: String) throws(IdentityError) -> [UInt8] {
        let operation = "writing a trust store"
        guard let store = LibCrypto.decode(der, { d2i_PKCS12(nil, $0, $1) }, free: { PKCS12_free($0) }) else {
            throw .fromLibrary(.operationFailed(operation))
        }
        defer { PKCS12_free(store) }
        guard PKCS12_set_mac(store, password, -1, nil, 0, Self.iterations, EVP_sha1()) == 1 else {
            throw .fromLibrary(.operationFailed(operation))
        }
        return try LibCrypto.encode(operation) { i2d_PKCS12(store, $0) }
    }
}
