internal import COpenSSL
internal import PushVocabulary

/// The one who vouches for a Gatehouse's server and for the providers it lets in.
///
/// Its name says that it is local: nobody shall take a certificate of it for one of Apple's.
package struct CertificateAuthority: Sendable {
    package static let defaultCommonName = "Gatehouse Local Test CA (not Apple)"

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

    /// Makes an authority that vouches for itself.
    ///
    /// - Parameter key: `nil` makes a new RSA key of 2048 bits, which clients of every age can check.
    package static func create(
        commonName: String = Self.defaultCommonName,
        key: PrivateKey? = nil,
        validity: Validity = .wide
    ) throws(IdentityError) -> CertificateAuthority {
        let key = if let key { key } else { try PrivateKey.generate(.rsa(bits: 2048)) }
        let template = CertificateTemplate(
            subject: [
                .init(number: NID_commonName, text: commonName),
                .init(number: NID_organizationName, text: "Gatehouse"),
            ],
            role: .authority,
            publicKey: key,
            validity: validity
        )
        return try CertificateAuthority(certificate: template.signed(by: nil, key: key), privateKey: key)
    }

    /// - Parameter names: host names, `*.` in front allowed, and IP addresses.
    /// - Throws: ``IdentityError`` for a name that is neither.
    package func issueServer(
        commonName: String,
        names: [String],
        key: PrivateKey,
        validity: Validity = .wide
    ) throws(IdentityError) -> Identity {
        try self.issue(
            subject: [
                .init(number: NID_commonName, text: commonName),
                .init(number: NID_organizationName, text: "Gatehouse"),
            ],
            role: .server(names: names),
            key: key,
            validity: validity
        )
    }

    /// Issues a push certificate of the shape that `certs/profiles.json` gives its kind.
    ///
    /// A request whose validity is over makes an expired certificate; a foreign one comes from another authority.
    package func issueProvider(_ request: ProviderRequest, key: PrivateKey) throws(IdentityError) -> Identity {
        guard !request.topic.name.isEmpty else { throw IdentityError(.invalidRequest("the topic is empty")) }
        guard !request.teamIdentifier.isEmpty else {
            throw IdentityError(.invalidRequest("the team identifier is empty"))
        }
        let identifiers = IdentityProfiles.builtIn.objectIdentifiers
        let marker = Hexadecimal.bytes(from: IdentityProfiles.builtIn.markerValue) ?? []
        var extensions = IdentityProfile.Marker.allCases
            .filter { IdentityProfile.of(request.kind).markers.contains($0) }
            .map { CertificateTemplate.Extension(objectIdentifier: identifiers[$0], value: marker) }
        if let list = request.topicList {
            extensions.append(.init(objectIdentifier: identifiers.topicList, value: list.der))
        }
        var subject: [CertificateTemplate.Attribute] = [
            .init(number: NID_userId, text: request.userID),
            .init(number: NID_commonName, text: request.commonName),
            .init(number: NID_organizationalUnitName, text: request.teamIdentifier),
        ]
        if let organization = request.organization, !organization.isEmpty {
            subject.append(.init(number: NID_organizationName, text: organization))
        }
        subject.append(.init(number: NID_countryName, text: "US"))
        return try self.issue(
            subject: subject,
            role: .client,
            key: key,
            validity: request.validity,
            extensions: extensions
        )
    }

    /// Issues what a device shows in the courier's Connect: no topics, no environments.
    package func issueDevice(
        commonName: String,
        key: PrivateKey,
        validity: Validity = .wide
    ) throws(IdentityError) -> Identity {
        try self.issue(
            subject: [.init(number: NID_commonName, text: commonName)],
            role: .client,
            key: key,
            validity: validity
        )
    }

    private func issue(
        subject: [CertificateTemplate.Attribute],
        role: CertificateTemplate.Role,
        key: PrivateKey,
        validity: Validity,
        extensions: [CertificateTemplate.Extension] = []
    ) throws(IdentityError) -> Identity {
        let template = CertificateTemplate(
            subject: subject,
            role: role,
            publicKey: key,
            validity: validity,
            extensions: extensions
        )
        return try Identity(
            certificate: template.signed(by: self.certificate, key: self.privateKey),
            privateKey: key
        )
    }
}
