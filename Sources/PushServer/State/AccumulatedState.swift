package import PushBroker
package import PushVocabulary

/// What becomes of a service while it runs, as far as it can be carried to another one.
package struct AccumulatedState: Hashable, Sendable {
    /// An app that the service knows to be gone.
    package struct RemovedApp: Hashable, Sendable {
        package var device: String
        package var topic: Topic
        package var token: DeviceToken
        package var removedAt: Instant

        package init(device: String, topic: Topic, token: DeviceToken, removedAt: Instant) {
            self.device = device
            self.topic = topic
            self.token = token
            self.removedAt = removedAt
        }
    }

    /// A notification that waits for its device, or was sent and not acknowledged.
    package struct Waiting: Hashable, Sendable {
        package var device: String
        package var topic: Topic
        package var content: PushContent
        package var keptUntil: Instant
        package var wireExpiry: UInt32
        package var priority: UInt8

        package init(
            device: String,
            topic: Topic,
            content: PushContent,
            keptUntil: Instant,
            wireExpiry: UInt32,
            priority: UInt8
        ) {
            self.device = device
            self.topic = topic
            self.content = content
            self.keptUntil = keptUntil
            self.wireExpiry = wireExpiry
            self.priority = priority
        }
    }

    package struct Feedback: Hashable, Sendable {
        package var topic: Topic
        package var environment: Environment
        package var entry: FeedbackEntry

        package init(topic: Topic, environment: Environment, entry: FeedbackEntry) {
            self.topic = topic
            self.environment = environment
            self.entry = entry
        }
    }

    package var removedApps: [RemovedApp] = []
    package var waiting: [Waiting] = []
    package var feedback: [Feedback] = []
    package var revoked: [String] = []

    package init() {}
}
