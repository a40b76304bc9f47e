import PushBroker
import PushLedger
import PushVocabulary

/// What the gateway decided about a frame.
public enum PushVerdict: String, CaseIterable, Codable, Hashable, Sendable {
    case accepted
    case rejected
    /// It stood behind a rejected one.
    case discarded
}

/// What became, or is becoming, of an accepted notification.
public enum PushFate: String, CaseIterable, Codable, Hashable, Sendable {
    /// The device acknowledged it.
    case delivered
    /// Sent to the device, not acknowledged yet.
    case inFlight
    /// Waiting for its device.
    case stored
    /// Replaced by a newer one before it could be sent.
    case coalesced
    case expired
    /// The app is gone, or the payload is of no use to any device.
    case undeliverable
    /// Swallowed by a fault rule.
    case lost
}

/// One notification and what became of it, as the control API describes it too.
public struct NotificationReport: Decodable, Hashable, Sendable {
    /// Why the fate is what it is.
    public struct Reason: Decodable, Hashable, Sendable {
        /// Kebab-case and stable.
        public var code: String
        /// The notification that caused it.
        public var by: String?
        /// The fault rule that caused it.
        public var rule: String?
    }

    /// How it stood on its provider's connection.
    public struct Wire: Decodable, Hashable, Sendable {
        /// The frame's first byte: 0, 1 or 2.
        public var command: UInt8
        public var identifier: UInt32?
    }

    public let id: String
    /// From 1 up, without gaps.
    public let seq: UInt64
    public let environment: PushEnvironment
    public let topic: String?
    public let device: String?
    /// Lowercase hexadecimal.
    public let token: String?
    public let verdict: PushVerdict
    /// Of a rejected one.
    public let status: UInt8?
    /// Of a rejected one: whether an error packet was written to its connection.
    public let replySent: Bool?
    /// Of an accepted one.
    public let fate: PushFate?
    public let fateReason: Reason?
    public let connectionId: String?
    public let wire: Wire
    /// The payload's bytes as they were sent; empty in what comes over HTTP, where the JSON object has it.
    public private(set) var payload: [UInt8] = []

    private enum CodingKeys: String, CodingKey {
        case id, seq, environment, topic, device, token, verdict, status, replySent, fate, fateReason, connectionId,
            wire
    }

    init(_ entry: NotificationEntry) {
        self.id = entry.id.description
        self.seq = entry.sequence
        self.environment = PushEnvironment(entry.environment)
        self.topic = entry.topic?.name
        self.device = entry.device
        self.token = entry.token?.hexadecimal
        switch entry.verdict {
        case .accepted: (self.verdict, self.status, self.replySent) = (.accepted, nil, nil)
        case .rejected(let status): (self.verdict, self.status, self.replySent) = (.rejected, status, entry.replySent)
        case .discarded: (self.verdict, self.status, self.replySent) = (.discarded, nil, nil)
        }
        self.fate = entry.fate.flatMap { PushFate(rawValue: $0.kind.rawValue) }
        self.fateReason = entry.fate?.reason.map { Reason(code: $0.code, by: $0.by?.description, rule: $0.rule) }
        self.connectionId = entry.connection.description
        self.wire = Wire(command: entry.wire.command, identifier: entry.wire.identifier)
        self.payload = Array(entry.content.payload)
    }

    /// Verdict and fate in a word or two, such as `rejected 8` or `delivered`.
    public var outcome: String {
        switch self.verdict {
        case .accepted: self.fate?.rawValue ?? "accepted"
        case .rejected: "rejected \(self.status ?? 0)"
        case .discarded: "discarded"
        }
    }

    /// What became of it and why, in a sentence or two.
    public var explanation: String {
        switch self.verdict {
        case .rejected:
            Verdict.rejected(status: self.status ?? 0)
                .explanation(replySent: self.replySent ?? true, command: self.wire.command)
        case .discarded: Verdict.discarded(causedBy: nil).explanation
        case .accepted:
            Self.ledgerFate(self.fate, self.fateReason)?.explanation ?? Verdict.accepted.explanation
        }
    }

    /// One step of a timeline in a sentence, by the names of the API; `nil` for a step of another version.
    ///
    /// - Parameter status: of a rejection.
    static func explanation(ofStep event: String, _ reason: Reason?, status: UInt8?) -> String? {
        switch event {
        case "accepted": Verdict.accepted.explanation
        case "rejected": Verdict.rejected(status: status ?? 0).explanation
        case "discarded": Verdict.discarded(causedBy: self.number(reason?.by)).explanation
        case "sent": Fate.inFlight.explanation
        default: self.ledgerFate(PushFate(rawValue: event), reason)?.explanation
        }
    }

    private static func ledgerFate(_ fate: PushFate?, _ reason: Reason?) -> Fate? {
        let code = reason?.code
        return switch fate {
        case .delivered: .delivered
        case .inFlight: .inFlight
        case .stored: Fate.StoredReason.allCases.first { $0.code == code }.map { .stored($0) }
        case .expired: Fate.ExpiredReason.allCases.first { $0.code == code }.map { .expired($0) }
        case .undeliverable: Fate.UndeliverableReason.allCases.first { $0.code == code }.map { .undeliverable($0) }
        case .coalesced: self.number(reason?.by).map { .coalesced(by: $0) }
        case .lost: .lost(rule: reason?.rule ?? "")
        case nil: nil
        }
    }

    private static func number(_ id: String?) -> NotificationID? {
        id.flatMap { UInt64($0.drop { !$0.isNumber }) }.map { NotificationID(rawValue: $0) }
    }
}
