import PushBroker
import PushLedger
import PushVocabulary
import Testing

/// How a provider uses its connections.
struct AuditConnectionTests {
    private var story = AuditStory()

    /// Opens, sends and closes; takes three seconds, a fourth goes by.
    private mutating func visit(
        _ notifications: Int,
        _ topics: [Topic] = [AuditStory.app],
        service: PushService = .gateway,
        closedBy closer: ConnectionCloser = .peer
    ) {
        let connection = self.story.connect(topics, service: service)
        for number in 0..<notifications { self.story.push("\(number)", on: connection, topic: topics[0]) }
        self.story.advance(3)
        self.story.close(connection, by: closer)
        self.story.advance(1)
    }

    // MARK: - connection-per-push

    @Test mutating func `five connections for one notification each within a minute are too many`() throws {
        for _ in 0..<4 { self.visit(1) }
        #expect(self.story.finding(.connectionPerPush) == nil)
        for _ in 0..<2 { self.visit(1) }
        let finding = try #require(self.story.finding(.connectionPerPush))
        #expect(finding.severity == .warning)
        #expect(finding.count == 6)
        #expect(finding.connections.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
        #expect(finding.notifications.isEmpty)
        #expect(finding.topics == [AuditStory.app])
        #expect(
            finding.summary
                == "6 connections were opened and closed for 6 notifications, 5 or more within 60 seconds."
        )
        var settings = AuditSettings()
        settings.tooManyConnections = 5
        #expect(self.story.finding(.connectsTooOften, settings) == nil, "no connection counts twice")
    }

    @Test mutating func `spread over more time, or of different providers, they are not`() {
        for number in 0..<8 {
            self.visit(1, number.isMultiple(of: 2) ? [AuditStory.app] : ["com.example.other"])
        }
        self.story.advance(60)
        for _ in 0..<8 {
            self.story.advance(12)
            self.visit(1)
        }
        #expect(self.story.finding(.connectionPerPush) == nil)
        var settings = AuditSettings()
        settings.tooManyShortConnections = 4
        #expect(self.story.finding(.connectionPerPush, settings) != nil)
    }

    @Test
    mutating func `connecting again after the service closed, and many notifications on one, are as it should be`() {
        for _ in 0..<8 { self.visit(1, closedBy: .service) }
        for _ in 0..<8 { self.visit(2) }
        #expect(self.story.finding(.connectionPerPush) == nil)
        var settings = AuditSettings()
        settings.shortConnectionNotifications = 2
        #expect(self.story.finding(.connectionPerPush, settings)?.count == 8)
    }

    @Test mutating func `while the clock stands still nothing is known of haste`() {
        for _ in 0..<50 {
            let connection = self.story.connect()
            self.story.push(on: connection)
            self.story.close(connection)
        }
        #expect(self.story.finding(.connectionPerPush) == nil)
        #expect(self.story.finding(.connectsTooOften) == nil)
    }

    // MARK: - connects-too-often

    @Test mutating func `connecting more often than the limit counts, even to say nothing or to read feedback`() throws
    {
        var settings = AuditSettings()
        settings.tooManyConnections = 10
        for _ in 0..<9 { self.visit(0) }
        for _ in 0..<9 { self.visit(0, service: .feedback) }
        #expect(self.story.finding(.connectsTooOften, settings) == nil)
        self.story.advance(60)
        for _ in 0..<11 { self.visit(3) }
        let finding = try #require(self.story.finding(.connectsTooOften, settings))
        #expect(finding.severity == .warning)
        #expect(finding.count == 11)
        #expect(finding.connections.first?.rawValue == 19)
        #expect(self.story.finding(.connectionPerPush) == nil)
    }

    // MARK: - failed-handshakes

    private mutating func failHandshake(_ code: String, hint: String?, topics: [Topic] = []) {
        let connection = self.story.connect(topics)
        let end = ConnectionEnd(code: code, sentence: "Because of \(code).", hint: hint)
        self.story.ledger.closeConnection(connection, .handshakeFailed(end), at: self.story.now)
    }

    @Test mutating func `failed handshakes are grouped by their reason, with its hint`() throws {
        self.failHandshake("no-certificate", hint: "Show one.")
        self.failHandshake("certificate-expired", hint: nil, topics: [AuditStory.app])
        self.failHandshake("no-certificate", hint: "Show one.")
        let findings = self.story.report().findings
        #expect(findings.map(\.rule) == [.failedHandshakes, .failedHandshakes])
        #expect(findings.map(\.subject) == ["no-certificate", "certificate-expired"])
        #expect(findings.map(\.count) == [2, 1])
        #expect(findings[0].connections.map(\.rawValue) == [1, 3])
        #expect(findings[0].remedy == "Show one.")
        #expect(findings[1].remedy == AuditRule.failedHandshakes.remedy)
        #expect(
            findings[0].summary
                == "2 connections were refused or given up in the handshake: Because of no-certificate."
        )
        #expect(self.story.report(topic: AuditStory.app).findings.map(\.subject) == ["certificate-expired"])
    }

    @Test mutating func `closed behind the handshake for the wrong environment counts as one that failed`() {
        let connection = self.story.connect()
        self.story.close(connection, by: .service, code: "wrong-environment")
        #expect(self.story.finding(.failedHandshakes)?.subject == "wrong-environment")
    }

    @Test mutating func `neither a fault rule's doing nor a device's failure is the provider's`() {
        self.failHandshake("fault", hint: nil)
        let courier = self.story.connect([], service: .courier)
        let end = ConnectionEnd(code: "not-tls", sentence: "-")
        self.story.ledger.closeConnection(courier, .handshakeFailed(end), at: self.story.now)
        self.visit(1)
        #expect(self.story.finding(.failedHandshakes) == nil)
    }
}
