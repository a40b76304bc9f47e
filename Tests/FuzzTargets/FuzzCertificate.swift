import PushIdentity

/// Certificates come from strangers: in a provider's handshake, and inside a device's Connect.
enum FuzzCertificate {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        _ = TopicList(der: Array(bytes))
        guard let certificate = try? Certificate(der: Array(bytes)) else { return }
        _ = (certificate.topics, certificate.commonName, certificate.kind, certificate.fingerprint)
        _ = certificate.publicKeySHA256
        _ = certificate.verifiesSHA1Signature(Array(repeating: 1, count: 128), of: [1, 2, 3])
    }
}
