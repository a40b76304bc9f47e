import PushIdentity
import PushVocabulary
import Testing

struct VerdictTests {
    private let limits = Validity(
        notBefore: Instant(unixSeconds: 1_000_000_000),
        notAfter: Instant(unixSeconds: 1_000_086_400)
    )

    private func certificate(by authority: CertificateAuthority) throws -> Certificate {
        let request = ProviderRequest(topic: "com.example.app", kind: .production, validity: self.limits)
        return try authority.issueProvider(request, key: Fixtures.rsaKey.get()).certificate
    }

    @Test func `a certificate is valid from its first second to its last`() throws {
        let authority = try Fixtures.authority.get()
        let certificate = try self.certificate(by: authority)
        let (first, last) = (self.limits.notBefore, self.limits.notAfter)
        func verdict(_ now: Instant) -> Certificate.Verdict {
            certificate.verdict(issuedBy: authority.certificate, at: now)
        }
        #expect(certificate.notBefore == first)
        #expect(certificate.notAfter == last)
        #expect(verdict(first - .nanoseconds(1)) == .notYetValid)
        #expect(verdict(first) == .valid)
        #expect(verdict(last + .milliseconds(999)) == .valid)
        #expect(verdict(last + .seconds(1)) == .expired)
    }

    @Test func `an authority of the same name but another key is unknown, also to an expired certificate`() throws {
        let mine = try Fixtures.authority.get()
        let foreign = try CertificateAuthority.create()
        #expect(foreign.certificate.commonName == mine.certificate.commonName)
        let certificate = try self.certificate(by: foreign)
        #expect(certificate.verdict(issuedBy: mine.certificate, at: self.limits.notBefore) == .unknownIssuer)
        #expect(certificate.verdict(issuedBy: mine.certificate, at: Fixtures.now) == .unknownIssuer)
        #expect(certificate.verdict(issuedBy: foreign.certificate, at: self.limits.notBefore) == .valid)
        let other = try CertificateAuthority.create(commonName: "Somebody else", key: foreign.privateKey)
        #expect(certificate.verdict(issuedBy: other.certificate, at: self.limits.notBefore) == .unknownIssuer)
    }

    @Test func `a certificate changed after signing has a bad signature`() throws {
        let authority = try Fixtures.authority.get().certificate
        var der = try self.certificate(by: Fixtures.authority.get()).der
        let name = Array("com.example.app".utf8)
        let place = try #require(der.indices.first { der[$0...].starts(with: name) })
        der[place + name.count - 1] = UInt8(ascii: "q")
        let certificate = try Certificate(der: der)
        #expect(certificate.verdict(issuedBy: authority, at: self.limits.notBefore) == .badSignature)
    }

    @Test func `a leaf vouches for nobody`() throws {
        let leaf = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: .production))
        let pretender = try CertificateAuthority(certificate: leaf.certificate, privateKey: leaf.privateKey)
        let certificate = try self.certificate(by: pretender)
        #expect(certificate.verdict(issuedBy: leaf.certificate, at: self.limits.notBefore) == .unknownIssuer)
    }

    @Test func `the wide validity covers the service's years and a clock moved ahead`() throws {
        let authority = try Fixtures.authority.get().certificate
        let certificate = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: .production))
            .certificate
        for time in ["2008-01-01T00:00:00.000Z", "2049-12-31T23:59:59.000Z"] {
            #expect([certificate.notBefore.description, certificate.notAfter.description].contains(time))
        }
        for seconds in [1_245_000_000, 1_398_902_400, 1_800_000_000, 2_500_000_000] as [Int64] {
            #expect(certificate.verdict(issuedBy: authority, at: Instant(unixSeconds: seconds)) == .valid)
        }
    }

    @Test func `years beyond product time become its limits`() throws {
        try withTemporaryDirectory { directory in
            let (key, path) = ("\(directory)/key.pem", "\(directory)/certificate.pem")
            try write(Fixtures.rsaKey.get().pem, to: key)
            let configuration = "\(directory)/ca.cnf"
            try write(
                """
                [ca]
                default_ca = here
                [here]
                database = \(directory)/index.txt
                new_certs_dir = \(directory)
                rand_serial = yes
                default_md = sha256
                policy = any
                [any]
                commonName = optional
                """,
                to: configuration
            )
            try write("", to: "\(directory)/index.txt")
            _ = try OpenSSLTool.run("req", "-new", "-key", key, "-subj", "/CN=for ever", "-out", "\(directory)/csr")
            let outcome = try OpenSSLTool.run(
                "ca",
                "-batch",
                "-config",
                configuration,
                "-selfsign",
                "-keyfile",
                key,
                "-in",
                "\(directory)/csr",
                "-startdate",
                "10000101000000Z",
                "-enddate",
                "99991231235959Z",
                "-out",
                path
            )
            #expect(outcome.status == 0, "\(outcome.remarks)")
            let certificate = try Certificate(pem: text(of: path))
            #expect(certificate.notBefore < Instant(unixSeconds: -9_000_000_000))
            #expect(certificate.notAfter > Instant(unixSeconds: 9_000_000_000))
            #expect(certificate.kind == nil)
            #expect(certificate.topics == [])
        }
    }
}
