import PushIdentity
import Testing

/// The signature in the courier's Connect: RSA PKCS#1 v1.5 with SHA-1, keys from 1024 bits.
struct CourierSignatureTests {
    private let nonce: [UInt8] = [0] + Array(1...16)

    @Test(arguments: [1024, 2048])
    func `a device's signature is accepted, and not that of another message or another key`(bits: Int) throws {
        let key = try bits == 1024 ? Fixtures.deviceKey.get() : Fixtures.rsaKey.get()
        let certificate = try Fixtures.authority.get().issueDevice(commonName: "phone", key: key).certificate
        let signature = try key.signSHA1(self.nonce)
        #expect(signature.count == bits / 8)
        #expect(certificate.verifiesSHA1Signature(signature, of: self.nonce))
        #expect(!certificate.verifiesSHA1Signature(signature, of: self.nonce + [0]))
        let other = try Fixtures.authority.get()
            .issueDevice(commonName: "other", key: .generate(.rsa(bits: bits))).certificate
        #expect(!other.verifiesSHA1Signature(signature, of: self.nonce))
    }

    @Test func `damaged, short, long and empty signatures are refused`() throws {
        let key = try Fixtures.deviceKey.get()
        let certificate = try Fixtures.authority.get().issueDevice(commonName: "phone", key: key).certificate
        let signature = try key.signSHA1(self.nonce)
        for index in signature.indices {
            var damaged = signature
            damaged[index] ^= 0x01
            #expect(!certificate.verifiesSHA1Signature(damaged, of: self.nonce), "byte \(index)")
        }
        #expect(!certificate.verifiesSHA1Signature([], of: self.nonce))
        #expect(!certificate.verifiesSHA1Signature(Array(signature.dropLast()), of: self.nonce))
        #expect(!certificate.verifiesSHA1Signature(signature + [0], of: self.nonce))
        #expect(!certificate.verifiesSHA1Signature([UInt8](repeating: 0xFF, count: 128), of: self.nonce))
    }

    @Test func `openssl makes the same signature`() throws {
        try withTemporaryDirectory { directory in
            let key = try Fixtures.rsaKey.get()
            let (keyFile, message, signature) = ("\(directory)/key", "\(directory)/nonce", "\(directory)/signature")
            try write(key.pem, to: keyFile)
            try write(self.nonce, to: message)
            let outcome = try OpenSSLTool.run("dgst", "-sha1", "-sign", keyFile, "-out", signature, message)
            #expect(outcome.status == 0, "\(outcome.remarks)")
            #expect(try bytes(of: signature) == key.signSHA1(self.nonce))
        }
    }

    @Test func `an elliptic key neither signs nor is believed`() throws {
        let key = try Fixtures.ellipticKey.get()
        #expect { try key.signSHA1(self.nonce) } throws: { ($0 as? IdentityError)?.reason == .unsupportedKey }
        let certificate = try Fixtures.authority.get().issueDevice(commonName: "phone", key: key).certificate
        #expect(!certificate.verifiesSHA1Signature([1, 2, 3], of: self.nonce))
    }
}
