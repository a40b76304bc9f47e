import ControlAPI
import MockProvider
import NIOCore
import NIOPosix
import PushIdentity
import PushTransport
import PushVocabulary

/// Where a provider connects to, and as whom: from what the user names, and for the rest from the running server.
package struct ProviderAccess: Sendable {
    package enum Service: Sendable {
        case gateway
        case feedback
    }

    /// What the user names; `nil` is asked of the server.
    package struct Wishes: Sendable {
        package var topic: String?
        package var environment: PushEnvironment?
        package var gateway: String?
        package var feedback: String?
        package var certificate: String?
        package var key: String?
        package var authority: String?

        package init(
            topic: String? = nil,
            environment: PushEnvironment? = nil,
            gateway: String? = nil,
            feedback: String? = nil,
            certificate: String? = nil,
            key: String? = nil,
            authority: String? = nil
        ) {
            self.topic = topic
            self.environment = environment
            self.gateway = gateway
            self.feedback = feedback
            self.certificate = certificate
            self.key = key
            self.authority = authority
        }
    }

    let provider: ProviderClient
    /// Where the service asked is.
    let address: ServiceAddress
    /// Who can tell what became of a push; `nil` when the service belongs to no server we know.
    let control: ControlClient?
    let topic: String?

    /// - Throws: `GatehouseError` when no server answers that would have to, or a file cannot be used.
    package init(
        _ wishes: Wishes,
        needs service: Service,
        client: @autoclosure () throws(GatehouseError) -> ControlClient
    ) async throws(GatehouseError) {
        let named = try (service == .gateway ? wishes.gateway : wishes.feedback).map(Self.address)
        if let named, let certificate = wishes.certificate, let authority = wishes.authority {
            self.provider = try Self.provider(
                named,
                try Self.identity(certificate, key: wishes.key),
                try Self.authority(authority)
            )
            self.address = named
            self.control = nil
            self.topic = wishes.topic
            return
        }
        let control = try client()
        let info = try await control.info()
        let environment = info.environment(wishes.environment)
        let services = try info.services(of: environment)
        let own = service == .gateway ? services.gateway : services.feedback
        let address = named ?? ServiceAddress(host: own.host, port: own.port).reachable
        let identity: PushIdentity.Identity
        if let certificate = wishes.certificate {
            identity = try Self.identity(certificate, key: wishes.key)
        } else {
            let files = try info.identity(for: wishes.topic, in: environment)
            identity = try Self.identity(files.certFile, key: files.keyFile)
        }
        self.provider = try Self.provider(address, identity, try Self.authority(wishes.authority ?? info.caFile))
        self.address = address
        self.control = named == nil ? control : nil
        self.topic = wishes.topic
    }

    private static func address(_ text: String) throws(GatehouseError) -> ServiceAddress {
        if let address = ServiceAddress(text), address.port != 0 { return address }
        throw GatehouseError(.usage, "`\(text)` is not HOST:PORT, such as 127.0.0.1:2195.")
    }

    static func authority(_ path: String) throws(GatehouseError) -> Certificate {
        try Self.reading(path, "--ca") { text throws(IdentityError) in try Certificate(pem: text) }
    }

    private static func identity(_ path: String, key: String?) throws(GatehouseError) -> PushIdentity.Identity {
        let certificate = try Self.reading(path, "--cert") { text throws(IdentityError) in try Certificate(pem: text) }
        let key = try Self.reading(key ?? path, "--key") { text throws(IdentityError) in try PrivateKey(pem: text) }
        do {
            return try PushIdentity.Identity(certificate: certificate, privateKey: key)
        } catch {
            throw GatehouseError(.unavailable, "\(path): \(error).")
        }
    }

    private static func reading<Value>(
        _ path: String,
        _ option: String,
        _ read: (String) throws(IdentityError) -> Value
    ) throws(GatehouseError) -> Value {
        guard let text = try FileSystem.text(of: path) else {
            throw GatehouseError(.unavailable, "\(path): there is no such file. Name another with \(option).")
        }
        do {
            return try read(text)
        } catch {
            throw GatehouseError(.unavailable, "\(path): \(error). Name another with \(option).")
        }
    }

    private static func provider(
        _ address: ServiceAddress,
        _ identity: PushIdentity.Identity,
        _ authority: Certificate
    ) throws(GatehouseError) -> ProviderClient {
        do {
            return try ProviderClient(
                gateway: address,
                feedback: address,
                identity: identity,
                authority: authority,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            )
        } catch {
            throw GatehouseError(.unavailable, "TLS cannot use this certificate: \(error).")
        }
    }

    /// What went wrong on the way to the service.
    func failure(_ error: any Error) -> GatehouseError {
        switch error {
        case let error as ProviderError: GatehouseError(.unreachable, "\(self.address): \(error).")
        case is NIOConnectionError, is IOError, ChannelError.connectTimeout:
            GatehouseError(.unreachable, "\(self.address) cannot be reached: \(ControlClient.reason(error)).")
        default:
            // Whatever comes after TCP has connected is the handshake's.
            GatehouseError(
                .unreachable,
                "\(self.address) refused the TLS handshake: \(error). Most often the certificate is for the other"
                    + " environment, or of another authority."
            )
        }
    }
}
