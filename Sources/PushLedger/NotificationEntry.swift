package import PushBroker
package import PushVocabulary

/// All the ledger knows of one notification, as it stood when it was read.
package struct NotificationEntry: Hashable, Sendable {
    package let id: NotificationID
    /// Wall time of the read that completed the frame.
    package let receivedAt: Instant
    /// Product time of the same moment.
    package let clockAt: Instant
    package let environment: Environment
    /// `nil`: the provider's certificate names none.
    package let topic: Topic?
    /// The addressed device's name; `nil`: the token addresses none.
    package let device: String?
    /// `nil`: the frame carries no token of 1 to 100 bytes.
    package let token: DeviceToken?
    /// The token's bytes as they stood in the frame.
    package let tokenBytes: [UInt8]
    package let verdict: Verdict
    /// Whether an error packet about this notification was written to its connection, all six bytes of it. It may
    /// still have been lost on the way. Always `false` unless rejected.
    package let replySent: Bool
    /// `nil` unless accepted.
    package let fate: Fate?
    package let connection: ConnectionID
    package let content: PushContent
    package let wire: WireFacts
    /// What is wrong with the frame or its payload, such as `payload is not valid JSON at byte 17`.
    package let note: String?
    /// Oldest first, beginning with the verdict.
    package let timeline: [TimelineEntry]
    /// How many steps after the first four were dropped from `timeline`.
    package let omittedSteps: Int

    package var sequence: UInt64 { self.id.rawValue }
}

/// A notification as its front door hands it to the ledger.
package struct ReceivedNotification: Sendable {
    package var receivedAt: Instant
    package var clockAt: Instant
    package var environment: Environment
    package var topic: LedgerTopic
    package var device: LedgerDevice
    package var token: DeviceToken?
    /// Set only when the frame's token is no `DeviceToken` by its size.
    package var unusualToken: [UInt8]
    package var verdict: Verdict
    package var connection: ConnectionID
    package var content: PushContent
    package var wire: WireFacts

    /// - Parameters:
    ///   - receivedAt: wall time.
    ///   - clockAt: product time.
    ///   - content: its frame's bytes are shared with the caller, not copied.
    package init(
        receivedAt: Instant,
        clockAt: Instant,
        environment: Environment,
        topic: LedgerTopic,
        device: LedgerDevice = .none,
        token: DeviceToken?,
        unusualToken: [UInt8] = [],
        verdict: Verdict,
        connection: ConnectionID,
        content: PushContent,
        wire: WireFacts
    ) {
        self.receivedAt = receivedAt
        self.clockAt = clockAt
        self.environment = environment
        self.topic = topic
        self.device = device
        self.token = token
        self.unusualToken = unusualToken
        self.verdict = verdict
        self.connection = connection
        self.content = content
        self.wire = wire
    }
}
