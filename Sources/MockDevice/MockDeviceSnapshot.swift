package import PushVocabulary

/// A mock device as it knows itself: its own view, which the service's may lag behind.
package struct MockDeviceSnapshot: Hashable, Sendable {
    package typealias App = MockDeviceConfiguration.App

    package let name: String
    package let environment: Environment
    package let isOnline: Bool
    /// Whether it is meant to be connected, and reconnects by itself.
    package let wantsConnection: Bool
    package let apps: [App]
    /// The same apps, as they see themselves.
    package let installed: [InstalledApp]
    /// Whether it ought to come online: wanted, with the Notifications switch on and a push-capable app.
    package let isToBeOnline: Bool
    package let areNotificationsOn: Bool
    package let keepAlive: KeepAlive
    package let receivedCount: Int
    package let network: NetworkProfile
    /// The network as the device knows it.
    package let networkState: NetworkPath.State
    /// Whether what it says reaches the service at once; otherwise the two may disagree for as long as they like.
    package let isTransparent: Bool
}
