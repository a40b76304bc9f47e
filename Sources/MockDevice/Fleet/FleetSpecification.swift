package import PushVocabulary

/// Devices that are made, connected and steered together, as they are asked for.
package struct FleetSpecification: Hashable, Sendable {
    package static let counts = 1...10_000
    /// Devices a second.
    package static let connectRates = 0.001...1_000_000.0
    package static let longestJitter: Duration = .seconds(24 * 3_600)

    /// Its devices are called after it.
    package var name: String
    package var environment: Environment
    package var count: Int
    /// `false`: its devices are registered, but away.
    package var isConnected = true
    /// What is on each of them.
    package var apps: [MockApp]
    package var networks: NetworkMix
    package var keepAlive = KeepAliveProfile.standard
    /// How many connect in a second of product time; `nil`: all at once.
    package var connectRate: Double?
    /// A device that lost its connection waits for so much longer before it comes back, at most; how long is chance.
    package var reconnectJitter = Duration.zero

    package init(
        name: String,
        environment: Environment = .sandbox,
        count: Int = 1,
        apps: [MockApp],
        networks: NetworkMix = NetworkMix()
    ) {
        self.name = name
        self.environment = environment
        self.count = count
        self.apps = apps
        self.networks = networks
    }

    /// What its devices are called: as the fleet is, if it is but one.
    package var deviceNames: [String] {
        self.count == 1 ? [self.name] : (1...max(1, self.count)).map { "\(self.name)-\($0)" }
    }

    /// Its devices, not connected yet.
    ///
    /// - Parameter baseTokens: in the order of their names; none: known to nobody yet.
    func devices(baseTokens: [DeviceToken?]) -> [MockDeviceConfiguration] {
        zip(self.deviceNames, self.networks.networks(count: self.count)).enumerated().map { position, device in
            var configuration = MockDeviceConfiguration(
                name: device.0,
                environment: self.environment,
                apps: self.apps,
                baseToken: baseTokens.indices.contains(position) ? baseTokens[position] : nil,
                connected: false,
                network: device.1
            )
            configuration.keepAlive = self.keepAlive
            configuration.reconnectJitter = self.reconnectJitter
            return configuration
        }
    }
}
