import PushBroker
import PushLedger

/// A notification as the control API describes it, as far as people want to read it in a line or two.
package struct NotificationSummary: Decodable, Hashable, Sendable {
    package struct Reason: Decodable, Hashable, Sendable {
        package var code: String
        package var by: String?
        package var rule: String?
    }

    package struct Wire: Decodable, Hashable, Sendable {
        package var command: Int
        package var identifier: UInt32?
    }

    package var id: String
    package var seq: UInt64
    package var topic: String?
    package var device: String?
    package var token: String?
    package var verdict: String
    package var status: UInt8?
    package var fate: String?
    package var fateReason: Reason?
    package var connectionId: String?
    package var wire: Wire

    /// Verdict and fate in a word or two, such as `rejected 8` or `delivered`.
    package var outcome: String {
        switch self.verdict {
        case "accepted": self.fate ?? "accepted"
        case "rejected": "rejected \(self.status ?? 0)"
        default: self.verdict
        }
    }

    /// What became of it and why, in a sentence or two.
    package var explanation: String {
        switch VerdictKind(rawValue: self.verdict) {
        case .rejected: Verdict.rejected(status: self.status ?? 0).explanation
        case .discarded: Verdict.discarded(causedBy: nil).explanation
        case .accepted, nil: self.knownFate?.explanation ?? Verdict.accepted.explanation
        }
    }

    private var knownFate: Fate? {
        switch self.fate.flatMap(FateKind.init(rawValue:)) {
        case .delivered: .delivered
        case .inFlight: .inFlight
        case .stored: Fate.StoredReason.allCases.first { $0.code == self.fateReason?.code }.map { .stored($0) }
        case .expired: Fate.ExpiredReason.allCases.first { $0.code == self.fateReason?.code }.map { .expired($0) }
        case .undeliverable:
            Fate.UndeliverableReason.allCases.first { $0.code == self.fateReason?.code }.map { .undeliverable($0) }
        case .coalesced: self.newer.map { .coalesced(by: $0) }
        case .lost: .lost(rule: self.fateReason?.rule ?? "")
        case nil: nil
        }
    }

    private var newer: NotificationID? {
        self.fateReason?.by.flatMap { UInt64($0.drop { !$0.isNumber }) }.map { NotificationID(rawValue: $0) }
    }

    /// Whether anything can follow.
    package var isFinal: Bool {
        guard self.verdict == "accepted" else { return true }
        return self.fate.flatMap(FateKind.init(rawValue:))?.isFinal ?? false
    }
}

/// Notifications as a page of a listing, or as the answer to a wait.
package struct NotificationAnswer: Decodable, Hashable, Sendable {
    package var items: [NotificationSummary]
    package var cursor: String?
    package var nextCursor: String?
    package var satisfied: Bool?
    package var total: Int?
}
