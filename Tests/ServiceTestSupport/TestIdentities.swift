package import PushIdentity
package import PushVocabulary

/// Throw-away identities, made once for all tests of a run: RSA keys take their time.
package struct TestIdentities: Sendable {
    package static let shared = TestIdentities()

    package let authority: CertificateAuthority
    package let providerServer: Identity
    package let courierServer: Identity
    package let deviceKey: PrivateKey
    private let providerKey: PrivateKey

    private init() {
        do {
            let keys = try PrivateKey.generate([.rsa(bits: 2048), .rsa(bits: 2048), .p256, .rsa(bits: 1024)])
            self.authority = try CertificateAuthority.create(commonName: "Gatehouse Test Authority")
            self.providerServer = try self.authority.issueServer(
                commonName: "gateway.push.apple.com",
                names: ServerListener.provider.names,
                key: keys[0]
            )
            self.courierServer = try self.authority.issueServer(
                commonName: "courier.push.apple.com",
                names: ServerListener.courier.names,
                key: keys[2]
            )
            self.providerKey = keys[1]
            self.deviceKey = keys[3]
        } catch {
            fatalError("the test identities cannot be made: \(error)")
        }
    }

    /// A provider's identity, issued by `authority` or another one.
    package func provider(
        _ topic: Topic,
        kind: IdentityKind = .development,
        validity: Validity = .wide,
        issuer: CertificateAuthority? = nil
    ) throws -> Identity {
        try (issuer ?? self.authority).issueProvider(
            ProviderRequest(topic: topic, kind: kind, validity: validity),
            key: self.providerKey
        )
    }
}
