import PushLedger
import PushVocabulary

/// Which notifications are meant; what is `nil` may be anything.
public struct NotificationQuery: Hashable, Sendable {
    public var topic: String?
    public var environment: PushEnvironment?
    public var device: String?
    /// Hexadecimal.
    public var token: String?
    public var verdict: PushVerdict?
    public var fate: PushFate?
    /// Of a rejection.
    public var status: UInt8?
    /// As the provider chose it.
    public var identifier: UInt32?

    public init(
        topic: String? = nil,
        environment: PushEnvironment? = nil,
        device: String? = nil,
        token: String? = nil,
        verdict: PushVerdict? = nil,
        fate: PushFate? = nil,
        status: UInt8? = nil,
        identifier: UInt32? = nil
    ) {
        self.topic = topic
        self.environment = environment
        self.device = device
        self.token = token
        self.verdict = verdict
        self.fate = fate
        self.status = status
        self.identifier = identifier
    }
}

extension NotificationFilter {
    init(_ query: NotificationQuery) throws(GatehouseError) {
        self = .everything
        if let text = query.token {
            guard let token = DeviceToken(hexadecimal: text) else {
                throw GatehouseError(.usage, "`\(text)` is no device token: \(TokenText.flaw(in: text) ?? "").")
            }
            self.token = token
        }
        self.topic = query.topic.map { Topic($0) }
        self.environment = query.environment?.environment
        self.device = query.device
        self.verdict = query.verdict.flatMap { VerdictKind(rawValue: $0.rawValue) }
        self.fate = query.fate.flatMap { FateKind(rawValue: $0.rawValue) }
        self.status = query.status
        self.identifier = query.identifier
    }
}
