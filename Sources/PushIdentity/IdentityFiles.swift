internal import PushVocabulary

/// A provider's identity and where it lies, in every form that push libraries ask for. Paths are absolute.
package struct IdentityFiles: Sendable {
    package let identity: Identity
    /// The certificate, PEM.
    package let certificateFile: String
    /// The certificate, DER.
    package let derFile: String
    /// The key, PEM (PKCS#8, no password).
    package let keyFile: String
    /// Certificate and key in one PEM file.
    package let joinedFile: String
    /// Certificate, key and the authority's certificate as PKCS#12.
    package let pkcs12File: String
    package let pkcs12Password: String

    init(_ identity: Identity, _ names: IdentityFileNames, in directory: PrivateDirectory, pkcs12Password: String) {
        self.identity = identity
        self.certificateFile = directory.file(names.certificate)
        self.derFile = directory.file(names.der)
        self.keyFile = directory.file(names.key)
        self.joinedFile = directory.file(names.joined)
        self.pkcs12File = directory.file(names.pkcs12)
        self.pkcs12Password = pkcs12Password
    }
}

/// The file names of one provider identity.
struct IdentityFileNames {
    let stem: String

    var certificate: String { "\(self.stem).pem" }
    var der: String { "\(self.stem).cer" }
    var key: String { "\(self.stem)-key.pem" }
    var joined: String { "\(self.stem)-joined.pem" }
    var pkcs12: String { "\(self.stem).p12" }

    /// Topics are foreign text. Every byte but letters, digits, `-`, `_` and inner dots is written as `%` and two
    /// hexadecimal digits, so that two topics never share a name and none leads out of the directory.
    init(topic: String, kind: IdentityKind) {
        var text: [UInt8] = []
        for byte in topic.utf8 {
            if Self.isPlain(byte), !(text.isEmpty && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-"))) {
                text.append(byte)
            } else {
                text += Array("%\(Hexadecimal.string(from: [byte]).uppercased())".utf8)
            }
        }
        var name = String(decoding: text, as: UTF8.self)
        if text.count > Self.maximumTopicSize {
            let digest = Hexadecimal.string(from: Digest.sha256(topic.utf8).prefix(8))
            name = "\(String(decoding: text.prefix(Self.maximumTopicSize - 20), as: UTF8.self))%~\(digest)"
        }
        self.stem = "\(name).\(kind.rawValue)"
    }

    /// File systems take 255 bytes; the endings and the temporary name's additions need some of them.
    private static let maximumTopicSize = 180

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
        default: false
        }
    }
}
