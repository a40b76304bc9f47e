package import APNSWire
package import PushIdentity
package import PushVocabulary

/// What the service wants to know of the certificate of a device.
package struct DeviceSubject: Hashable, Sendable {
    package let commonName: String?
    /// The SHA-256 of its SubjectPublicKeyInfo.
    package let publicKeySHA256: [UInt8]

    package init(_ certificate: Certificate) {
        self.commonName = certificate.commonName
        self.publicKeySHA256 = certificate.publicKeySHA256
    }
}

/// Proofs that were examined and held. A device that comes back soon shows the one it has, and of thousands that come and
/// go, reading their certificates again and again would be most of the work.
package struct ProvenCredentials {
    /// With more of them, all are forgotten: each costs about 200 bytes.
    static let maximumCount = 32_768

    /// A SHA-256 over all that is shown: what differs in one byte is examined.
    private struct Key: Hashable {
        let words: SIMD4<UInt64>

        init(_ credentials: CourierConnect.Credentials) {
            var bytes: [UInt8] = []
            for part in [credentials.certificate, credentials.nonce, credentials.signature] {
                withUnsafeBytes(of: UInt64(part.count)) { bytes.append(contentsOf: $0) }
                bytes.append(contentsOf: part)
            }
            let digest = Digest.sha256(bytes)
            self.words = digest.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
        }
    }

    private var subjects: [Key: DeviceSubject] = [:]

    package init() {}

    /// Examines a proof, unless that was done before. Whether its time is right is looked at every time.
    ///
    /// - Parameter now: wall time.
    package mutating func subject(
        of credentials: CourierConnect.Credentials?,
        at now: Instant
    ) throws(DeviceCredentials.Flaw) -> DeviceSubject {
        guard let credentials else { throw .missing }
        let key = Key(credentials)
        if let subject = self.subjects[key] {
            try DeviceCredentials.check(credentials.nonce, at: now)
            return subject
        }
        let subject = DeviceSubject(try DeviceCredentials(credentials, at: now).certificate)
        if self.subjects.count >= Self.maximumCount { self.subjects = [:] }
        self.subjects[key] = subject
        return subject
    }
}
