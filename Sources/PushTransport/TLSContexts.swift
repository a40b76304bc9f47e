import NIOCore
package import NIOSSL
package import PushIdentity

/// The TLS configurations of the three services and of their clients.
package enum TLSContexts {
    /// BoringSSL's name for every cipher suite it has, RSA key exchange with AES-CBC-SHA included: the suites that
    /// clients of the era ask for.
    private static let everySuite = "ALL"

    /// Courier protocol names, the preferred first. `apns-pack-v1` is never selected: its encoding is another one.
    package static let courierProtocols = ["apns-security-v3", "apns-security-v2"]

    /// Gateway and feedback: TLS 1.0 to 1.2. Under 1.3 a client finishes its handshake before its certificate is
    /// judged, so a refusal would no longer look like one.
    package static func providerServer(_ identity: Identity) throws -> NIOSSLContext {
        var configuration = try Self.server(identity)
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = .tlsv12
        configuration.cipherSuites = Self.everySuite
        // Asks for a certificate and insists on one; who issued it is judged by the caller's own callback.
        configuration.certificateVerification = .noHostnameVerification
        configuration.shutdownTimeout = .seconds(1)
        return try NIOSSLContext(configuration: configuration)
    }

    /// - Parameters:
    ///   - protocols: names that may be agreed on, the preferred first.
    ///   - asksForCertificate: a client may show a certificate, which the caller's own callback looks at.
    package static func courierServer(
        _ identity: Identity,
        protocols: [String] = courierProtocols,
        asksForCertificate: Bool = false
    ) throws -> NIOSSLContext {
        var configuration = try Self.server(identity)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = protocols
        configuration.shutdownTimeout = .seconds(1)
        if asksForCertificate { configuration.certificateVerification = .optionalVerification }
        return try NIOSSLContext(configuration: configuration)
    }

    /// A provider: shows its identity, trusts `authority`.
    ///
    /// - Parameters:
    ///   - authority: `nil` takes any certificate of a server, whoever issued it and whatever name it bears.
    ///   - version: the only version to speak; `nil` speaks TLS 1.0 to 1.2.
    package static func providerClient(
        identity: Identity?,
        authority: Certificate?,
        version: TLSVersion? = nil
    ) throws -> NIOSSLContext {
        var configuration = try Self.client(trusting: authority)
        configuration.minimumTLSVersion = version ?? .tlsv1
        configuration.maximumTLSVersion = version ?? .tlsv12
        configuration.cipherSuites = Self.everySuite
        if let identity {
            configuration.certificateChain = [.certificate(try Self.certificate(identity.certificate))]
            configuration.privateKey = .privateKey(try Self.privateKey(identity.privateKey))
        }
        return try NIOSSLContext(configuration: configuration)
    }

    /// A device: shows no certificate in TLS, its credentials travel in the Connect message.
    package static func courierClient(authority: Certificate) throws -> NIOSSLContext {
        var configuration = try Self.client(trusting: authority)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = [Self.courierProtocols[0]]
        return try NIOSSLContext(configuration: configuration)
    }

    private static func server(_ identity: Identity) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try Self.certificate(identity.certificate))],
            privateKey: .privateKey(try Self.serverKey(identity.privateKey))
        )
        // The caller's callback alone judges clients. Without this the system's authorities, a hundred and more of them,
        // would be read at every start and never be asked.
        configuration.trustRoots = .certificates([])
        return configuration
    }

    private static func client(trusting authority: Certificate?) throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authority {
            configuration.trustRoots = .certificates([try Self.certificate(authority)])
        } else {
            configuration.certificateVerification = .none
        }
        configuration.shutdownTimeout = .seconds(1)
        return configuration
    }

    private static func certificate(_ certificate: Certificate) throws -> NIOSSLCertificate {
        try NIOSSLCertificate(bytes: certificate.der, format: .der)
    }

    private static func serverKey(_ key: PrivateKey) throws -> NIOSSLPrivateKey {
        switch key.kind {
        case .rsa: NIOSSLPrivateKey(customPrivateKey: try HandshakeKey(key))
        // A signature with it takes less than going to another thread and back.
        case .p256: try Self.privateKey(key)
        }
    }

    private static func privateKey(_ key: PrivateKey) throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(bytes: Array(key.pem.utf8), format: .pem)
    }
}
