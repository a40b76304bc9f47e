import PushServer

extension ControlOperations {
    /// The SHA-256 fingerprints of the certificates that are refused as revoked, in ascending order.
    package func revocations() async throws -> [String] { try await self.perform { $0.revokedFingerprints } }

    /// Has a provider's certificate refused from its next handshake on, as Apple did when a certificate was revoked:
    /// alert 44, certificate revoked (TN2265). Connections that stand go on.
    ///
    /// - Parameter fingerprint: SHA-256 of the certificate, 64 hexadecimal digits, with or without colons.
    /// - Returns: the fingerprint as it is listed, and whether it was not listed before.
    /// - Throws: `validationFailed` when it is none.
    package func revoke(_ fingerprint: String) async throws -> (fingerprint: String, isNew: Bool) {
        let plain = try Self.fingerprint(fingerprint)
        let isNew = try await self.perform { host in
            let isNew = !host.revokedFingerprints.contains(plain)
            host.revoke(fingerprint: plain)
            return isNew
        }
        return (plain, isNew)
    }

    /// Takes a revocation back.
    ///
    /// - Throws: `validationFailed`, `notFound`.
    package func unrevoke(_ fingerprint: String) async throws {
        let plain = try Self.fingerprint(fingerprint)
        guard try await self.perform({ $0.unrevoke(fingerprint: plain) }) else {
            throw ControlError(.notFound, "no certificate with the fingerprint \(plain) is revoked")
        }
    }

    private static func fingerprint(_ text: String) throws(ControlError) -> String {
        let plain = text.lowercased().filter { $0 != ":" }
        guard plain.utf8.count == 64, plain.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw ControlError(
                .validationFailed,
                "`\(text)` is not the SHA-256 fingerprint of a certificate",
                hint:
                    "It has 64 hexadecimal digits, with or without colons; `openssl x509 -fingerprint -sha256` prints it."
            )
        }
        return plain
    }
}
