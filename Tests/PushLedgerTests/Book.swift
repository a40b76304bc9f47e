import PushBroker
import PushLedger
import PushVocabulary

/// A ledger with short words for entering things.
struct Book {
    static let start = Instant(unixSeconds: 1_400_000_000)

    var ledger: Ledger
    var now = Book.start

    init(_ limits: LedgerLimits = LedgerLimits(), firstEpoch: UInt64 = 1) {
        self.ledger = Ledger(limits: limits, firstEpoch: firstEpoch)
    }

    /// - Parameters:
    ///   - topic: `nil`: none.
    ///   - fate: only for an accepted one; `nil`: none yet.
    @discardableResult
    mutating func enter(
        _ topic: Topic? = "com.example.app",
        _ verdict: Verdict = .accepted,
        _ fate: Fate? = .inFlight,
        device: String? = "phone",
        environment: Environment = .sandbox,
        token: UInt8? = 1,
        identifier: UInt32? = 7,
        connection: ConnectionID = ConnectionID(rawValue: 1),
        frameBytes: Int = 10
    ) -> NotificationID {
        let number = topic.map { self.ledger.topic($0) } ?? .none
        let device = device.map { self.ledger.device(named: $0) } ?? .none
        let id = self.ledger.append(
            ReceivedNotification(
                receivedAt: Instant(unixSeconds: 1_500_000_000),
                clockAt: self.now,
                environment: environment,
                topic: number,
                device: device,
                token: token.map(Self.token),
                verdict: verdict,
                connection: connection,
                content: PushContent(frame: [UInt8](repeating: 0x20, count: frameBytes), payloadRange: 0..<frameBytes),
                wire: WireFacts(command: 1, identifier: identifier, expiry: 60, priority: 10, offset: 212, length: 93)
            )
        )
        if verdict == .accepted, let fate { self.ledger.setFate(fate, of: id, at: self.now) }
        return id
    }

    mutating func set(_ fate: Fate, of id: NotificationID) {
        self.ledger.setFate(fate, of: id, at: self.now)
    }

    func entry(_ id: NotificationID) -> NotificationEntry? {
        guard case .found(let entry) = self.ledger.notification(id) else { return nil }
        return entry
    }

    func ids(
        _ filter: NotificationFilter,
        from cursor: Cursor? = nil,
        limit: Int = 1_000,
        order: ListingOrder = .ascending
    ) -> [NotificationID] {
        self.ledger.notifications(matching: filter, from: cursor, limit: limit, order: order).items.map(\.id)
    }

    static func token(_ filler: UInt8) -> DeviceToken { DeviceToken([UInt8](repeating: filler, count: 32))! }
}

extension NotificationID: ExpressibleByIntegerLiteral {
    public init(integerLiteral number: UInt64) {
        self.init(rawValue: number)
    }
}
