package import PushVocabulary

/// All that a broker knows and that outlives its process, as plain values.
///
/// Connections are not among it: after a restart every device is away until it connects again. The indices are the
/// broker's own numbers; they hold the parts together and mean nothing elsewhere.
package struct BrokerState: Hashable, Sendable {
    package struct TopicRow: Hashable, Sendable {
        package var index: Int32
        package var hash: TopicHash
        package var name: Topic?

        package init(index: Int32, hash: TopicHash, name: Topic?) {
            self.index = index
            self.hash = hash
            self.name = name
        }
    }

    package struct DeviceRow: Hashable, Sendable {
        package var index: Int32
        package var name: String
        package var environment: Environment
        package var baseToken: DeviceToken

        package init(index: Int32, name: String, environment: Environment, baseToken: DeviceToken) {
            self.index = index
            self.name = name
            self.environment = environment
            self.baseToken = baseToken
        }
    }

    package struct AppRow: Hashable, Sendable {
        package var index: Int32
        package var device: Int32
        package var topic: Int32
        package var token: DeviceToken
        package var removedAt: Instant?

        package init(index: Int32, device: Int32, topic: Int32, token: DeviceToken, removedAt: Instant?) {
            self.index = index
            self.device = device
            self.topic = topic
            self.token = token
            self.removedAt = removedAt
        }
    }

    package struct SlotRow: Hashable, Sendable {
        package var app: Int32
        package var inFlight: PushNotification?
        package var pending: PushNotification?

        package init(app: Int32, inFlight: PushNotification? = nil, pending: PushNotification? = nil) {
            self.app = app
            self.inFlight = inFlight
            self.pending = pending
        }
    }

    package struct FeedbackRow: Hashable, Sendable {
        package var topic: Int32
        package var environment: Environment
        package var entry: FeedbackEntry

        package init(topic: Int32, environment: Environment, entry: FeedbackEntry) {
            self.topic = topic
            self.environment = environment
            self.entry = entry
        }
    }

    /// Without gaps from index 0 up.
    package var topics: [TopicRow] = []
    package var devices: [DeviceRow] = []
    package var apps: [AppRow] = []
    /// Only those that hold something.
    package var slots: [SlotRow] = []
    package var feedback: [FeedbackRow] = []

    package init() {}
}

/// What of a broker's state differs from what was last asked for: the rows as they are now, and what is gone.
package struct BrokerChanges: Hashable, Sendable {
    package struct FeedbackPlace: Hashable, Sendable {
        package let topic: Int32
        package let environment: Environment
        package let token: DeviceToken
    }

    package var topics: [BrokerState.TopicRow] = []
    package var devices: [BrokerState.DeviceRow] = []
    package var goneDevices: [Int32] = []
    package var apps: [BrokerState.AppRow] = []
    package var goneApps: [Int32] = []
    /// Whole slots; an empty one is among them when it was emptied.
    package var slots: [BrokerState.SlotRow] = []
    package var feedback: [BrokerState.FeedbackRow] = []
    package var goneFeedback: [FeedbackPlace] = []

    package init() {}
}

/// Which parts of a broker have changed since they were last taken.
struct BrokerMarks: Sendable {
    var topics: Set<TopicID> = []
    var devices: Set<DeviceID> = []
    var apps: Set<AppID> = []
    var slots: Set<AppID> = []
    var feedback: Set<FeedbackKey> = []

    var isEmpty: Bool {
        self.slots.isEmpty && self.apps.isEmpty && self.devices.isEmpty && self.topics.isEmpty && self.feedback.isEmpty
    }
}
