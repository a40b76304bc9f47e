package import PushIdentity
package import PushLedger
package import PushVocabulary

/// What a provider's certificate gets it on a gateway or feedback port (facts: what a bad certificate got).
package enum ProviderAdmission: Hashable, Sendable {
    case admitted
    /// The handshake succeeds, then the connection is closed without a byte.
    case closedAfterHandshake(ConnectionEnd)
    /// The handshake fails with this TLS alert.
    case refused(alert: UInt8, ConnectionEnd)

    /// TLS alert descriptions (RFC 5246, section 7.2).
    package enum Alert {
        package static let handshakeFailure: UInt8 = 40
        package static let badCertificate: UInt8 = 42
        package static let certificateRevoked: UInt8 = 44
        package static let certificateExpired: UInt8 = 45
        package static let certificateUnknown: UInt8 = 46
        package static let unknownAuthority: UInt8 = 48
        package static let internalError: UInt8 = 80
    }

    /// - Parameters:
    ///   - verdict: what is to be said of the certificate itself, now.
    ///   - isRevoked: whether a control call has revoked it.
    package init(
        of certificate: Certificate,
        _ verdict: Certificate.Verdict,
        in environment: Environment,
        alerts: ProviderAlerts = ProviderAlerts(),
        isRevoked: Bool = false
    ) {
        switch verdict {
        case .valid where isRevoked:
            self = .refused(
                alert: alerts.revoked,
                ConnectionEnd(
                    code: "certificate-revoked",
                    sentence: "The client certificate \(Self.subject(of: certificate)) has been revoked.",
                    hint: "Use another identity, or take the revocation back."
                )
            )
        case .valid: self.init(valid: certificate, in: environment, alerts: alerts)
        case .unknownIssuer, .badSignature:
            self = .refused(
                alert: Alert.unknownAuthority,
                ConnectionEnd(
                    code: "unknown-issuer",
                    sentence:
                        "The client certificate \(Self.subject(of: certificate)) was not issued by this Gatehouse's authority.",
                    hint: "Issue one with `gatehouse certs issue --topic TOPIC`, or start with the certificates "
                        + "directory (--certs) that it came from."
                )
            )
        case .expired:
            // F: java-apns #41, #353: alert certificate_expired, on feedback as well.
            self = .refused(
                alert: alerts.expired,
                ConnectionEnd(
                    code: "certificate-expired",
                    sentence:
                        "The client certificate \(Self.subject(of: certificate)) expired on \(certificate.notAfter).",
                    hint: "Issue a new one with `gatehouse certs issue`."
                )
            )
        case .notYetValid:
            self = .refused(
                alert: Alert.badCertificate,
                ConnectionEnd(
                    code: "certificate-not-yet-valid",
                    sentence:
                        "The client certificate \(Self.subject(of: certificate)) is valid from \(certificate.notBefore) on.",
                    hint: "Check the clock: a manual clock may stand before the certificate's time."
                )
            )
        }
    }

    private init(valid certificate: Certificate, in environment: Environment, alerts: ProviderAlerts) {
        if certificate.environments.contains(environment) {
            self = .admitted
        } else if environment == .production {
            // TN2265: the sandbox identity on production fails with "certificate revoked".
            self = .refused(
                alert: alerts.wrongEnvironment,
                ConnectionEnd(
                    code: "wrong-environment",
                    sentence:
                        "The client certificate \(Self.subject(of: certificate)) is not for the production environment.",
                    hint: "Use a production or universal identity here, or connect to the sandbox ports (TN2265)."
                )
            )
        } else {
            // F: node-apn #238, #301, #390, pushy #205: production identity on sandbox, handshake succeeds, then EOF.
            self = .closedAfterHandshake(
                ConnectionEnd(
                    code: "wrong-environment",
                    sentence:
                        "The client certificate \(Self.subject(of: certificate)) is not for the sandbox; as the real "
                        + "gateway did, the connection was closed after the handshake without a byte.",
                    hint: "Use a development or universal identity here, or connect to the production ports."
                )
            )
        }
    }

    package static let unreadableCertificate = ProviderAdmission.refused(
        alert: Alert.badCertificate,
        ConnectionEnd(
            code: "bad-certificate",
            sentence: "The client certificate could not be read.",
            hint: "Show an X.509 certificate issued by `gatehouse certs issue`."
        )
    )

    private static func subject(of certificate: Certificate) -> String {
        "\"\(certificate.commonName ?? certificate.serial)\""
    }
}
