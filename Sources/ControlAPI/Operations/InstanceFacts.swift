package import MockDevice
package import PushIdentity
package import PushVocabulary

/// What a running Gatehouse is, apart from what can be read from its server.
package struct InstanceFacts: Hashable, Sendable {
    package var version: String
    package var processIdentifier: Int32
    /// The certificate a client has to trust, PEM; an absolute path.
    package var caFile: String
    /// The provider identities that lie ready.
    package var identities: [ReadyRecord.Identity]
    /// The name of the service profile.
    package var profile: String
    package var seed: UInt64
    /// The network profiles that go by a name here.
    package var networks: NetworkCatalogue

    package init(
        version: String,
        processIdentifier: Int32,
        caFile: String,
        identities: [ReadyRecord.Identity],
        profile: String,
        seed: UInt64,
        networks: NetworkCatalogue = .builtIn
    ) {
        self.version = version
        self.processIdentifier = processIdentifier
        self.caFile = caFile
        self.identities = identities
        self.profile = profile
        self.seed = seed
        self.networks = networks
    }
}

extension ReadyRecord.Identity {
    package init(_ files: IdentityFiles, topic: Topic, environment: Environment) {
        self.init(
            topic: topic.name,
            environment: environment,
            certFile: files.certificateFile,
            keyFile: files.keyFile,
            pemFile: files.joinedFile,
            p12File: files.pkcs12File,
            p12Password: files.pkcs12Password
        )
    }
}
