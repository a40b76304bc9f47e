import PushIdentity
import PushVocabulary
import Testing

struct CertificateTests {
    struct Shape: CustomTestStringConvertible, Sendable {
        var kind: IdentityKind
        var commonName: String
        var userID: String
        var environments: Set<Environment>
        var topics: [Topic]
        var testDescription: String { self.kind.rawValue }
    }

    static let shapes = [
        Shape(
            kind: .development,
            commonName: "Apple Development IOS Push Services: com.example.app",
            userID: "com.example.app",
            environments: [.sandbox],
            topics: ["com.example.app"]
        ),
        Shape(
            kind: .production,
            commonName: "Apple Production IOS Push Services: com.example.app",
            userID: "com.example.app",
            environments: [.production],
            topics: ["com.example.app"]
        ),
        Shape(
            kind: .universal,
            commonName: "Apple Push Services: com.example.app",
            userID: "com.example.app",
            environments: [.sandbox, .production],
            topics: ["com.example.app", "com.example.app.voip", "com.example.app.complication"]
        ),
        Shape(
            kind: .voip,
            commonName: "VoIP Services: com.example.app",
            userID: "com.example.app.voip",
            environments: [.sandbox, .production],
            topics: ["com.example.app.voip"]
        ),
    ]

    @Test(arguments: Self.shapes)
    func `each kind has its name, its environments and its topics`(shape: Shape) throws {
        let request = ProviderRequest(topic: "com.example.app", kind: shape.kind, organization: "Example Ltd")
        let certificate = try Fixtures.provider(request).certificate
        #expect(certificate.kind == shape.kind)
        #expect(certificate.commonName == shape.commonName)
        #expect(certificate.userID == shape.userID)
        #expect(certificate.organizationalUnit == "GATEHOUSE1")
        #expect(certificate.organization == "Example Ltd")
        #expect(certificate.environments == shape.environments)
        #expect(shape.kind.environments == shape.environments)
        #expect(certificate.topics == shape.topics)
        #expect(certificate.issuerCommonName == CertificateAuthority.defaultCommonName)
        #expect(!certificate.isAuthority)
    }

    @Test func `a VoIP certificate may be asked for by its topic as well as by its bundle`() throws {
        let certificate = try Fixtures.provider(ProviderRequest(topic: "com.example.app.voip", kind: .voip)).certificate
        #expect(certificate.userID == "com.example.app.voip")
        #expect(certificate.commonName == "VoIP Services: com.example.app")
    }

    @Test func `topics of other apps come after the certificate's own, each once`() throws {
        let request = ProviderRequest(
            topic: "com.example.app",
            kind: .development,
            additionalTopics: ["com.example.other", "com.example.app", "com.example.other"]
        )
        let certificate = try Fixtures.provider(request).certificate
        #expect(certificate.topics == ["com.example.app", "com.example.other"])
        #expect(certificate.kind == .development)
    }

    @Test func `a bundle identifier may be longer than X.509's 64 characters, and need not be ASCII`() throws {
        for name in [String(repeating: "a", count: 155), "com.exämple.æpp"] {
            let certificate = try Fixtures.provider(ProviderRequest(topic: Topic(name), kind: .production)).certificate
            #expect(certificate.topics == [Topic(name)])
            #expect(certificate.commonName == "Apple Production IOS Push Services: \(name)")
        }
    }

    @Test func `a request without a topic or a team is refused`() {
        for request in [
            ProviderRequest(topic: "", kind: .development),
            ProviderRequest(topic: "a", kind: .development, teamIdentifier: ""),
        ] {
            #expect(throws: IdentityError.self) { try Fixtures.provider(request) }
        }
    }

    @Test func `a certificate survives the way to DER and PEM and back`() throws {
        let certificate = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: .universal)).certificate
        #expect(try Certificate(der: certificate.der) == certificate)
        let read = try Certificate(pem: "Bag Attributes\n" + certificate.pem)
        #expect(read == certificate)
        #expect(read.topics == certificate.topics)
        #expect(certificate.publicKeySHA256.count == 32)
        #expect(certificate.fingerprint.count == 64)
    }

    @Test func `bytes that are not exactly one certificate are refused`() throws {
        let der = try Fixtures.authority.get().certificate.der
        #expect(throws: IdentityError.self) { try Certificate(der: der + [0]) }
        for cut in stride(from: 0, to: der.count, by: 7) {
            #expect(throws: IdentityError.self, "cut at \(cut)") { try Certificate(der: Array(der.prefix(cut))) }
        }
        #expect { try Certificate(pem: "nothing here") } throws: {
            ($0 as? IdentityError)?.reason == .notACertificate
        }
    }

    @Test func `a certificate damaged anywhere is refused, or read without its authority's signature`() throws {
        let authority = try Fixtures.authority.get().certificate
        let der = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: .universal)).certificate.der
        var random = SeededGenerator(seed: 5)
        for _ in 0..<500 {
            var damaged = der
            let index = Int.random(in: 0..<der.count, using: &random)
            damaged[index] ^= UInt8.random(in: 1...255, using: &random)
            guard let certificate = try? Certificate(der: damaged) else { continue }
            #expect(certificate.verdict(issuedBy: authority, at: Fixtures.now) != .valid, "byte \(index)")
        }
    }

    @Test func `two certificates of one key share the key's hash but not serial and fingerprint`() throws {
        let request = ProviderRequest(topic: "com.example.app", kind: .development)
        let (first, second) = try (Fixtures.provider(request).certificate, Fixtures.provider(request).certificate)
        #expect(first.publicKeySHA256 == second.publicKeySHA256)
        #expect(first.serial != second.serial)
        #expect(first.serial.count == 32)
        #expect(first.fingerprint != second.fingerprint)
    }

    @Test func `an identity takes only the key of its certificate`() throws {
        let certificate = try Fixtures.provider(ProviderRequest(topic: "a", kind: .development)).certificate
        #expect(throws: IdentityError.self) {
            try Identity(certificate: certificate, privateKey: Fixtures.ellipticKey.get())
        }
        #expect(throws: IdentityError.self) {
            try CertificateAuthority(
                certificate: Fixtures.authority.get().certificate,
                privateKey: Fixtures.rsaKey.get()
            )
        }
    }
}
