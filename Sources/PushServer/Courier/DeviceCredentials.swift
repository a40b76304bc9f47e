package import APNSWire
package import PushIdentity
package import PushVocabulary

/// How the proof inside Connect is looked at.
package enum CredentialsPolicy: String, Hashable, Sendable, CaseIterable, Codable {
    /// A wrong or missing proof gets status 2 and a close.
    case verify
    /// It is looked at, and not insisted on.
    case accept
}

/// The proof of a device's identity: a certificate, a nonce with the time, and a signature over it. No Apple chain is
/// asked for.
package struct DeviceCredentials: Hashable, Sendable {
    package enum Flaw: Error, Hashable, Sendable {
        case missing
        case unreadableCertificate
        case nonceShape
        case clockSkew(milliseconds: Int64)
        case signature
    }

    /// How far a device's clock may be off. The real limit is unknown; this leaves room for a badly set phone.
    package static let maximumSkew: Duration = .seconds(24 * 3_600)

    package let certificate: Certificate

    /// - Parameter now: wall time: a nonce proves freshness, it is not product time.
    package init(_ credentials: CourierConnect.Credentials?, at now: Instant) throws(Flaw) {
        guard let credentials else { throw .missing }
        guard let certificate = try? Certificate(der: credentials.certificate) else { throw .unreadableCertificate }
        try Self.check(credentials.nonce, at: now)
        guard credentials.signature.starts(with: [1, 1]),
            certificate.verifiesSHA1Signature(Array(credentials.signature.dropFirst(2)), of: credentials.nonce)
        else { throw .signature }
        self.certificate = certificate
    }

    /// Looks at the shape of a nonce, and at its time.
    static func check(_ nonce: [UInt8], at now: Instant) throws(Flaw) {
        guard nonce.count == 17, nonce[0] == 0 else { throw .nonceShape }
        let stamp = Int64(bitPattern: nonce[1..<9].reduce(0) { $0 << 8 | UInt64($1) })
        let skew = stamp.subtractingReportingOverflow(now.unixMilliseconds)
        guard !skew.overflow, skew.partialValue.magnitude <= UInt64(Self.maximumSkew.components.seconds) * 1_000
        else { throw .clockSkew(milliseconds: skew.partialValue) }
    }
}

extension DeviceCredentials.Flaw: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing: "Connect carries no certificate, nonce and signature"
        case .unreadableCertificate: "the certificate in Connect is not X.509 in DER"
        case .nonceShape: "the nonce is not a zero byte, eight bytes of time and eight random bytes"
        case .clockSkew(let milliseconds): "the device's clock is off by \(milliseconds / 1_000) seconds"
        case .signature: "the signature in Connect is not the certificate's over the nonce"
        }
    }
}
