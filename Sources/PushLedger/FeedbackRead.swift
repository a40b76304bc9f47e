package import PushBroker
package import PushVocabulary

/// One reading of the feedback service by a provider: what it was given.
package struct FeedbackRead: Hashable, Sendable {
    /// From 1 up, in the order of reading.
    package let number: Int
    package let connection: ConnectionID
    package let environment: Environment
    /// The topics of the provider's certificate.
    package let topics: [Topic]
    package let entries: [FeedbackEntry]
    /// Product time.
    package let at: Instant
    /// The first notification entered after it.
    let before: NotificationID
}
