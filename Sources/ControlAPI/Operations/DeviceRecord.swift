package import MockDevice
package import PushBroker
import PushIdentity
package import PushVocabulary

/// A device as the service sees it, and, where it is one of our own mock devices, as it sees itself.
package struct DeviceRecord: Hashable, Sendable {
    package struct App: Hashable, Sendable {
        /// `nil`: the service knows only its hash, because no provider has named it yet.
        package let topic: Topic?
        package let topicHash: TopicHash
        /// `nil`: the service gave it none, because it has not registered or cannot.
        package let token: DeviceToken?
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
        /// The app as it sees itself; `nil`: it is not on the phone, or the phone is not ours.
        package let ownView: InstalledApp?
    }

    /// What only a phone of our own can tell of itself.
    package struct Phone: Hashable, Sendable {
        package let areNotificationsOn: Bool
        package let keepAlive: KeepAlive
        package let network: NetworkProfile
        /// As the phone knows it.
        package let networkState: NetworkPath.State
    }

    package let name: String
    package let environment: Environment
    /// Whether the service has a connection of it.
    package let isConnected: Bool
    /// Whether it is a mock device of this process; others can be looked at and deleted, but not changed.
    package let isManaged: Bool
    package let baseToken: DeviceToken
    package let apps: [App]
    /// `nil`: not one of ours.
    package let phone: Phone?
    /// The same phone in the other environment, if an app of it belongs there: one at most.
    package internal(set) var companions: [DeviceRecord] = []

    init(_ view: DeviceView, _ snapshot: MockDeviceSnapshot?) {
        var onPhone: [TopicHash: InstalledApp] = [:]
        for app in snapshot?.installed ?? [] { onPhone[app.topic.hash] = app }
        let known = Set(view.apps.map(\.topicHash))
        self.name = view.name
        self.environment = view.environment
        self.isConnected = view.isConnected
        self.isManaged = snapshot != nil
        self.baseToken = view.baseToken
        let registered = view.apps.map { app in
            App(
                topic: app.topic,
                topicHash: app.topicHash,
                token: app.token,
                isInstalled: snapshot == nil ? app.removedAt == nil : onPhone[app.topicHash] != nil,
                removedAt: app.removedAt,
                topicClass: app.topicClass,
                inFlight: app.inFlight,
                stored: app.pending,
                ownView: onPhone[app.topicHash]
            )
        }
        self.apps =
            registered + (snapshot?.installed ?? []).filter { !known.contains($0.topic.hash) }.map { App(unknown: $0) }
        self.phone = snapshot.map {
            Phone(
                areNotificationsOn: $0.areNotificationsOn,
                keepAlive: $0.keepAlive,
                network: $0.network,
                networkState: $0.networkState
            )
        }
    }
}

extension DeviceRecord.App {
    /// An app that is on the phone, and that the service knows nothing of.
    fileprivate init(unknown app: InstalledApp) {
        self.init(
            topic: app.topic,
            topicHash: app.topic.hash,
            token: nil,
            isInstalled: true,
            removedAt: nil,
            topicClass: nil,
            inFlight: nil,
            stored: nil,
            ownView: app
        )
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
                guard let topic = app.topic, let token = app.token, app.isInstalled else { return nil }
                return App(topic: topic.name, token: token.hexadecimal)
            }
        )
    }
}
