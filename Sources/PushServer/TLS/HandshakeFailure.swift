import NIOSSL
package import PushLedger

extension ConnectionEnd {
    /// What a failed handshake means and what to do about it.
    package static func handshakeFailure(_ error: any Error) -> ConnectionEnd {
        let text = String(describing: error)
        let bytes = Array(text.utf8)
        return Self.signatures.first { Self.contains(bytes, $0.mark) }?.end
            ?? ConnectionEnd(
                code: "handshake-failed",
                sentence: "The TLS handshake failed: \(text).",
                hint:
                    "Try `openssl s_client -connect HOST:PORT -cert IDENTITY.pem -CAfile ca.pem` to see it from the client's side."
            )
    }

    package static let handshakeTimeout = ConnectionEnd(
        code: "handshake-timeout",
        sentence: "The client connected and did not finish its TLS handshake in time.",
        hint: "Is it a TLS client? The real service never spoke in the clear."
    )

    package static let handshakeAbandoned = ConnectionEnd(
        code: "handshake-abandoned",
        sentence: "The client went away in the middle of the TLS handshake."
    )

    /// Byte by byte: the search of `String` knows all of Unicode, and with it a handshake that fails would cost twice as
    /// much. Whoever sends garbage makes many of them.
    private static func contains(_ text: [UInt8], _ mark: String) -> Bool {
        let mark = mark.utf8
        guard let first = mark.first, text.count >= mark.count else { return false }
        return (0...text.count - mark.count).contains { start in
            text[start] == first && text[start...].starts(with: mark)
        }
    }

    /// Marks in BoringSSL's error text, the more telling first.
    private static let signatures: [(mark: String, end: ConnectionEnd)] = [
        (
            "PEER_DID_NOT_RETURN_A_CERTIFICATE",
            ConnectionEnd(
                code: "no-certificate",
                sentence: "The client showed no certificate.",
                hint: "Give the client the identity's certificate and key; both ports require it."
            )
        ),
        (
            "HTTP_REQUEST",
            ConnectionEnd(
                code: "plain-http",
                sentence: "The client spoke plain HTTP to a TLS port.",
                hint: "The HTTP control API listens on the control port."
            )
        ),
        (
            "UNKNOWN_CA",
            ConnectionEnd(
                code: "authority-not-trusted",
                sentence: "The client does not trust the server's certificate: its authority is unknown to it.",
                hint: "Give the client the CA file of the ready record (caFile)."
            )
        ),
        (
            "ALERT_BAD_CERTIFICATE",
            ConnectionEnd(
                code: "server-certificate-refused",
                sentence: "The client refused the server's certificate.",
                hint: "Give the client the CA file of the ready record, and connect by a name in the certificate."
            )
        ),
        (
            "ALERT_CERTIFICATE_UNKNOWN",
            ConnectionEnd(
                code: "server-certificate-refused",
                sentence: "The client refused the server's certificate.",
                hint: "Give the client the CA file of the ready record, and connect by a name in the certificate."
            )
        ),
        (
            "UNSUPPORTED_PROTOCOL",
            ConnectionEnd(
                code: "tls-version",
                sentence: "The client and the service have no TLS version in common.",
                hint: "Gateway and feedback speak TLS 1.0 to 1.2, the courier 1.2 and 1.3."
            )
        ),
        (
            "NO_SHARED_CIPHER",
            ConnectionEnd(
                code: "no-shared-cipher",
                sentence: "The client and the service have no cipher suite in common.",
                hint: "Let the client offer AES suites with RSA or ECDHE key exchange."
            )
        ),
        (
            "WRONG_VERSION_NUMBER",
            ConnectionEnd(
                code: "not-tls",
                sentence: "What the client sent is not TLS.",
                hint: "Connect with TLS."
            )
        ),
        ("eofDuringHandshake", .handshakeAbandoned),
    ]
}
