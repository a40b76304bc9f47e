import NIOCore
package import PushIdentity
package import PushLedger
package import PushTransport
package import PushVocabulary

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// All that the push services need to start.
package struct PushServerConfiguration: Sendable {
    /// The addresses of one environment's three services; port 0 lets the system choose.
    package struct Addresses: Hashable, Sendable {
        package var gateway: ServiceAddress
        package var feedback: ServiceAddress
        package var courier: ServiceAddress

        package init(gateway: ServiceAddress, feedback: ServiceAddress, courier: ServiceAddress) {
            self.gateway = gateway
            self.feedback = feedback
            self.courier = courier
        }
    }

    package var addresses: [Environment: Addresses]
    package var authority: Certificate
    /// Shown by gateway and feedback.
    package var providerServerIdentity: Identity
    package var courierServerIdentity: Identity
    /// Gateway and feedback show the same names under a throw-away authority: a provider that goes on is careless.
    package var untrustedChain = false
    package var profile = ServiceProfile.standard
    package var courier = CourierOptions()
    /// Whether magic tokens misbehave.
    package var magicTokens = true
    package var ledgerLimits = LedgerLimits()
    package var seed: UInt64
    /// Of what base tokens are made: with the same one a device has the same tokens after a restart. `nil`: random.
    package var tokenSecret: [UInt8]?
    package var limits = ConnectionLimits()
    /// Silence after which the gateway closes a provider's connection, product time; `nil`: never. No rule of the real
    /// one's is known.
    package var gatewayIdleTimeout: Duration?

    package init(
        addresses: [Environment: Addresses],
        authority: Certificate,
        providerServerIdentity: Identity,
        courierServerIdentity: Identity,
        seed: UInt64
    ) {
        self.addresses = addresses
        self.authority = authority
        self.providerServerIdentity = providerServerIdentity
        self.courierServerIdentity = courierServerIdentity
        self.seed = seed
    }
}

extension PushServerConfiguration {
    /// What gateway and feedback show.
    ///
    /// - Throws: `IdentityError` when a throw-away identity cannot be made.
    var shownProviderIdentity: Identity {
        get throws(IdentityError) {
            guard self.untrustedChain else { return self.providerServerIdentity }
            let named = self.providerServerIdentity.certificate
            let stranger = try CertificateAuthority.create(commonName: "Not To Be Trusted")
            return try stranger.issueServer(
                commonName: named.commonName ?? "gateway.push.apple.com",
                names: named.names,
                key: self.providerServerIdentity.privateKey
            )
        }
    }
}

/// A service's address could not be listened on. Nothing stays half-started.
package struct ListenError: Error, Sendable, CustomStringConvertible {
    package let service: String
    package let address: ServiceAddress
    package let reason: String

    /// - Parameter error: what binding said.
    package init(service: String, address: ServiceAddress, error: any Error) {
        self.service = service
        self.address = address
        self.reason =
            switch (error as? IOError)?.errnoCode {
            case EADDRINUSE: "port \(address.port) is in use by another program"
            case EACCES: "permission denied; ports below 1024 need privileges"
            case EADDRNOTAVAIL: "this machine has no such address"
            default: String(describing: error)
            }
    }

    package var description: String {
        "cannot listen on \(self.address) for the \(self.service): \(self.reason)"
    }
}
