package import PushIdentity
package import PushVocabulary

/// Certificates of providers that were read, and found to be signed by the authority.
///
/// A provider that connects again shows the one it has: reading it and checking its signature would be a third of what
/// its handshake costs here.
package struct IssuedCertificates {
    private struct Issued {
        let certificate: Certificate
        let authority: Certificate
    }

    private let maximumCount: Int
    private var issued: [[UInt8]: Issued] = [:]

    /// - Parameter maximumCount: with more of them, all are forgotten. Each costs about 4 KB.
    package init(maximumCount: Int = 1_024) {
        self.maximumCount = maximumCount
    }

    package var count: Int { self.issued.count }

    /// Reads and judges a certificate. Whether its time is right is looked at every time.
    ///
    /// - Throws: ``IdentityError`` unless the bytes are exactly one certificate.
    package mutating func read(
        der: [UInt8],
        issuedBy authority: Certificate,
        at now: Instant
    ) throws(IdentityError) -> (certificate: Certificate, verdict: Certificate.Verdict) {
        if let known = self.issued[der], known.authority == authority {
            return (known.certificate, known.certificate.validity(at: now))
        }
        let certificate = try Certificate(der: der)
        let issuance = certificate.issuance(by: authority)
        guard issuance == .valid else { return (certificate, issuance) }
        if self.issued.count >= self.maximumCount { self.issued = [:] }
        self.issued[der] = Issued(certificate: certificate, authority: authority)
        return (certificate, certificate.validity(at: now))
    }
}
