import PushIdentity
import Testing

struct PrivateKeyTests {
    @Test func `a key survives the way to PEM and back`() throws {
        for key in try [Fixtures.rsaKey.get(), Fixtures.deviceKey.get(), Fixtures.ellipticKey.get()] {
            #expect(key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
            let read = try PrivateKey(pem: "a note before\n" + key.pem)
            #expect(read.der == key.der)
            #expect(read.kind == key.kind)
        }
        #expect(try Fixtures.deviceKey.get().kind == .rsa(bits: 1024))
        #expect(try Fixtures.ellipticKey.get().kind == .p256)
    }

    @Test func `the older forms of PEM are read too`() throws {
        try withTemporaryDirectory { directory in
            let (plain, traditional) = ("\(directory)/key.pem", "\(directory)/traditional.pem")
            for key in try [Fixtures.rsaKey.get(), Fixtures.ellipticKey.get()] {
                try write(key.pem, to: plain)
                let outcome = try OpenSSLTool.run("pkey", "-in", plain, "-traditional", "-out", traditional)
                #expect(outcome.status == 0, "\(outcome.remarks)")
                #expect(try !text(of: traditional).contains("BEGIN PRIVATE KEY"))
                #expect(try PrivateKey(pem: text(of: traditional)).der == key.der)
            }
        }
    }

    @Test func `an encrypted key is refused without asking anybody for a password`() throws {
        try withTemporaryDirectory { directory in
            let (plain, locked) = ("\(directory)/key.pem", "\(directory)/locked.pem")
            try write(Fixtures.ellipticKey.get().pem, to: plain)
            _ = try OpenSSLTool.run("pkey", "-in", plain, "-aes256", "-passout", "pass:secret", "-out", locked)
            let pem = try text(of: locked)
            #expect(pem.contains("ENCRYPTED"))
            #expect { try PrivateKey(pem: pem) } throws: { ($0 as? IdentityError)?.reason == .notAPrivateKey }
        }
    }

    @Test(arguments: ["ed25519", "EC:secp384r1", "RSA:512"])
    func `a key of another kind is refused by name`(kind: String) throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/key.pem"
            let parts = kind.split(separator: ":").map(String.init)
            switch parts[0] {
            case "EC":
                _ = try OpenSSLTool.run(
                    "genpkey",
                    "-algorithm",
                    "EC",
                    "-pkeyopt",
                    "ec_paramgen_curve:\(parts[1])",
                    "-out",
                    path
                )
            case "RSA":
                _ = try OpenSSLTool.run(
                    "genpkey",
                    "-algorithm",
                    "RSA",
                    "-pkeyopt",
                    "rsa_keygen_bits:\(parts[1])",
                    "-out",
                    path
                )
            default: _ = try OpenSSLTool.run("genpkey", "-algorithm", parts[0], "-out", path)
            }
            let pem = try text(of: path)
            #expect { try PrivateKey(pem: pem) } throws: { ($0 as? IdentityError)?.reason == .unsupportedKey }
        }
    }

    @Test(arguments: ["", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func `text without a key is refused`(text: String) {
        #expect { try PrivateKey(pem: text) } throws: { ($0 as? IdentityError)?.reason == .notAPrivateKey }
    }

    @Test func `printing a key, or an identity, shows nothing of it`() throws {
        let key = try Fixtures.deviceKey.get()
        let identity = try Fixtures.authority.get().issueDevice(commonName: "phone", key: key)
        let secret = key.der.suffix(16).map(String.init).joined(separator: ", ")
        #expect(!"\(key)".contains(secret))
        #expect(!"\(identity)".contains(secret))
        #expect(!String(reflecting: identity).contains(secret))
        #expect("\(key.der)".contains(secret), "the text that is looked for must be the one a leak would show")
    }
}
