extension IdentityStore {
    private static let restoreAdvice =
        "Restore it, or remove \(FileName.authority) and \(FileName.authorityKey) to have a new authority made;"
        + " clients must then be given the new \(FileName.authority)."

    static func openAuthority(_ files: PrivateDirectory) throws(IdentityStoreError) -> CertificateAuthority {
        let stored = try Self.certificate(FileName.authority, in: files, advice: Self.restoreAdvice)
        let key = try Self.privateKey(FileName.authorityKey, in: files, advice: Self.restoreAdvice)
        switch (stored, key) {
        case (let certificate?, let key?):
            return try Self.authority(certificate, key, in: files)
        case (_?, nil):
            throw IdentityStoreError(
                path: files.file(FileName.authorityKey),
                problem: "is missing, while \(FileName.authority) is there",
                advice: Self.restoreAdvice
            )
        case (nil, let key):
            // A key alone is what an interrupted first run leaves behind.
            let key = if let key { key } else { try Self.makeFirstKeys(files) }
            let authority = try Self.making(files.file(FileName.authority)) { () throws(IdentityError) in
                try CertificateAuthority.create(key: key)
            }
            try files.replace(FileName.authority, with: Array(authority.certificate.pem.utf8), .open)
            return authority
        }
    }

    /// Makes the authority's key and, since every Gatehouse needs it next, that of the provider ports beside it.
    private static func makeFirstKeys(_ files: PrivateDirectory) throws(IdentityStoreError) -> PrivateKey {
        var names = [FileName.authorityKey]
        if !files.exists(FileName.serverKey(.provider)) { names.append(FileName.serverKey(.provider)) }
        let keys = try Self.making(files.file(FileName.authorityKey)) { () throws(IdentityError) in
            try PrivateKey.generate(Array(repeating: ServerListener.provider.keyKind, count: names.count))
        }
        for (name, key) in zip(names, keys) { try files.replace(name, with: Array(key.pem.utf8), .secret) }
        return keys[0]
    }

    private static func authority(
        _ certificate: Certificate,
        _ key: PrivateKey,
        in files: PrivateDirectory
    ) throws(IdentityStoreError) -> CertificateAuthority {
        let path = files.file(FileName.authority)
        guard certificate.isAuthority else {
            throw IdentityStoreError(
                path: path,
                problem: "is a certificate that may not issue others",
                advice: Self.restoreAdvice
            )
        }
        guard let authority = try? CertificateAuthority(certificate: certificate, privateKey: key) else {
            throw IdentityStoreError(
                path: path,
                problem: "does not belong to the key in \(FileName.authorityKey)",
                advice: Self.restoreAdvice
            )
        }
        return authority
    }
}
