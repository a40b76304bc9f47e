import ControlAPI
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
    /// Terms of the search language, such as `verdict:rejected !has:badge`; they have to agree as well.
    public var search: String?

    public init(
        topic: String? = nil,
        environment: PushEnvironment? = nil,
        device: String? = nil,
        token: String? = nil,
        verdict: PushVerdict? = nil,
        fate: PushFate? = nil,
        status: UInt8? = nil,
        identifier: UInt32? = nil,
        search: String? = nil
    ) {
        self.topic = topic
        self.environment = environment
        self.device = device
        self.token = token
        self.verdict = verdict
        self.fate = fate
        self.status = status
        self.identifier = identifier
        self.search = search
    }
}

extension NotificationFilter {
    /// - Parameter operations: of the service that is asked; its clock decides how long ago something is.
    init(_ query: NotificationQuery, for operations: ControlOperations) throws(GatehouseError) {
        self = .everything
        if let search = query.search {
            do throws(ControlError) {
                self.terms = try operations.searchTerms(search)
            } catch {
                throw GatehouseError(.usage, error.description)
            }
        }
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
