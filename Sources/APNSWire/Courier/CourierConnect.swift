import NIOCore
package import PushVocabulary

/// 0x07: the first message after the TLS handshake.
package struct CourierConnect: Hashable, Sendable {
    /// The proof that travels inside the message since TLS client certificates were dropped ("v3").
    package struct Credentials: Hashable, Sendable {
        /// X.509, DER.
        package var certificate: [UInt8]
        /// 17 bytes: 00, eight bytes UNIX milliseconds, eight random bytes.
        package var nonce: [UInt8]
        /// 01 01, then an RSA PKCS#1 v1.5 SHA-1 signature over the nonce.
        package var signature: [UInt8]

        package init(certificate: [UInt8], nonce: [UInt8], signature: [UInt8]) {
            self.certificate = certificate
            self.nonce = nonce
            self.signature = signature
        }
    }

    /// From an earlier session; absent on the first connect.
    package var baseToken: DeviceToken?
    package var state: UInt8?
    /// 0x41: user connection; 0x45: root.
    package var presence: UInt32?
    /// 0 cellular, 1 Wi-Fi (the better supported reading).
    package var interface: UInt8?
    package var carrier: String?
    package var systemVersion: String?
    package var systemBuild: String?
    package var hardware: String?
    package var certificate: [UInt8]?
    package var nonce: [UInt8]?
    package var signature: [UInt8]?
    package var protocolVersion: UInt16?
    package var redirectCount: UInt16?

    package init(baseToken: DeviceToken? = nil, state: UInt8? = 1, presence: UInt32? = 0x41) {
        self.baseToken = baseToken
        self.state = state
        self.presence = presence
    }

    package var credentials: Credentials? {
        get {
            guard let certificate, let nonce, let signature else { return nil }
            return Credentials(certificate: certificate, nonce: nonce, signature: signature)
        }
        set {
            self.certificate = newValue?.certificate
            self.nonce = newValue?.nonce
            self.signature = newValue?.signature
        }
    }

    init(_ items: CourierItems) throws(CourierError) {
        self.init(state: nil, presence: nil)
        for item in items {
            switch item.id {
            case 0x01: self.baseToken = try item.token(in: .connect)
            case 0x02: self.state = try item.integer(in: .connect)
            case 0x05: self.presence = try item.integer(in: .connect)
            case 0x06: self.interface = try item.integer(in: .connect)
            case 0x08: self.carrier = item.text
            case 0x09: self.systemVersion = item.text
            case 0x0A: self.systemBuild = item.text
            case 0x0B: self.hardware = item.text
            case 0x0C: self.certificate = item.bytes
            case 0x0D: self.nonce = item.bytes
            case 0x0E: self.signature = item.bytes
            case 0x10: self.protocolVersion = try item.integer(in: .connect)
            case 0x11: self.redirectCount = try item.integer(in: .connect)
            default: break
            }
        }
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.connect, into: &buffer) { writer in
            writer.item(0x01, self.baseToken)
            writer.item(0x02, self.state)
            writer.item(0x05, self.presence)
            writer.item(0x06, self.interface)
            writer.item(0x08, self.carrier)
            writer.item(0x09, self.systemVersion)
            writer.item(0x0A, self.systemBuild)
            writer.item(0x0B, self.hardware)
            writer.item(0x0C, self.certificate)
            writer.item(0x0D, self.nonce)
            writer.item(0x0E, self.signature)
            writer.item(0x10, self.protocolVersion)
            writer.item(0x11, self.redirectCount)
        }
    }
}

/// 0x08: the answer to Connect. Clients want items 1, 3, 4, 5, 6, 8 and 10 present, with exactly these widths.
package struct CourierConnectResponse: Hashable, Sendable {
    package static let accepted: UInt8 = 0
    /// Refused; the server closes, and a device comes back without its token.
    package static let refused: UInt8 = 2

    package var status: UInt8
    package var baseToken: DeviceToken?
    /// Largest message and large message, in bytes.
    package var maximumMessageSize: UInt16?
    package var maximumLargeMessageSize: UInt16?
    /// UNIX milliseconds.
    package var serverTime: UInt64?

    package init(
        status: UInt8,
        baseToken: DeviceToken?,
        maximumMessageSize: UInt16? = 4_096,
        maximumLargeMessageSize: UInt16? = 15_360,
        serverTime: UInt64?
    ) {
        self.status = status
        self.baseToken = baseToken
        self.maximumMessageSize = maximumMessageSize
        self.maximumLargeMessageSize = maximumLargeMessageSize
        self.serverTime = serverTime
    }

    init(_ items: CourierItems) throws(CourierError) {
        self.init(
            status: try items.required(0x01, of: .connectResponse).integer(in: .connectResponse),
            baseToken: nil,
            maximumMessageSize: nil,
            maximumLargeMessageSize: nil,
            serverTime: nil
        )
        for item in items {
            switch item.id {
            case 0x03: self.baseToken = try item.token(in: .connectResponse)
            case 0x04: self.maximumMessageSize = try item.integer(in: .connectResponse)
            case 0x08: self.maximumLargeMessageSize = try item.integer(in: .connectResponse)
            case 0x0A: self.serverTime = try item.integer(in: .connectResponse)
            default: break
            }
        }
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.connectResponse, into: &buffer) { writer in
            writer.item(0x01, self.status)
            writer.item(0x03, self.baseToken)
            writer.item(0x04, self.maximumMessageSize)
            writer.item(0x05, 0x0002 as UInt16)  // Meaning unknown, always this value.
            writer.item(0x06, [0x00, 0x00, 0x30])  // Capabilities, as captured.
            writer.item(0x08, self.maximumLargeMessageSize)
            writer.item(0x0A, self.serverTime)
        }
    }
}
