package import PushVocabulary

/// A mock device as it is asked for.
package struct MockDeviceConfiguration: Hashable, Sendable {
    package typealias App = MockApp

    package var name: String
    package var environment: Environment
    package var apps: [App]
    /// Known from an earlier life; `nil` on a first connect.
    package var baseToken: DeviceToken?
    package var connected: Bool
    package var keepAlive = KeepAliveProfile.standard
    package var network: NetworkProfile

    package init(
        name: String,
        environment: Environment,
        apps: [App],
        baseToken: DeviceToken? = nil,
        connected: Bool = true,
        network: NetworkProfile = .ideal
    ) {
        self.name = name
        self.environment = environment
        self.apps = apps
        self.baseToken = baseToken
        self.connected = connected
        self.network = network
    }
}
