extension IdentityStore {
    /// The name of the entry in a trust store.
    private static let alias = "gatehouse"

    /// The authority's certificate as a trust store for Java, locked with ``defaultPKCS12Password``.
    ///
    /// - Parameter directory: where to write it; `nil`: this store's own.
    /// - Returns: the file, by its absolute path; one that is there is left as it is, except in a directory named.
    /// - Throws: ``IdentityStoreError`` when it cannot be written.
    package func trustStore(in directory: String? = nil) throws(IdentityStoreError) -> String {
        let files = try PrivateDirectory(creating: directory ?? self.directory)
        let name = "ca-truststore.p12"
        if directory == nil, files.exists(name) { return files.file(name) }
        let content = try Self.making(files.file(name)) { () throws(IdentityError) in
            try TrustStore.pkcs12(
                self.authority.certificate,
                password: Self.defaultPKCS12Password,
                friendlyName: Self.alias
            )
        }
        try files.replace(name, with: content, .open)
        return files.file(name)
    }
}
