import MockDevice
import PushServer
import PushTransport
import PushVocabulary

/// What the settings amount to.
extension GatehouseConfiguration {
    package static let demoPhone = "demo-phone"
    package static let demoTopic = "com.example.app"
    /// From a sandbox port to production's, when both are served.
    static let productionPortOffset = 1_000

    package var servedEnvironments: [PushEnvironment] {
        switch self.environment {
        case .sandbox: [.sandbox]
        case .production: [.production]
        case .both: [.sandbox, .production]
        }
    }

    package var effectiveDevices: [Device] {
        if let devices { return devices }
        let environment = self.servedEnvironments[0]
        var topics: [String] = []
        for identity in self.identities ?? [] where identity.environment == environment {
            if !topics.contains(identity.topic) { topics.append(identity.topic) }
        }
        if topics.isEmpty { topics = [Self.demoTopic] }
        return [Device(name: Self.demoPhone, environment: environment, apps: topics.map { Device.App(topic: $0) })]
    }

    /// Without identities asked for, every app can be pushed to in every environment served: a provider that uses the
    /// wrong one shall meet a refused token, not a missing certificate.
    package var effectiveIdentities: [Identity] {
        if let identities { return identities }
        var derived: [Identity] = []
        for environment in self.servedEnvironments {
            for app in self.effectiveDevices.lazy.flatMap(\.apps) {
                let identity = Identity(topic: app.topic, environment: environment)
                if !derived.contains(identity) { derived.append(identity) }
            }
        }
        return derived
    }

    /// The network profiles that go by a name.
    var networkCatalogue: NetworkCatalogue {
        get throws(GatehouseError) {
            try NetworkDirectory.catalogue(
                self.networkProfiles,
                namedBy: self.origins[.networkProfiles]?.description ?? ServeOption.networkProfiles.rawValue
            )
        }
    }

    /// The named profile with the single choices made beside it, as far as there are such.
    var serviceProfile: ServiceProfile {
        var profile = ServiceProfile.named(self.profile) ?? .standard
        for (name, value) in self.profileChoices { try? profile.set(name, to: value) }
        return profile
    }

    /// The addresses to listen on, of one environment.
    func addresses(of environment: PushEnvironment) -> PushServerConfiguration.Addresses {
        let isShifted = self.environment == .both && environment == .production
        func shifted(_ address: Address) -> ServiceAddress {
            let offset = isShifted && address.port != 0 ? Self.productionPortOffset : 0
            return ServiceAddress(host: address.host, port: address.port + offset)
        }
        return PushServerConfiguration.Addresses(
            gateway: shifted(self.gateway),
            feedback: shifted(self.feedback),
            courier: shifted(self.courier)
        )
    }
}

extension GatehouseConfiguration.Address {
    /// Whether nobody but this machine reaches it. A name other than `localhost` may lead anywhere.
    var isLoopback: Bool {
        let name = self.host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
