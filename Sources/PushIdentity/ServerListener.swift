/// The two server certificates: one for the ports of providers, one for the port of devices.
package enum ServerListener: String, CaseIterable, Codable, Hashable, Sendable {
    /// The gateway and the feedback service: RSA, which clients of every age can use.
    case provider
    /// The courier: EC P-256, because a fleet of devices means many handshakes.
    case courier

    /// The host that the certificate's common name gives.
    package var commonName: String {
        switch self {
        case .provider: "gateway.push.apple.com"
        case .courier: "courier.push.apple.com"
        }
    }

    /// The real service's names and those of this machine's loopback.
    package var names: [String] {
        let real =
            switch self {
            case .provider:
                [
                    "gateway.push.apple.com", "gateway.sandbox.push.apple.com",
                    "feedback.push.apple.com", "feedback.sandbox.push.apple.com",
                ]
            case .courier:
                [
                    "courier.push.apple.com", "*.push.apple.com",
                    "courier.sandbox.push.apple.com", "*.sandbox.push.apple.com",
                ]
            }
        return real + ["localhost", "127.0.0.1", "::1"]
    }

    var keyKind: PrivateKey.Kind {
        switch self {
        case .provider: .rsa(bits: 2048)
        case .courier: .p256
        }
    }
}
