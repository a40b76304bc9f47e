package import PushBroker

/// What the gateway decided about a frame.
package enum Verdict: Hashable, Sendable {
    case accepted
    /// Refused for this status, whether or not the provider was told: the simple format has no error packet. Which of
    /// the two it was is in `NotificationEntry.replySent`. 0: a fault rule refused it and named no status.
    case rejected(status: UInt8)
    /// It stood behind a refused frame, and was never looked at; `nil`: that frame is not in the ledger.
    case discarded(causedBy: NotificationID?)

    package var kind: VerdictKind {
        switch self {
        case .accepted: .accepted
        case .rejected: .rejected
        case .discarded: .discarded
        }
    }
}

/// The verdicts by the names in which they are written and asked for.
package enum VerdictKind: String, Hashable, Sendable, CaseIterable, Codable {
    case accepted
    case rejected
    case discarded
}

/// The fates by the names in which they are written and asked for.
package enum FateKind: String, Hashable, Sendable, CaseIterable, Codable {
    case delivered
    case inFlight
    case stored
    case coalesced
    case expired
    case undeliverable
    case lost

    /// Nothing follows after it: the service is done with the notification.
    package var isFinal: Bool {
        switch self {
        case .inFlight, .stored: false
        case .delivered, .coalesced, .expired, .undeliverable, .lost: true
        }
    }
}

extension Fate {
    package var kind: FateKind {
        switch self {
        case .inFlight: .inFlight
        case .stored: .stored
        case .delivered: .delivered
        case .coalesced: .coalesced
        case .expired: .expired
        case .undeliverable: .undeliverable
        case .lost: .lost
        }
    }
}
