package import PushBroker

/// What the gateway decided about a frame.
package enum Verdict: Hashable, Sendable {
    case accepted
    /// Refused with this status (0 for a frame whose format has no error reply).
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
