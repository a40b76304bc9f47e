import PushBroker
import PushLedger
import PushTestSupport
import PushVocabulary
import Testing

/// What a provider does with tokens it was told are of no use.
struct AuditTokenTests {
    private var story = AuditStory()

    @discardableResult
    private mutating func refuse(_ payload: String, command: UInt8 = 1) -> NotificationID {
        let connection = self.story.connect()
        let id = self.story.push(payload, to: 9, on: connection, .rejected(status: 8), command: command)
        self.story.fail(connection)
        return id
    }

    // MARK: - resending-invalid, sending-to-invalid-tokens

    @Test mutating func `the refused notification sent again unchanged, and refused again, is told apart`() throws {
        for payload in ["a", "a", "b", "a", "b"] { self.refuse(payload) }
        let same = try #require(self.story.finding(.resendingInvalid))
        #expect(same.severity == .error)
        #expect(same.notifications == [2, 4, 5])
        #expect(same.count == 3)
        let other = try #require(self.story.finding(.sendingToInvalidTokens))
        #expect(other.severity == .error)
        #expect(other.notifications == [3])
        #expect(other.connections.map(\.rawValue) == [3])
    }

    @Test mutating func `a token that was accepted in between starts anew`() {
        self.refuse("a")
        self.story.push("a", to: 9, on: self.story.connect())
        self.refuse("a")
        #expect(self.story.finding(.resendingInvalid) == nil)
        #expect(self.story.finding(.sendingToInvalidTokens) == nil)
        self.refuse("b")
        #expect(self.story.finding(.resendingInvalid) == nil)
        #expect(self.story.finding(.sendingToInvalidTokens)?.notifications == [4])
        self.story.push("c", to: 9, on: self.story.connect())
        self.refuse("c")
        self.refuse("a")
        #expect(self.story.finding(.resendingInvalid) == nil, "before it was accepted says nothing")
        #expect(self.story.finding(.sendingToInvalidTokens)?.notifications == [4, 7])
    }

    @Test mutating func `a connection open at the time of the refusal may take a second to notice`() {
        let (first, second) = (self.story.connect(), self.story.connect())
        self.story.push("a", to: 9, on: first, .rejected(status: 8))
        self.story.push("b", to: 9, on: second, .rejected(status: 8))
        #expect(self.story.finding(.sendingToInvalidTokens) == nil)
        let third = self.story.connect()
        self.story.push("c", to: 8, on: first, .rejected(status: 8))
        self.story.advance(1)
        self.story.push("d", to: 8, on: third, .rejected(status: 8))
        #expect(self.story.finding(.sendingToInvalidTokens)?.notifications == [4])
    }

    @Test mutating func `the simple format tells no token`() {
        for _ in 0..<3 { self.refuse("a", command: 0) }
        #expect(self.story.finding(.resendingInvalid) == nil)
    }

    @Test mutating func `other tokens may be sent to`() {
        self.refuse("a")
        let connection = self.story.connect()
        self.story.push("a", to: 8, on: connection, .rejected(status: 8))
        #expect(self.story.finding(.resendingInvalid) == nil)
        #expect(self.story.finding(.sendingToInvalidTokens) == nil)
    }

    // MARK: - sending-to-reported-tokens

    // MPNS let one attempt an hour pass; this gateway's counterpart is that there is none, and each one is told.
    @Test(.seed("000-15"))
    mutating func `sending to a token that feedback has listed is found`() throws {
        let connection = self.story.connect()
        self.story.push("a", to: 1, on: connection, .accepted, .undeliverable(.appRemoved))
        self.story.readFeedback([1])
        self.story.push("b", to: 1, on: connection, .accepted, .undeliverable(.appRemoved))
        self.story.push("c", to: 2, on: connection, .accepted, .undeliverable(.appRemoved))
        self.story.push("d", to: 1, on: connection, .rejected(status: 8))
        let finding = try #require(self.story.finding(.sendingToReportedTokens))
        #expect(finding.severity == .error)
        #expect(finding.notifications == [2, 4])
        #expect(
            finding.summary
                == "2 notifications were sent to 1 token after the feedback service had listed it."
        )
    }

    @Test mutating func `an app that has registered again may be sent to, until it is listed again`() {
        let connection = self.story.connect()
        self.story.readFeedback([1])
        self.story.push("a", to: 1, on: connection, .accepted, .stored(.deviceAway))
        self.story.push("b", to: 1, on: connection, .accepted, .undeliverable(.appRemoved))
        #expect(self.story.finding(.sendingToReportedTokens) == nil)
        self.story.readFeedback([1])
        self.story.push("c", to: 1, on: connection, .accepted, .undeliverable(.appRemoved))
        #expect(self.story.finding(.sendingToReportedTokens)?.notifications == [3])
    }

    @Test mutating func `another app's or another environment's feedback says nothing`() {
        let connection = self.story.connect()
        self.story.readFeedback([1], topics: ["com.example.other"])
        self.story.readFeedback([1], environment: .production)
        self.story.push("a", to: 1, on: connection, .accepted, .undeliverable(.appRemoved))
        #expect(self.story.finding(.sendingToReportedTokens) == nil)
    }

    @Test mutating func `feedback of a certificate of several topics covers each`() {
        let topics: [Topic] = [AuditStory.app, "com.example.app.voip"]
        let connection = self.story.connect(topics)
        self.story.push("a", to: 1, on: connection, .accepted, .undeliverable(.appRemoved), topic: topics[1])
        self.story.readFeedback([1], topics: topics)
        self.story.push("b", to: 1, on: connection, .rejected(status: 8), topic: topics[0])
        let finding = self.story.finding(.sendingToReportedTokens)
        #expect(finding?.notifications == [2])
        #expect(finding?.topics == [topics[1]])
    }

    // MARK: - wrong-environment-tokens

    @Test mutating func `a token that the other environment accepts is in the wrong one`() throws {
        let sandbox = self.story.connect()
        self.story.push("a", to: 1, on: sandbox)
        let production = self.story.connect(environment: .production)
        self.story.push("a", to: 1, on: production, .rejected(status: 8), environment: .production)
        self.story.push("a", to: 2, on: production, .rejected(status: 8), environment: .production)
        let finding = try #require(self.story.finding(.wrongEnvironmentTokens))
        #expect(finding.severity == .error)
        #expect(finding.notifications == [2])
        let report = self.story.ledger.audit(environment: .production, at: self.story.now)
        #expect(report.findings.contains { $0.rule == .wrongEnvironmentTokens && $0.count == 1 })
        #expect(report.examined.notifications == 2)
    }

    @Test mutating func `status 8 by a fault rule says nothing of the token`() {
        let sandbox = self.story.connect()
        self.story.push("a", to: 1, on: sandbox)
        let production = self.story.connect(environment: .production)
        let id = self.story.push("a", to: 1, on: production, .rejected(status: 8), environment: .production)
        self.story.ledger.attachRefusal(byRule: "spurious", to: id)
        #expect(self.story.finding(.wrongEnvironmentTokens) == nil)
    }
}
