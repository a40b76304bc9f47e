import ControlAPI
import PushIdentity
import PushVocabulary

/// Every certificate and key that a start needs, made or read.
struct Credentials: Sendable {
    let authority: Certificate
    let authorityFile: String
    let providerServer: PushIdentity.Identity
    let courierServer: PushIdentity.Identity
    let deviceKey: PrivateKey
    let identities: [ReadyRecord.Identity]
    /// Where more are issued.
    let store: IdentityStore

    /// - Throws: `GatehouseError` that names the file or the name that is wrong.
    init(_ configuration: GatehouseConfiguration, directory: String) throws(GatehouseError) {
        let wanted = configuration.effectiveIdentities
        do throws(IdentityStoreError) {
            let store = try IdentityStore(directory: directory)
            self.store = store
            self.authority = store.authority.certificate
            self.authorityFile = store.authorityFile
            self.providerServer = try store.serverIdentity(.provider, extraNames: configuration.additionalNames)
            self.courierServer = try store.serverIdentity(.courier, extraNames: configuration.additionalNames)
            self.deviceKey = try store.deviceKey()
            let files = try store.providerIdentities(
                wanted.map { ProviderRequest(topic: Topic($0.topic), kind: $0.kind.identityKind) }
            )
            self.identities = zip(wanted, files).map { identity, files in
                ReadyRecord.Identity(
                    files,
                    topic: Topic(identity.topic),
                    environment: identity.environment.environment
                )
            }
        } catch {
            throw GatehouseError(.unavailable, error.description)
        }
    }
}
