import PushBroker
import PushLedger
import PushVocabulary

/// A provider's doings, entered in a ledger as the gateway would.
struct AuditStory {
    static let start = Instant(unixSeconds: 1_400_000_000)
    static let app: Topic = "com.example.app"

    var ledger: Ledger
    var now = AuditStory.start
    private var nextIdentifier: UInt32 = 1
    /// Where the next frame of each connection begins.
    private var offsets: [ConnectionID: UInt64] = [:]

    init(_ limits: LedgerLimits = LedgerLimits()) {
        self.ledger = Ledger(limits: limits)
    }

    mutating func advance(_ seconds: Int64) { self.now = self.now + .seconds(seconds) }

    // MARK: - Connections

    mutating func connect(
        _ topics: [Topic] = [AuditStory.app],
        environment: Environment = .sandbox,
        service: PushService = .gateway
    ) -> ConnectionID {
        let id = self.ledger.openConnection(to: service, environment: environment, peer: "127.0.0.1:1", at: self.now)
        self.ledger.updateConnection(id) { $0.topics = topics }
        for topic in topics { _ = self.ledger.topic(topic) }
        return id
    }

    mutating func close(_ id: ConnectionID, by closer: ConnectionCloser = .peer, code: String = "closed-by-peer") {
        self.ledger.closeConnection(id, .closed(by: closer, ConnectionEnd(code: code, sentence: "-")), at: self.now)
    }

    /// The service answers with an error packet and closes.
    mutating func fail(_ id: ConnectionID) { self.close(id, by: .service, code: "error-packet") }

    // MARK: - Notifications

    /// - Parameters:
    ///   - token: its filler; `nil`: the frame has none.
    ///   - identifier: `nil`: a new one; `.some(nil)`: none.
    @discardableResult
    mutating func push(
        _ payload: String = "news",
        to token: UInt8? = 1,
        on connection: ConnectionID,
        _ verdict: Verdict = .accepted,
        _ fate: Fate = .delivered,
        topic: Topic = AuditStory.app,
        environment: Environment = .sandbox,
        command: UInt8 = 1,
        identifier: UInt32?? = nil,
        expiry: UInt32? = 2_000_000_000,
        priority: UInt8 = 10,
        length: Int = 93
    ) -> NotificationID {
        let bytes = Array(payload.utf8)
        let offset = self.offsets[connection] ?? 0
        self.offsets[connection] = offset + UInt64(length)
        if identifier == nil { self.nextIdentifier += 1 }
        let id = self.ledger.append(
            ReceivedNotification(
                receivedAt: self.now,
                clockAt: self.now,
                environment: environment,
                topic: self.ledger.topic(topic),
                token: token.map { Book.token($0) },
                verdict: verdict,
                connection: connection,
                content: PushContent(frame: [command] + bytes, payloadRange: 1..<1 + bytes.count),
                wire: WireFacts(
                    command: command,
                    identifier: identifier ?? self.nextIdentifier,
                    expiry: expiry,
                    priority: priority,
                    offset: offset,
                    length: length
                )
            )
        )
        if verdict == .accepted { self.ledger.setFate(fate, of: id, at: self.now) }
        return id
    }

    // MARK: - Feedback

    /// A reading of feedback that lists the tokens of these fillers.
    mutating func readFeedback(
        _ tokens: [UInt8] = [],
        topics: [Topic] = [AuditStory.app],
        environment: Environment = .sandbox
    ) {
        let connection = self.connect(topics, environment: environment, service: .feedback)
        self.ledger.recordFeedbackRead(
            on: connection,
            topics: topics,
            environment: environment,
            entries: tokens.map { FeedbackEntry(token: Book.token($0), since: self.now) },
            at: self.now
        )
        self.close(connection, by: .service, code: "feedback-read")
    }

    // MARK: - Judging

    func report(_ settings: AuditSettings = .standard, topic: Topic? = nil) -> AuditReport {
        self.ledger.audit(topic: topic, settings: settings, at: self.now)
    }

    func finding(_ rule: AuditRule, _ settings: AuditSettings = .standard, topic: Topic? = nil) -> AuditFinding? {
        self.report(settings, topic: topic).findings.first { $0.rule == rule }
    }
}
