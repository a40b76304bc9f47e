import PushIdentity
package import PushVocabulary

/// Something that happened to a mock device, worded as the real daemon logged it where such a line is known (TN2265,
/// "Observing Push Status Messages").
package struct DeviceEvent: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case connecting(courier: String)
        case connected(courier: String)
        /// The connection went, or could not be made.
        case disconnected(reason: String)
        case registered(Topic, token: DeviceToken)
        /// - Parameter hash: the topic as it stood on the wire.
        case received(
            Topic?,
            hash: TopicHash?,
            payload: [UInt8],
            messageIdentifier: UInt32,
            fromStorage: Bool
        )
        case uninstalled(Topic)
        case keptAlive
        /// No answer to a keep-alive sent after this much silence.
        case keepAliveUnanswered(Duration)
        /// An app was opened.
        case launched(Topic)
        case registrationFailed(Topic, reason: String)
        /// The question for permission is on the screen.
        case askedPermission(Topic)
        case answeredPermission(Topic, PermissionBook.Answer)
        /// The phone was restored from a backup.
        case restored
        case switchedNotifications(on: Bool)
    }

    package let device: String
    /// Product time.
    package let at: Instant
    package let kind: Kind

    package init(device: String, at: Instant, kind: Kind) {
        self.device = device
        self.at = at
        self.kind = kind
    }
}

extension DeviceEvent {
    /// How a log line names a topic.
    package enum TopicForm: Hashable, Sendable {
        /// As on iOS: the bundle identifier, where an installed app tells it.
        case bundleIdentifier
        /// As on Mac OS X: the SHA-1 of the bundle identifier (TN2265, "Enabling Push Status Messages on iOS").
        case hash
    }

    /// The log line.
    package func line(_ form: TopicForm = .bundleIdentifier) -> String {
        func named(_ topic: Topic) -> String { form == .hash ? topic.hash.description : topic.name }
        return switch self.kind {
        case .connecting(let courier): "Connecting to courier \(courier)"
        case .connected(let courier): "Connected to courier \(courier)"
        case .disconnected(let reason): "Disconnecting in response to connection failure: \(reason)"
        case .registered(let topic, let token): "Registered \(named(topic)) with token \(token)"
        case .received(let topic, let hash, _, _, let fromStorage):
            "Received message for enabled topic \(topic.map(named) ?? hash?.description ?? "(none)")"
                + (fromStorage ? ", from storage" : "")
        case .uninstalled(let topic): "Uninstalled \(named(topic))"
        case .keptAlive: "Keep-alive answered"
        case .keepAliveUnanswered(let silence):
            "Keep-alive not answered, after \(silence.components.seconds) s of silence"
        case .launched(let topic): "Launched \(named(topic))"
        case .registrationFailed(let topic, let reason): "Failed to register \(named(topic)): \(reason)"
        case .askedPermission(let topic): "Asked the user whether \(named(topic)) may send notifications"
        case .answeredPermission(let topic, .granted): "The user lets \(named(topic)) send notifications"
        case .answeredPermission(let topic, .denied): "The user does not let \(named(topic)) send notifications"
        case .restored: "Restored from a backup; every app has to ask for its token again"
        case .switchedNotifications(let on): "Notifications were switched \(on ? "on" : "off") in Settings"
        }
    }
}

extension DeviceEvent.Kind {
    /// The stable name, for machines.
    package var name: String {
        switch self {
        case .connecting: "connecting"
        case .connected: "connected"
        case .disconnected: "disconnected"
        case .registered: "registered"
        case .received: "received"
        case .uninstalled: "uninstalled"
        case .keptAlive: "keptAlive"
        case .keepAliveUnanswered: "keepAliveUnanswered"
        case .launched: "launched"
        case .registrationFailed: "registrationFailed"
        case .askedPermission: "askedPermission"
        case .answeredPermission: "answeredPermission"
        case .restored: "restored"
        case .switchedNotifications: "switchedNotifications"
        }
    }

    /// The app it is about, if it is about one and its name is known.
    package var topic: Topic? {
        switch self {
        case .registered(let topic, _), .uninstalled(let topic), .launched(let topic),
            .registrationFailed(let topic, _),
            .askedPermission(let topic), .answeredPermission(let topic, _):
            topic
        case .received(let topic, _, _, _, _): topic
        case .connecting, .connected, .disconnected, .keptAlive, .keepAliveUnanswered, .restored,
            .switchedNotifications:
            nil
        }
    }
}

extension DeviceEvent: CustomStringConvertible {
    package var description: String { self.line() }
}
