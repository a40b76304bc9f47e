import PushIdentity
import Testing

struct SigningKeyTests {
    typealias Scheme = SigningKey.Scheme

    @Test(arguments: [
        (Scheme.pkcs1(.sha1), "sha1", "pkcs1"), (.pkcs1(.sha256), "sha256", "pkcs1"),
        (.pkcs1(.sha384), "sha384", "pkcs1"), (.pkcs1(.sha512), "sha512", "pkcs1"),
        (.pkcs1(.md5sha1), "md5-sha1", "pkcs1"),
        (.pss(.sha256), "sha256", "pss"), (.pss(.sha384), "sha384", "pss"), (.pss(.sha512), "sha512", "pss"),
    ])
    func `the openssl command takes a signature for what it is, and for nothing else`(
        _ scheme: Scheme,
        _ hash: String,
        _ padding: String
    ) throws {
        let key = try Fixtures.rsaKey.get()
        let message = Array("what client and server have said so far".utf8)
        let signature = try message.withUnsafeBytes { bytes throws(IdentityError) in
            try SigningKey(key).signature(of: bytes, scheme)
        }
        #expect(signature.count == 256)
        try withTemporaryDirectory { directory in
            let files = ["key", "message", "signature"].map { "\(directory)/\($0)" }
            try write(key.pem, to: files[0])
            try write(signature, to: files[2])
            // The length of the salt is that of the hash (-1).
            let details = padding == "pss" ? ["-pkeyopt", "rsa_pss_saltlen:-1"] : []
            for (said, isGood) in [(message, true), (message + [0], false)] {
                try write(said, to: files[1])
                let outcome = try OpenSSLTool.run(
                    [
                        "pkeyutl", "-verify", "-inkey", files[0], "-rawin", "-in", files[1], "-sigfile", files[2],
                        "-digest", hash, "-pkeyopt", "rsa_padding_mode:\(padding)",
                    ] + details
                )
                #expect((outcome.status == 0) == isGood, "\(outcome.output)\(outcome.remarks)")
            }
        }
    }

    @Test func `decrypting leaves the padding where it is`() throws {
        let key = try Fixtures.rsaKey.get()
        try withTemporaryDirectory { directory in
            let (file, plain, secret) = ("\(directory)/key", "\(directory)/plain", "\(directory)/secret")
            try write(key.pem, to: file)
            try write("premaster", to: plain)
            let outcome = try OpenSSLTool.run(
                ["pkeyutl", "-encrypt", "-inkey", file, "-in", plain, "-out", secret]
            )
            #expect(outcome.status == 0, "\(outcome.remarks)")
            let decrypted = try bytes(of: secret).withUnsafeBytes { bytes throws(IdentityError) in
                try SigningKey(key).decrypted(bytes)
            }
            // RFC 8017, section 7.2.1.
            #expect(decrypted.count == 256)
            #expect(decrypted.prefix(2) == [0, 2])
            #expect(decrypted.suffix(10) == [0] + Array("premaster".utf8))
        }
    }

    @Test(arguments: [0, 255, 257]) func `a secret of another length than the key's is refused`(_ count: Int) throws {
        let key = try SigningKey(Fixtures.rsaKey.get())
        let secret = [UInt8](repeating: 1, count: count)
        #expect(throws: IdentityError.self) { try secret.withUnsafeBytes { try key.decrypted($0) } }
    }

    @Test func `a key of another kind is refused`() {
        #expect { try SigningKey(Fixtures.ellipticKey.get()) } throws: {
            ($0 as? IdentityError)?.reason == .unsupportedKey
        }
    }
}
