import MockDevice
package import PushBroker
import PushIdentity
package import PushVocabulary

/// A device as the service sees it, and, where it is one of our own mock devices, as it sees itself.
package struct DeviceRecord: Hashable, Sendable {
    package struct App: Hashable, Sendable {
        /// `nil`: the service knows only its hash, because no provider has named it yet.
        package let topic: Topic?
        package let topicHash: TopicHash
        package let token: DeviceToken
        /// Whether it is on the phone; of a device that is not ours, whether the service believes so.
        package let isInstalled: Bool
        /// When the service learned that it is gone.
        package let removedAt: Instant?
        /// How the device's Filter sorts it; `nil`: not connected, or not listed.
        package let topicClass: TopicClass?
        /// On its way to the device.
        package let inFlight: NotificationID?
        /// Waiting in the slot.
        package let stored: NotificationID?
    }

    package let name: String
    package let environment: Environment
    /// Whether the service has a connection of it.
    package let isConnected: Bool
    /// Whether it is a mock device of this process; others can be looked at and deleted, but not changed.
    package let isManaged: Bool
    package let baseToken: DeviceToken
    package let apps: [App]

    init(_ view: DeviceView, _ snapshot: MockDeviceSnapshot?) {
        let onPhone = snapshot.map { Set($0.apps.map(\.topic.hash)) }
        self.name = view.name
        self.environment = view.environment
        self.isConnected = view.isConnected
        self.isManaged = snapshot != nil
        self.baseToken = view.baseToken
        self.apps = view.apps.map { app in
            App(
                topic: app.topic,
                topicHash: app.topicHash,
                token: app.token,
                isInstalled: onPhone?.contains(app.topicHash) ?? (app.removedAt == nil),
                removedAt: app.removedAt,
                topicClass: app.topicClass,
                inFlight: app.inFlight,
                stored: app.pending
            )
        }
    }
}

extension ReadyRecord.Device {
    /// What a provider can use of it: the apps that are installed and have a name.
    init(_ record: DeviceRecord) {
        self.init(
            name: record.name,
            environment: record.environment,
            connected: record.isConnected,
            apps: record.apps.compactMap { app in
                guard let topic = app.topic, app.isInstalled else { return nil }
                return App(topic: topic.name, token: app.token.hexadecimal)
            }
        )
    }
}
