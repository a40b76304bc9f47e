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
    /// How much longer it may wait, by chance, before it comes back from a lost connection.
    package var reconnectJitter = Duration.zero

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

    /// UTF-8 bytes of a name: it is the common name of the device's certificate.
    package static let nameSizes = 1...256

    /// Why no device can have this name; `nil`: one can.
    package static func objection(toName name: String) -> String? {
        if name.isEmpty { return "a device needs a name" }
        if name.utf8.count > Self.nameSizes.upperBound {
            return "a device's name has at most \(Self.nameSizes.upperBound) bytes, and this one \(name.utf8.count)"
        }
        if name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
            return "a device's name has no control characters"
        }
        return nil
    }
}
