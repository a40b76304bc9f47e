internal import COpenSSL
package import PushVocabulary

/// An X.509 certificate: its bytes, and what the push service wants to know of it, read once.
package struct Certificate: Hashable, Sendable, CustomStringConvertible {
    package let der: [UInt8]

    package let commonName: String?
    /// The subject's UID (0.9.2342.19200300.100.1.1): in a provider certificate the default topic.
    package let userID: String?
    package let organizationalUnit: String?
    package let organization: String?
    package let issuerCommonName: String?
    /// Lowercase hexadecimal, two digits a byte.
    package let serial: String
    package let notBefore: Instant
    package let notAfter: Instant
    /// The subject alternative names: host names as they are written, IP addresses in their usual notation.
    package let names: [String]
    /// The UID first, then what the topic-list extension adds to it (pushy takes the same union).
    package let topics: [Topic]
    /// The environments whose marker extension (1.2.840.113635.100.6.3.1 and .2) is present.
    package let environments: Set<Environment>
    /// The profile whose markers are exactly the certificate's; `nil` when it carries none, as a device's.
    package let kind: IdentityKind?
    /// Whether it may issue others: basicConstraints with CA set.
    package let isAuthority: Bool
    /// The SHA-256 of the SubjectPublicKeyInfo: the same for every certificate of one key.
    package let publicKeySHA256: [UInt8]

    /// The DER of the public key.
    let publicKeyInfo: [UInt8]

    /// - Throws: ``IdentityError`` unless the bytes are exactly one certificate.
    package init(der: [UInt8]) throws(IdentityError) {
        let read = LibCrypto.decode(der, { d2i_X509(nil, $0, $1) }, free: { X509_free($0) })
        guard let read else { throw .fromLibrary(.notACertificate) }
        defer { X509_free(read) }
        try self.init(read, der: der)
    }

    /// - Parameter pem: the first certificate in it is taken, text around it is skipped.
    /// - Throws: ``IdentityError`` when there is none.
    package init(pem: String) throws(IdentityError) {
        guard let read = LibCrypto.withBIO(pem, { PEM_read_bio_X509($0, nil, { _, _, _, _ in -1 }, nil) }) else {
            throw .fromLibrary(.notACertificate)
        }
        defer { X509_free(read) }
        try self.init(read, der: LibCrypto.encode("writing a certificate") { i2d_X509(read, $0) })
    }

    private init(_ certificate: OpaquePointer, der: [UInt8]) throws(IdentityError) {
        self.der = der
        let subject = DistinguishedName(X509_get_subject_name(certificate))
        self.commonName = subject.text(NID_commonName)
        self.userID = subject.text(NID_userId)
        self.organizationalUnit = subject.text(NID_organizationalUnitName)
        self.organization = subject.text(NID_organizationName)
        self.issuerCommonName = DistinguishedName(X509_get_issuer_name(certificate)).text(NID_commonName)
        self.serial = CertificateFields.serial(of: certificate)
        self.notBefore = CertificateFields.instant(X509_get0_notBefore(certificate))
        self.notAfter = CertificateFields.instant(X509_get0_notAfter(certificate))
        self.names = SubjectAlternativeNames.read(CertificateFields.extension("2.5.29.17", of: certificate))
        self.isAuthority = X509_check_ca(certificate) == 1

        let profiles = IdentityProfiles.builtIn
        let markers = Set(
            IdentityProfile.Marker.allCases.filter {
                CertificateFields.extension(profiles.objectIdentifiers[$0], of: certificate) != nil
            }
        )
        self.environments = Set(markers.compactMap(\.environment))
        self.kind = profiles.profiles.first { $0.markers == markers }?.kind
        let list = CertificateFields.extension(profiles.objectIdentifiers.topicList, of: certificate)
            .flatMap(TopicList.init(der:))
        self.topics = Self.union(self.userID.map { Topic($0) }, list?.entries.map(\.topic) ?? [])

        guard let key = X509_get_X509_PUBKEY(certificate) else { throw .fromLibrary(.notACertificate) }
        self.publicKeyInfo = try LibCrypto.encode("writing a public key") { i2d_X509_PUBKEY(key, $0) }
        self.publicKeySHA256 = Digest.sha256(self.publicKeyInfo)
        ERR_clear_error()
    }

    package var pem: String { LibCrypto.pem("CERTIFICATE", self.der) }

    /// The SHA-256 of the whole certificate, in lowercase hexadecimal: names this one and no other.
    package var fingerprint: String { Hexadecimal.string(from: Digest.sha256(self.der)) }

    package var description: String {
        "certificate `\(self.commonName ?? "without a common name")`, serial \(self.serial)"
    }

    package static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }

    package func hash(into hasher: inout Hasher) { hasher.combine(self.der) }

    func withCertificate<Result>(
        _ body: (OpaquePointer) throws(IdentityError) -> Result
    ) throws(IdentityError) -> Result {
        let read = LibCrypto.decode(self.der, { d2i_X509(nil, $0, $1) }, free: { X509_free($0) })
        guard let read else { throw .fromLibrary(.notACertificate) }
        defer { X509_free(read) }
        return try body(read)
    }

    private static func union(_ first: Topic?, _ others: [Topic]) -> [Topic] {
        var seen: Set<Topic> = []
        return ([first].compactMap(\.self) + others).filter { seen.insert($0).inserted }
    }
}
