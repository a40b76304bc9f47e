package import PushBroker

/// Why a verdict or fate is what it is, for machines; `explanation` says the same to people.
package struct Reason: Hashable, Sendable {
    /// Kebab-case and stable.
    package let code: String
    /// The notification that caused it: the newer one in the slot, or the refused one in front.
    package let by: NotificationID?
    /// The name of the fault rule that caused it.
    package let rule: String?

    init(_ code: String, by: NotificationID? = nil, rule: String? = nil) {
        self.code = code
        self.by = by
        self.rule = rule
    }
}

extension Verdict {
    /// `nil` for an accepted frame.
    package var reason: Reason? {
        switch self {
        case .accepted: nil
        case .rejected(let status): Reason(Self.statusCode(status))
        case .discarded(let cause): Reason("after-error", by: cause)
        }
    }

    private static func statusCode(_ status: UInt8) -> String {
        switch status {
        case 0: "closed-without-reply"
        case 1: "processing-error"
        case 2: "missing-device-token"
        case 3: "missing-topic"
        case 4: "missing-payload"
        case 5: "invalid-token-size"
        case 6: "invalid-topic-size"
        case 7: "invalid-payload-size"
        case 8: "invalid-token"
        case 10: "shutdown"
        case 128: "protocol-error"
        case 255: "unknown"
        default: "status-\(status)"
        }
    }
}

extension Fate {
    /// `nil` where the fate says it all: delivered, in flight.
    package var reason: Reason? {
        switch self {
        case .inFlight, .delivered: nil
        case .coalesced(let newer): Reason("replaced", by: newer)
        case .lost(let rule): Reason("fault-rule", rule: rule)
        case .stored(let reason): Reason(reason.code)
        case .expired(let reason): Reason(reason.code)
        case .undeliverable(let reason): Reason(reason.code)
        }
    }
}

extension Fate.StoredReason {
    package var code: String {
        switch self {
        case .deviceAway: "device-away"
        case .awaitingAcknowledgement: "awaiting-acknowledgement"
        case .topicPaused: "topic-paused"
        case .topicIgnored: "topic-ignored"
        case .topicUnlisted: "topic-unlisted"
        case .connectionLost: "connection-lost"
        case .heldBack: "held-back"
        }
    }
}

extension Fate.ExpiredReason {
    package var code: String {
        switch self {
        case .notStored: "not-stored"
        case .timePassed: "time-passed"
        }
    }
}

extension Fate.UndeliverableReason {
    package var code: String {
        switch self {
        case .appRemoved: "app-removed"
        case .deviceRemoved: "device-removed"
        case .tokenVoid: "token-void"
        case .unusablePayload: "unusable-payload"
        }
    }
}
