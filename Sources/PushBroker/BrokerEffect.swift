package import PushVocabulary

/// What the broker wants done. Plain values: a test compares lists of them.
package enum BrokerEffect: Hashable, Sendable {
    /// Write this notification to the device's connection.
    case send(PushNotification, to: AppID, on: DeviceID, storage: StorageFlags)
    /// Tell the device that nothing waits for it; once per connection.
    case nothingStored(DeviceID)
    case fate(NotificationID, Fate)
    /// A feedback tuple is now waiting to be read.
    case feedbackListed(FeedbackEntry, topic: TopicID, environment: Environment)
}

/// Where a notification comes from, as the courier protocol flags it (item 7 of the Notification message).
package struct StorageFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let fromStorage = StorageFlags(rawValue: 1)
    package static let lastFromStorage = StorageFlags(rawValue: 2)
}

/// One tuple of the feedback service: this token's app is gone since then.
package struct FeedbackEntry: Hashable, Sendable {
    package let token: DeviceToken
    /// When the service learned that the app was gone; not the time of a push, not of a read.
    package let since: Instant

    package init(token: DeviceToken, since: Instant) {
        self.token = token
        self.since = since
    }
}
