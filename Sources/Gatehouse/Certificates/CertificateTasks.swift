import ControlAPI
import PushIdentity
import PushVocabulary

/// What the command line does with a directory of certificates.
package enum CertificateTasks {
    /// Makes what every server needs: the authority, the server certificates and the key of mock devices.
    ///
    /// - Throws: `GatehouseError` that names the file that is in the way.
    package static func prepare(
        directory: String,
        additionalNames: [String] = []
    ) throws(GatehouseError) -> CommandAnswer {
        try Self.doing { () throws(IdentityStoreError) in
            let store = try IdentityStore(directory: directory)
            _ = try store.serverIdentity(.provider, extraNames: additionalNames)
            _ = try store.serverIdentity(.courier, extraNames: additionalNames)
            _ = try store.deviceKey()
            let trustStore = try store.trustStore()
            return CommandAnswer(
                text: store.authorityFile,
                value: [
                    "directory": .string(store.directory), "caFile": .string(store.authorityFile),
                    "trustStoreFile": .string(trustStore),
                ]
            )
        }
    }

    /// A provider identity to be issued.
    package struct Order: Sendable {
        package var topic: String
        /// `nil`: one that the kind is for.
        package var environment: PushEnvironment?
        /// `nil`: the environment's usual one.
        package var kind: GatehouseConfiguration.IdentityKind?
        /// A directory to copy the files to.
        package var output: String?
        /// AES-256 and SHA-256 in the PKCS#12 file, for readers that insist on them.
        package var isModern: Bool

        package init(
            topic: String,
            environment: PushEnvironment? = nil,
            kind: GatehouseConfiguration.IdentityKind? = nil,
            output: String? = nil,
            isModern: Bool = false
        ) {
            self.topic = topic
            self.environment = environment
            self.kind = kind
            self.output = output
            self.isModern = isModern
        }
    }

    /// Issues a provider identity, or finds the one that is there.
    ///
    /// - Throws: `GatehouseError` that names what is in the way.
    package static func issue(_ order: Order, directory: String) throws(GatehouseError) -> CommandAnswer {
        if order.topic.isEmpty {
            throw GatehouseError(.usage, "--topic is empty; name an app, such as \(GatehouseConfiguration.demoTopic).")
        }
        let environment = order.environment ?? (order.kind == .production ? .production : .sandbox)
        let identity = GatehouseConfiguration.Identity(topic: order.topic, environment: environment, kind: order.kind)
        guard identity.kind.identityKind.environments.contains(environment.environment) else {
            throw GatehouseError(
                .usage,
                "An identity of kind \(identity.kind.rawValue) is not accepted in \(environment.rawValue)."
            )
        }
        let request = ProviderRequest(topic: Topic(order.topic), kind: identity.kind.identityKind)
        let (files, trustStore) = try Self.doing { () throws(IdentityStoreError) in
            let store = try IdentityStore(directory: directory)
            let trustStore = try store.trustStore(in: order.output)
            let files = try store.providerIdentity(request)
            guard order.output != nil || order.isModern else { return (files, trustStore) }
            let exported = try store.export(
                files.identity,
                for: request,
                to: order.output ?? "\(store.directory)/providers",
                style: order.isModern ? .modern : .compatible
            )
            return (exported, trustStore)
        }
        let paths = [
            ("certFile", files.certificateFile), ("derFile", files.derFile), ("keyFile", files.keyFile),
            ("pemFile", files.joinedFile), ("p12File", files.pkcs12File), ("p12Password", files.pkcs12Password),
            ("trustStoreFile", trustStore),
        ]
        let members = [
            JSONValue.Member("topic", .string(order.topic)), JSONValue.Member("kind", .string(identity.kind.rawValue)),
        ]
        return CommandAnswer(
            text: paths.map { Self.row($0, $1) }.joined(separator: "\n"),
            value: .object(members + paths.map { JSONValue.Member($0, .string($1)) })
        )
    }

    static func row(_ name: String, _ value: String) -> String {
        "\(name)\(String(repeating: " ", count: max(1, 16 - name.count)))\(value)"
    }

    private static func doing<Result>(
        _ body: () throws(IdentityStoreError) -> Result
    ) throws(GatehouseError) -> Result {
        do {
            return try body()
        } catch {
            throw GatehouseError(.unavailable, error.description)
        }
    }
}
