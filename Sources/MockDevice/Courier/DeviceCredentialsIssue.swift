import APNSWire
import PushIdentity
import PushVocabulary

/// The proof a device shows in Connect: its certificate, a nonce with the time, and a signature over it.
///
/// One proof serves for a while: the service takes a nonce for as long as it takes a badly set clock, and of thousands
/// of devices that come back again and again, signing would be most of the work.
struct DeviceCredentialsIssue {
    /// Wall time for which a proof is shown again.
    static let lifetime: Duration = .seconds(600)

    private let identity: Identity
    private var issued: (credentials: CourierConnect.Credentials, at: Instant)?

    init(name: String, issuer: DeviceIssuer) {
        guard let identity = try? issuer.identity(named: name) else {
            preconditionFailure("the device key signs, and any name has a certificate")
        }
        self.identity = identity
    }

    mutating func current(random: inout SeededGenerator) -> CourierConnect.Credentials {
        // A nonce proves freshness: it carries wall time, whatever the product clock shows.
        let now = ProductClock.systemNow()
        if let issued, issued.at <= now, now < issued.at + Self.lifetime { return issued.credentials }
        let time = UInt64(max(0, now.unixMilliseconds))
        let nonce = [0] + withUnsafeBytes(of: time.bigEndian) { Array($0) } + random.bytes(8)
        guard let signature = try? self.identity.privateKey.signSHA1(nonce) else {
            preconditionFailure("the device key is an RSA key")
        }
        let credentials = CourierConnect.Credentials(
            certificate: self.identity.certificate.der,
            nonce: nonce,
            signature: [1, 1] + signature
        )
        self.issued = (credentials, now)
        return credentials
    }
}
