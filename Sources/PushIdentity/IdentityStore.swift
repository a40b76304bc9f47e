internal import PushVocabulary

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// The certificates of a Gatehouse: a directory of PEM files, made when missing and used again ever after.
///
/// 1. The authority stays the same from run to run, so clients trust it once.
/// 2. What is there and fits is used; what is missing or no longer fits is issued anew; what is there and cannot be
///    read is an error, never silently replaced.
/// 3. Any number of processes may open one directory at once: all end with the same files.
package struct IdentityStore: Sendable {
    /// The password of every PKCS#12 file. Not a secret: some readers only refuse files without one.
    package static let defaultPKCS12Password = "gatehouse"

    enum FileName {
        static let authority = "ca.pem"
        static let authorityKey = "ca-key.pem"
        static let deviceKey = "device-key.pem"
        static let providers = "providers"

        static func server(_ listener: ServerListener) -> String { "server-\(listener.rawValue).pem" }
        static func serverKey(_ listener: ServerListener) -> String { "server-\(listener.rawValue)-key.pem" }
    }

    package let authority: CertificateAuthority
    private let files: PrivateDirectory

    /// Opens the directory, making it (0700) and the authority in it when they are missing.
    ///
    /// - Throws: ``IdentityStoreError`` when the authority's files cannot be read, written or understood.
    package init(directory: String) throws(IdentityStoreError) {
        let files = try PrivateDirectory(creating: directory)
        self.authority = try files.withLock { () throws(IdentityStoreError) in try Self.openAuthority(files) }
        self.files = files
    }

    /// Absolute.
    package var directory: String { self.files.path }
    /// The authority's certificate, PEM: what a client under test has to trust.
    package var authorityFile: String { self.files.file(FileName.authority) }

    /// What a listener shows its clients.
    ///
    /// - Parameter extraNames: host names and addresses beside the real service's, the loopback's and this host's
    ///   name. The stored certificate is used when it has them all, otherwise a new one for the same key takes its
    ///   place.
    /// - Throws: ``IdentityStoreError`` for a damaged file, or a name that is neither a host name nor an address.
    package func serverIdentity(
        _ listener: ServerListener,
        extraNames: [String] = []
    ) throws(IdentityStoreError) -> Identity {
        try self.files.withLock { () throws(IdentityStoreError) in
            let wanted = Self.serverNames(listener, extraNames)
            let name = FileName.server(listener)
            let key = try self.key(FileName.serverKey(listener), listener.keyKind)
            if let stored = try Self.certificate(name, in: self.files, advice: Self.reissueAdvice),
                Set(stored.names).isSuperset(of: wanted),
                stored.issuance(by: self.authority.certificate) == .valid,
                let identity = try? Identity(certificate: stored, privateKey: key)
            {
                return identity
            }
            let identity = try Self.making(self.files.file(name)) { () throws(IdentityError) in
                try self.authority.issueServer(commonName: listener.commonName, names: wanted, key: key)
            }
            try self.files.replace(name, with: Array(identity.certificate.pem.utf8), .open)
            return identity
        }
    }

    /// The identity that answers `request`, in `providers/` below the directory.
    ///
    /// One topic and kind has one set of files: asking with another team, list or validity replaces it.
    ///
    /// - Throws: ``IdentityStoreError`` for a damaged file, or a request that no certificate can be made of.
    package func providerIdentity(_ request: ProviderRequest) throws(IdentityStoreError) -> IdentityFiles {
        try self.providerIdentities([request])[0]
    }

    /// Several identities at once, in the order of the requests. What has to be made takes less time than one by one.
    ///
    /// - Throws: ``IdentityStoreError`` as ``providerIdentity(_:)``.
    package func providerIdentities(_ requests: [ProviderRequest]) throws(IdentityStoreError) -> [IdentityFiles] {
        try self.files.withLock { () throws(IdentityStoreError) in
            let directory = try PrivateDirectory(creating: self.files.file(FileName.providers))
            let stored = try requests.map { request throws(IdentityStoreError) in
                try self.storedIdentity(request, in: directory)
            }
            let missing = Set(zip(requests, stored).lazy.filter { $0.1 == nil }.map(\.0))
            var keys = try Self.making(directory.path) { () throws(IdentityError) in
                try PrivateKey.generate(Array(repeating: .rsa(bits: 2048), count: missing.count))
            }
            var issued: [ProviderRequest: IdentityFiles] = [:]
            return try zip(requests, stored).map { request, stored throws(IdentityStoreError) in
                let names = IdentityFileNames(topic: request.bundle, kind: request.kind)
                if let stored { return try self.write(stored, names, to: directory, onlyMissing: true) }
                if let files = issued[request] { return files }
                let key = keys.removeLast()
                let identity = try Self.making(directory.file(names.certificate)) { () throws(IdentityError) in
                    try self.authority.issueProvider(request, key: key)
                }
                let files = try self.write(identity, names, to: directory, onlyMissing: false)
                issued[request] = files
                return files
            }
        }
    }

    /// - Returns: `nil` when there is none, or not the one asked for.
    private func storedIdentity(
        _ request: ProviderRequest,
        in directory: PrivateDirectory
    ) throws(IdentityStoreError) -> Identity? {
        let names = IdentityFileNames(topic: request.bundle, kind: request.kind)
        guard
            let stored = try Self.certificate(names.certificate, in: directory, advice: Self.reissueAdvice),
            let key = try Self.privateKey(names.key, in: directory, advice: Self.reissueAdvice),
            request.describes(stored),
            stored.issuance(by: self.authority.certificate) == .valid
        else { return nil }
        return try? Identity(certificate: stored, privateKey: key)
    }

    /// Writes an identity's files to another directory, for a client that shall not see this one.
    ///
    /// - Throws: ``IdentityStoreError`` when the directory cannot be made or written.
    package func export(
        _ identity: Identity,
        for request: ProviderRequest,
        to directory: String,
        password: String = Self.defaultPKCS12Password,
        style: PKCS12Style = .compatible
    ) throws(IdentityStoreError) -> IdentityFiles {
        try self.write(
            identity,
            IdentityFileNames(topic: request.bundle, kind: request.kind),
            to: PrivateDirectory(creating: directory),
            onlyMissing: false,
            password: password,
            style: style
        )
    }

    /// The key that all mock devices share: RSA of 1024 bits, the size real activation keys have.
    ///
    /// - Throws: ``IdentityStoreError`` for a damaged file.
    package func deviceKey() throws(IdentityStoreError) -> PrivateKey {
        try self.files.withLock { () throws(IdentityStoreError) in
            try self.key(FileName.deviceKey, .rsa(bits: 1024))
        }
    }
}

// MARK: - Reading and writing

extension IdentityStore {
    private static let reissueAdvice = "Remove it and start again: it will be made anew."

    private static func serverNames(_ listener: ServerListener, _ extraNames: [String]) -> [String] {
        var seen: Set<String> = []
        return (listener.names + [Self.hostName()].compactMap(\.self) + extraNames)
            .map(SubjectAlternativeNames.normalized)
            .filter { seen.insert($0).inserted }
    }

    /// This machine's name, unless it is one that no certificate can carry.
    private static func hostName() -> String? {
        var text = [CChar](repeating: 0, count: 256)
        guard gethostname(&text, text.count - 1) == 0 else { return nil }
        let name = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (try? SubjectAlternativeNames.der([name])) == nil ? nil : name
    }

    private func key(_ name: String, _ kind: PrivateKey.Kind) throws(IdentityStoreError) -> PrivateKey {
        if let stored = try Self.privateKey(name, in: self.files, advice: Self.reissueAdvice) { return stored }
        let key = try Self.making(self.files.file(name)) { () throws(IdentityError) in
            try PrivateKey.generate(kind)
        }
        try self.files.replace(name, with: Array(key.pem.utf8), .secret)
        return key
    }

    private func write(
        _ identity: Identity,
        _ names: IdentityFileNames,
        to directory: PrivateDirectory,
        onlyMissing: Bool,
        password: String = Self.defaultPKCS12Password,
        style: PKCS12Style = .compatible
    ) throws(IdentityStoreError) -> IdentityFiles {
        func put(
            _ name: String,
            _ access: PrivateDirectory.Access,
            _ content: () throws(IdentityError) -> [UInt8]
        ) throws(IdentityStoreError) {
            if onlyMissing, directory.exists(name) { return }
            try directory.replace(name, with: Self.making(directory.file(name), content), access)
        }
        try put(names.key, .secret) { Array(identity.privateKey.pem.utf8) }
        try put(names.joined, .secret) { Array(identity.joinedPEM.utf8) }
        try put(names.pkcs12, .secret) { () throws(IdentityError) in
            try identity.pkcs12(
                password: password,
                friendlyName: identity.certificate.commonName ?? names.stem,
                style: style,
                chain: [self.authority.certificate]
            )
        }
        try put(names.der, .open) { identity.certificate.der }
        // The certificate goes last: while it is missing or old, the identity is issued again.
        try put(names.certificate, .open) { Array(identity.certificate.pem.utf8) }
        return IdentityFiles(identity, names, in: directory, pkcs12Password: password)
    }

    static func certificate(
        _ name: String,
        in files: PrivateDirectory,
        advice: String
    ) throws(IdentityStoreError) -> Certificate? {
        guard let content = try files.contents(of: name) else { return nil }
        return try Self.making(files.file(name), advice: advice) { () throws(IdentityError) in
            try Certificate(pem: String(decoding: content, as: UTF8.self))
        }
    }

    static func privateKey(
        _ name: String,
        in files: PrivateDirectory,
        advice: String
    ) throws(IdentityStoreError) -> PrivateKey? {
        guard let content = try files.contents(of: name) else { return nil }
        return try Self.making(files.file(name), advice: advice) { () throws(IdentityError) in
            try PrivateKey(pem: String(decoding: content, as: UTF8.self))
        }
    }

    static func making<Result>(
        _ path: String,
        advice: String = "Correct what was asked for and try again.",
        _ body: () throws(IdentityError) -> Result
    ) throws(IdentityStoreError) -> Result {
        do {
            return try body()
        } catch {
            throw IdentityStoreError(path: path, problem: error.description, advice: advice)
        }
    }
}
