extension BrokerHost {
    /// Has a provider's certificate refused from its next handshake on, as revoked.
    ///
    /// - Parameter fingerprint: SHA-256 of the certificate in hexadecimal digits of either case, with or without
    ///   colons.
    package func revoke(fingerprint: String) { self.revoked.insert(Self.plain(fingerprint)) }

    /// Takes a revocation back.
    ///
    /// - Returns: whether there was one.
    package func unrevoke(fingerprint: String) -> Bool { self.revoked.remove(Self.plain(fingerprint)) != nil }

    /// In ascending order, lowercase, without colons.
    package var revokedFingerprints: [String] { self.revoked.sorted() }

    private static func plain(_ fingerprint: String) -> String { fingerprint.lowercased().filter { $0 != ":" } }
}
