import PushIdentity
import PushServer
import PushVocabulary
import Testing

/// What is remembered of the certificates that providers show.
struct IssuedCertificatesTests {
    private let limits = Validity(
        notBefore: Instant(unixSeconds: 1_000_000_000),
        notAfter: Instant(unixSeconds: 1_000_086_400)
    )
    private static let authorities = Result { try (1...2).map { _ in try CertificateAuthority.create() } }

    private func authorities() throws -> (mine: CertificateAuthority, other: CertificateAuthority) {
        let both = try Self.authorities.get()
        return (both[0], both[1])
    }

    private func certificate(_ topic: Topic = "com.example.app", by authority: CertificateAuthority) throws -> [UInt8] {
        let request = ProviderRequest(topic: topic, kind: .production, validity: self.limits)
        return try authority.issueProvider(request, key: authority.privateKey).certificate.der
    }

    @Test func `whether its time is right is looked at every time`() throws {
        let authority = try self.authorities().mine
        let der = try self.certificate(by: authority)
        var issued = IssuedCertificates()
        func verdict(_ now: Instant) throws -> Certificate.Verdict {
            try issued.read(der: der, issuedBy: authority.certificate, at: now).verdict
        }
        let (first, last) = (self.limits.notBefore, self.limits.notAfter)
        #expect(try verdict(first) == .valid)
        #expect(issued.count == 1)
        #expect(try verdict(first - .seconds(1)) == .notYetValid)
        #expect(try verdict(last + .seconds(1)) == .expired)
        #expect(try verdict(last) == .valid)
        #expect(issued.count == 1)
    }

    @Test func `another authority is asked anew`() throws {
        let (mine, other) = try self.authorities()
        let der = try self.certificate(by: mine)
        var issued = IssuedCertificates()
        for _ in 1...2 {
            let own = try issued.read(der: der, issuedBy: mine.certificate, at: self.limits.notBefore)
            #expect(own.verdict == .valid)
            let foreign = try issued.read(der: der, issuedBy: other.certificate, at: self.limits.notBefore)
            #expect(foreign.verdict == .unknownIssuer)
        }
    }

    @Test func `what the authority did not sign is not remembered`() throws {
        let (mine, other) = try self.authorities()
        var issued = IssuedCertificates()
        let foreign = try issued.read(
            der: self.certificate(by: other),
            issuedBy: mine.certificate,
            at: self.limits.notBefore
        )
        #expect(foreign.verdict == .unknownIssuer)
        var changed = try self.certificate(by: mine)
        changed[changed.count - 1] ^= 1
        let bad = try issued.read(der: changed, issuedBy: mine.certificate, at: self.limits.notBefore)
        #expect(bad.verdict == .badSignature)
        #expect(throws: IdentityError.self) {
            try issued.read(der: [1, 2, 3], issuedBy: mine.certificate, at: self.limits.notBefore)
        }
        #expect(issued.count == 0)
    }

    @Test func `a great many of them are no burden`() throws {
        let authority = try self.authorities().mine
        var issued = IssuedCertificates(maximumCount: 3)
        for number in 1...8 {
            let topic = Topic("com.example.app\(number)")
            let der = try self.certificate(topic, by: authority)
            let (certificate, verdict) = try issued.read(
                der: der,
                issuedBy: authority.certificate,
                at: self.limits.notBefore
            )
            #expect(verdict == .valid)
            #expect(certificate.topics.first == topic)
            #expect(issued.count <= 3)
        }
    }
}
