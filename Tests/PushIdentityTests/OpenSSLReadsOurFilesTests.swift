import PushIdentity
import PushVocabulary
import Testing

/// What the `openssl` command says of our certificates and bundles.
struct OpenSSLReadsOurFilesTests {
    @Test(arguments: ServerListener.allCases)
    func `a server certificate passes strict checks for each of its names`(listener: ServerListener) throws {
        try withTemporaryDirectory { directory in
            let (authority, leaf) = ("\(directory)/ca.pem", "\(directory)/leaf.pem")
            let key = try listener == .courier ? Fixtures.ellipticKey.get() : Fixtures.rsaKey.get()
            let identity = try Fixtures.authority.get()
                .issueServer(commonName: listener.commonName, names: listener.names + ["gatehouse.test"], key: key)
            try write(Fixtures.authority.get().certificate.pem, to: authority)
            try write(identity.certificate.pem, to: leaf)
            for name in listener.names + ["gatehouse.test"] {
                let isAddress = name.contains(":") || name.first?.isNumber == true
                let outcome = try OpenSSLTool.run(
                    "verify",
                    "-x509_strict",
                    "-check_ss_sig",
                    "-purpose",
                    "sslserver",
                    "-CAfile",
                    authority,
                    isAddress ? "-verify_ip" : "-verify_hostname",
                    name.replacing("*", with: "1-courier"),
                    leaf
                )
                #expect(outcome.status == 0, "\(name): \(outcome.remarks)")
            }
            let wrong = try OpenSSLTool.run(
                "verify",
                "-CAfile",
                authority,
                "-verify_hostname",
                "elsewhere.test",
                leaf
            )
            #expect(wrong.status != 0)
            let client = try OpenSSLTool.run("verify", "-CAfile", authority, "-purpose", "sslclient", leaf)
            #expect(client.status != 0, "a server certificate must not do for a client")
            let usage = listener == .provider ? "Digital Signature, Key Encipherment\n" : "Digital Signature\n"
            #expect(try OpenSSLTool.run("x509", "-in", leaf, "-noout", "-text").output.contains(usage))
        }
    }

    @Test(arguments: IdentityKind.allCases)
    func `a provider certificate passes strict checks as a client and carries its extensions`(
        kind: IdentityKind
    ) throws {
        try withTemporaryDirectory { directory in
            let (authority, leaf) = ("\(directory)/ca.pem", "\(directory)/leaf.pem")
            let identity = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: kind))
            try write(Fixtures.authority.get().certificate.pem, to: authority)
            try write(identity.certificate.pem, to: leaf)
            let outcome = try OpenSSLTool.run(
                "verify",
                "-x509_strict",
                "-purpose",
                "sslclient",
                "-CAfile",
                authority,
                leaf
            )
            #expect(outcome.status == 0, "\(outcome.remarks)")
            let printed = try OpenSSLTool.run("x509", "-in", leaf, "-noout", "-text").output
            #expect(printed.contains("Version: 3"))
            #expect(printed.contains("Signature Algorithm: sha256WithRSAEncryption"))
            #expect(printed.contains("TLS Web Client Authentication"))
            for (identifier, present) in [
                ("1.2.840.113635.100.6.3.1:", kind != .production),
                ("1.2.840.113635.100.6.3.2:", kind != .development),
                ("1.2.840.113635.100.6.3.4:", kind == .voip),
                ("1.2.840.113635.100.6.3.6:", kind == .universal),
            ] {
                #expect(printed.contains(identifier) == present, "\(identifier) in \(kind)")
            }
        }
    }

    @Test func `the subject has Apple's order and the markers are DER NULL`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/leaf.pem"
            let request = ProviderRequest(topic: "com.example.app", kind: .voip, organization: "Example Ltd")
            try write(Fixtures.provider(request).certificate.pem, to: path)
            let subject = try OpenSSLTool.run("x509", "-in", path, "-noout", "-subject", "-nameopt", "oneline").output
            #expect(
                subject == """
                    subject=UID = com.example.app.voip, CN = VoIP Services: com.example.app, OU = GATEHOUSE1, \
                    O = Example Ltd, C = US

                    """
            )
            let parsed = try OpenSSLTool.run("asn1parse", "-in", path).output
            let dumps = parsed.split(separator: "\n").filter { $0.contains("[HEX DUMP]:0500") }
            #expect(dumps.count == 3)
        }
    }

    @Test func `the authority is a v3 authority that may issue leaves only`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/ca.pem"
            try write(Fixtures.authority.get().certificate.pem, to: path)
            let printed = try OpenSSLTool.run("x509", "-in", path, "-noout", "-text").output
            #expect(printed.contains("CA:TRUE, pathlen:0"))
            #expect(printed.contains("Certificate Sign, CRL Sign"))
            #expect(printed.contains("Gatehouse Local Test CA (not Apple)"))
            #expect(try OpenSSLTool.run("verify", "-x509_strict", "-CAfile", path, path).status == 0)
        }
    }

    @Test(
        arguments: [
            (.compatible, "pbeWithSHA1And3-KeyTripleDES-CBC", "MAC: sha1"),
            (.modern, "AES-256-CBC", "MAC: sha256"),
        ] as [(PKCS12Style, String, String)]
    )
    func `a PKCS#12 file opens with its password and no other`(style: PKCS12Style, cipher: String, mac: String) throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/identity.p12"
            let identity = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: .development))
            let authority = try Fixtures.authority.get().certificate
            let file = try identity.pkcs12(
                password: "gäte",
                friendlyName: "a friendly name",
                style: style,
                chain: [authority]
            )
            try write(file, to: path)
            let opened = try OpenSSLTool.run("pkcs12", "-in", path, "-passin", "pass:gäte", "-nodes", "-info")
            #expect(opened.status == 0, "\(opened.remarks)")
            #expect(opened.remarks.contains(cipher))
            #expect(opened.remarks.contains(mac))
            #expect(!opened.remarks.contains("RC2"))
            #expect(opened.output.contains("friendlyName: a friendly name"))
            #expect(try Certificate(pem: opened.output) == identity.certificate)
            #expect(try PrivateKey(pem: opened.output).der == identity.privateKey.der)
            #expect(opened.output.contains(authority.pem))
            #expect(try OpenSSLTool.run("pkcs12", "-in", path, "-passin", "pass:other", "-nodes").status != 0)
        }
    }

    @Test func `a joined file serves openssl as certificate and as key`() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/joined.pem"
            let identity = try Fixtures.provider(ProviderRequest(topic: "com.example.app", kind: .development))
            try write(identity.joinedPEM, to: path)
            let fromCertificate = try OpenSSLTool.run("x509", "-in", path, "-noout", "-pubkey")
            let fromKey = try OpenSSLTool.run("pkey", "-in", path, "-pubout")
            #expect(fromCertificate.status == 0 && fromKey.status == 0)
            #expect(fromCertificate.output == fromKey.output)
        }
    }

    @Test(arguments: ["", "a b", "a,DNS:b", "exämple.org", "a..b", "*", "*.org", "1.2.3.4.5/8"])
    func `what is no server name is refused`(name: String) throws {
        #expect {
            try Fixtures.authority.get().issueServer(commonName: "x", names: [name], key: Fixtures.ellipticKey.get())
        } throws: { ($0 as? IdentityError)?.reason == .invalidName(name) }
    }
}
