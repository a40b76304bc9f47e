internal import COpenSSL

/// Why a certificate, a key or a PKCS#12 file could not be read or made.
package struct IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// Not a certificate, or cut short, or followed by something else.
        case notACertificate
        /// Not an unencrypted private key.
        case notAPrivateKey
        /// Neither RSA of at least 1024 bits nor EC P-256.
        case unsupportedKey
        /// A server name that is neither a host name nor an IP address.
        case invalidName(String)
        /// A request without a topic, or with a text too long or empty where one is needed.
        case invalidRequest(String)
        /// libcrypto refused, with what it had to say.
        case operationFailed(String)
    }

    package let reason: Reason
    /// What libcrypto said, empty when it said nothing.
    package let detail: String

    init(_ reason: Reason, detail: String = "") {
        self.reason = reason
        self.detail = detail
    }

    /// Takes libcrypto's message along, and clears its queue so that it does not show up in a later error.
    static func fromLibrary(_ reason: Reason) -> IdentityError {
        var detail = ""
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return IdentityError(reason, detail: detail) }
            guard detail.isEmpty, let text = ERR_reason_error_string(code) else { continue }
            detail = String(cString: text)
        }
    }

    package var description: String {
        let text =
            switch self.reason {
            case .notACertificate: "not an X.509 certificate"
            case .notAPrivateKey: "not an unencrypted private key"
            case .unsupportedKey: "a key of an unsupported kind: use RSA of at least 1024 bits, or EC P-256"
            case .invalidName(let name): "`\(name)` is neither a host name nor an IP address"
            case .invalidRequest(let problem): problem
            case .operationFailed(let operation): "\(operation) failed in libcrypto"
            }
        return self.detail.isEmpty ? text : "\(text) (\(self.detail))"
    }
}
