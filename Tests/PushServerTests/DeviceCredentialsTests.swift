import APNSWire
import PushIdentity
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

/// The proof inside Connect.
struct DeviceCredentialsTests {
    private static let now = Instant(unixSeconds: 1_400_000_000)
    private let identity: Identity

    init() throws {
        let identities = TestIdentities.shared
        self.identity = try identities.authority.issueDevice(commonName: "phone", key: identities.deviceKey)
    }

    private func nonce(milliseconds: Int64 = DeviceCredentialsTests.now.unixMilliseconds) -> [UInt8] {
        [0] + WireFrame.bigEndian(milliseconds) + Array(repeating: 0x5A, count: 8)
    }

    private func credentials(_ nonce: [UInt8]) throws -> CourierConnect.Credentials {
        CourierConnect.Credentials(
            certificate: self.identity.certificate.der,
            nonce: nonce,
            signature: [1, 1] + (try self.identity.privateKey.signSHA1(nonce))
        )
    }

    private func flaw(_ credentials: CourierConnect.Credentials?) -> DeviceCredentials.Flaw? {
        do throws(DeviceCredentials.Flaw) {
            _ = try DeviceCredentials(credentials, at: Self.now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a right proof names its certificate, with a key of 1,024 bits as devices have`() throws {
        #expect(self.identity.privateKey.kind == .rsa(bits: 1024))
        let credentials = try DeviceCredentials(self.credentials(self.nonce()), at: Self.now)
        #expect(credentials.certificate.commonName == "phone")
    }

    @Test func `no proof, or a part of one, is missing`() throws {
        #expect(self.flaw(nil) == .missing)
        var connect = CourierConnect()
        connect.credentials = try self.credentials(self.nonce())
        for path in [\CourierConnect.certificate, \.nonce, \.signature] {
            var partial = connect
            partial[keyPath: path] = nil
            #expect(self.flaw(partial.credentials) == .missing)
        }
    }

    @Test func `bytes that are no certificate are unreadable`() throws {
        var credentials = try self.credentials(self.nonce())
        for bytes in [[], [0x30], Array(credentials.certificate.dropLast())] {
            credentials.certificate = bytes
            #expect(self.flaw(credentials) == .unreadableCertificate)
        }
    }

    @Test func `a nonce has 17 bytes and begins with zero, even if properly signed`() throws {
        let nonce = self.nonce()
        for wrong in [[], Array(nonce.dropLast()), nonce + [0], [1] + nonce.dropFirst(), [0xFF] + nonce.dropFirst()] {
            #expect(self.flaw(try self.credentials(wrong)) == .nonceShape)
        }
    }

    @Test func `a clock may be off by a day, and by no millisecond more`() throws {
        let day: Int64 = 86_400_000
        let here = Self.now.unixMilliseconds
        for skew in [-day, -1, 0, 1, day] {
            #expect(self.flaw(try self.credentials(self.nonce(milliseconds: here + skew))) == nil)
        }
        for skew in [-day - 1, day + 1] {
            let credentials = try self.credentials(self.nonce(milliseconds: here + skew))
            #expect(self.flaw(credentials) == .clockSkew(milliseconds: skew))
        }
    }

    @Test(arguments: [.min, .min + 1, -1, 0, .max] as [Int64])
    func `absurd times are skew, not a trap`(_ milliseconds: Int64) throws {
        guard case .clockSkew = self.flaw(try self.credentials(self.nonce(milliseconds: milliseconds))) else {
            Issue.record("\(milliseconds) was taken")
            return
        }
    }

    @Test func `the signature is the certificate's, over this nonce, behind 01 01`() throws {
        let right = try self.credentials(self.nonce())
        let other = try self.credentials(self.nonce(milliseconds: Self.now.unixMilliseconds + 1))
        let wrong: [[UInt8]] = [
            [], [1], [1, 1], Array(right.signature.dropFirst(2)), [1, 2] + right.signature.dropFirst(2),
            Array(right.signature.dropLast()), right.signature + [0], other.signature,
            right.signature.dropLast() + [right.signature[right.signature.count - 1] ^ 1],
        ]
        for signature in wrong {
            var credentials = right
            credentials.signature = signature
            #expect(self.flaw(credentials) == .signature, "\(signature.count) bytes")
        }
    }

    @Test func `another key's signature is wrong, also where that key is of another kind`() throws {
        let authority = TestIdentities.shared.authority
        var credentials = try self.credentials(self.nonce())
        for kind in [PrivateKey.Kind.rsa(bits: 1024), .p256] {
            let stranger = try authority.issueDevice(commonName: "phone", key: PrivateKey.generate(kind))
            credentials.certificate = stranger.certificate.der
            #expect(self.flaw(credentials) == .signature)
        }
    }

    @Test
    func `a proof shown again is taken without being examined, and only that one, for as long as its time is right`()
        throws
    {
        let shown = try self.credentials(self.nonce())
        var proven = ProvenCredentials()
        let subject = try proven.subject(of: shown, at: Self.now)
        #expect(subject.commonName == "phone")
        #expect(try proven.subject(of: shown, at: Self.now + .seconds(3_600)) == subject)
        #expect(throws: DeviceCredentials.Flaw.clockSkew(milliseconds: -86_401_000)) {
            try proven.subject(of: shown, at: Self.now + .seconds(86_401))
        }
        var damaged = shown
        damaged.signature[20] ^= 1
        #expect(throws: DeviceCredentials.Flaw.signature) { try proven.subject(of: damaged, at: Self.now) }
        damaged = shown
        damaged.nonce[16] ^= 1
        #expect(throws: DeviceCredentials.Flaw.signature) { try proven.subject(of: damaged, at: Self.now) }
        #expect(throws: DeviceCredentials.Flaw.missing) { try proven.subject(of: nil, at: Self.now) }
    }
}
