package import PushVocabulary

/// What a listing or a wait asks for: the fields that are set must all agree.
package struct NotificationFilter: Hashable, Sendable {
    package var topic: Topic?
    package var environment: Environment?
    /// A device's name.
    package var device: String?
    package var token: DeviceToken?
    package var verdict: VerdictKind?
    package var fate: FateKind?
    /// The status of a rejection.
    package var status: UInt8?
    /// The identifier the provider wrote into the frame.
    package var identifier: UInt32?
    package var connection: ConnectionID?
    /// Conditions that are not plain equality.
    package var terms: [SearchTerm]

    package init(
        topic: Topic? = nil,
        environment: Environment? = nil,
        device: String? = nil,
        token: DeviceToken? = nil,
        verdict: VerdictKind? = nil,
        fate: FateKind? = nil,
        status: UInt8? = nil,
        identifier: UInt32? = nil,
        connection: ConnectionID? = nil,
        terms: [SearchTerm] = []
    ) {
        self.topic = topic
        self.environment = environment
        self.device = device
        self.token = token
        self.verdict = verdict
        self.fate = fate
        self.status = status
        self.identifier = identifier
        self.connection = connection
        self.terms = terms
    }

    package static let everything = NotificationFilter()
}

/// A filter with its names looked up, so that a look at one notification compares numbers.
struct ResolvedFilter {
    var filter: NotificationFilter
    var topic: LedgerTopic?
    var device: LedgerDevice?

    func matches(_ record: borrowing NotificationRecord) -> Bool {
        guard !record.isForgotten else { return false }
        if let topic, record.received.topic != topic { return false }
        if let device, record.received.device != device { return false }
        if let connection = self.filter.connection, record.received.connection != connection { return false }
        if let environment = self.filter.environment, record.received.environment != environment { return false }
        if let verdict = self.filter.verdict, record.received.verdict.kind != verdict { return false }
        if let fate = self.filter.fate, record.fate.kind != fate { return false }
        if let status = self.filter.status, record.received.verdict != .rejected(status: status) { return false }
        if let identifier = self.filter.identifier, record.received.wire.identifier != identifier { return false }
        if let token = self.filter.token, record.received.token != token { return false }
        return true
    }
}
