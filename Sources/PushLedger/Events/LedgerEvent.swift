package import PushBroker
package import PushVocabulary

/// An event as the log keeps it: a number for what the ledger itself remembers, words only for what it does not.
enum LedgerEvent: Sendable {
    case notification(NotificationID)
    case fate(NotificationID)
    case connection(EventType, ConnectionID)
    indirect case device(EventType, DeviceChange)
    indirect case fault(EventType, FaultChange)
    indirect case feedback(EventType, FeedbackChange)
    indirect case other(EventType, OtherChange)

    var type: EventType {
        switch self {
        case .notification: .notification
        case .fate: .fate
        case .connection(let type, _), .device(let type, _), .fault(let type, _), .feedback(let type, _),
            .other(let type, _):
            type
        }
    }
}

/// What happened to a device, or to an app on it.
package struct DeviceChange: Hashable, Sendable {
    package var name: String
    package var environment: Environment
    package var isConnected: Bool
    /// Of the app it is about, or of all the device's apps that have a name.
    package var topics: [Topic]
    /// The app's.
    package var token: DeviceToken?

    package init(
        name: String,
        environment: Environment,
        isConnected: Bool,
        topics: [Topic],
        token: DeviceToken? = nil
    ) {
        self.name = name
        self.environment = environment
        self.isConnected = isConnected
        self.topics = topics
        self.token = token
    }
}

/// What happened to a fault rule, or what it did.
package struct FaultChange: Hashable, Sendable {
    package var rule: String
    /// Those of the provider it fired on, or the one it looks for.
    package var topics: [Topic]
    /// The one it fired in, or the one it looks for.
    package var environment: Environment?
    /// Where it fired.
    package var connection: ConnectionID?
    /// How often it has fired.
    package var hits: Int?
    /// How often it may still fire; `nil`: without end.
    package var remaining: Int?

    package init(
        rule: String,
        topics: [Topic],
        environment: Environment?,
        connection: ConnectionID? = nil,
        hits: Int? = nil,
        remaining: Int? = nil
    ) {
        self.rule = rule
        self.topics = topics
        self.environment = environment
        self.connection = connection
        self.hits = hits
        self.remaining = remaining
    }
}

/// What happened to a feedback list.
package struct FeedbackChange: Hashable, Sendable {
    package var topics: [Topic]
    /// `nil`: both.
    package var environment: Environment?
    /// The tuple that was listed.
    package var entry: FeedbackEntry?
    /// Where the list was read.
    package var connection: ConnectionID?
    /// How many tuples were read or cleared.
    package var count: Int?

    package init(
        topics: [Topic],
        environment: Environment?,
        entry: FeedbackEntry? = nil,
        connection: ConnectionID? = nil,
        count: Int? = nil
    ) {
        self.topics = topics
        self.environment = environment
        self.entry = entry
        self.connection = connection
        self.count = count
    }
}

/// What concerns everybody.
package enum OtherChange: Hashable, Sendable {
    case clock(mode: ProductClock.Mode, now: Instant)
    /// `topic`: `nil`: all. `cursor`: where the new epoch begins.
    case reset(topic: Topic?, notifications: Int, cursor: Cursor)
    /// The newest notification that aged out, and how many did since this was last told.
    case pruned(through: NotificationID, count: Int)
}

/// An event in full, as it can be read from the log.
package struct EventReport: Sendable {
    package enum Subject: Sendable {
        case notification(NotificationEntry)
        case connection(ConnectionEntry)
        case device(DeviceChange)
        case fault(FaultChange)
        case feedback(FeedbackChange)
        case other(OtherChange)
    }

    package let id: EventID
    /// Product time.
    package let at: Instant
    package let type: EventType
    /// A notification or connection as it stands now.
    package let subject: Subject
}
