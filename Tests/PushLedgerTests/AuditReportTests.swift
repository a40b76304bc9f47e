import PushBroker
import PushLedger
import PushVocabulary
import Testing

/// The report as a whole.
struct AuditReportTests {
    private var story = AuditStory()

    @Test mutating func `a provider that does everything right has no findings`() {
        let first = self.story.connect()
        for number in 0..<10 { self.story.push("\(number)", to: UInt8(number), on: first) }
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        self.story.push("next", to: 3, on: first, .discarded(causedBy: refused))
        self.story.fail(first)
        let second = self.story.connect()
        self.story.push("next", to: 3, on: second)
        self.story.readFeedback()
        let report = self.story.report()
        #expect(report.findings.isEmpty)
        #expect(report.worst == nil)
        #expect(!report.incomplete)
        #expect([report.examined.notifications, report.examined.connections, report.examined.reads] == [13, 3, 1])
        #expect(
            self.story.ledger.audit(topic: "com.example.unheard-of", at: self.story.now).examined.notifications == 0
        )
    }

    @Test mutating func `the worst come first, and among equals what began first`() {
        let connection = self.story.connect()
        self.story.push("a", to: 1, on: connection, .accepted, .expired(.notStored), expiry: 0)
        self.story.advance(1)
        self.story.push("b", to: 1, on: connection, identifier: 0)
        self.story.advance(1)
        self.story.push("c", to: 1, on: connection, expiry: 1_390_000_000)
        self.story.advance(1)
        self.story.push("d", to: 1, on: connection, expiry: 60)
        self.story.push("e", to: nil, on: connection, .rejected(status: 7))
        let report = self.story.report()
        #expect(
            report.findings.map(\.rule) == [
                .oversize, .expiryIsADuration, .identifierZero, .expiredOnArrival, .feedbackNeverRead, .neverStored,
            ]
        )
        #expect(report.worst == .error)
        #expect(report.findings(atLeast: .warning).count == 4)
        #expect(report.findings.map(\.firstAt) == [3, 3, 1, 2, 0, 0].map { AuditStory.start + .seconds($0) })
    }

    @Test mutating func `only the topic and the environment asked for are judged`() {
        let connection = self.story.connect()
        let other = self.story.connect(["com.example.other"], environment: .production)
        self.story.push(on: connection, expiry: 60)
        self.story.push(on: other, topic: "com.example.other", environment: .production, expiry: 60)
        self.story.push(on: other, topic: "com.example.other", environment: .production, expiry: 60)
        #expect(self.story.finding(.expiryIsADuration)?.count == 3)
        #expect(self.story.finding(.expiryIsADuration, topic: AuditStory.app)?.notifications == [1])
        let report = self.story.ledger.audit(environment: .production, at: self.story.now)
        #expect(report.findings.first { $0.rule == .expiryIsADuration }?.notifications == [2, 3])
        #expect([report.examined.notifications, report.examined.connections] == [2, 1])
        #expect(report.environment == .production)
    }

    @Test mutating func `evidence is bounded, the count exact`() throws {
        for number in 0..<50 {
            let topic = Topic("com.example.app\(number)")
            let connection = self.story.connect([topic])
            self.story.push(on: connection, topic: topic, expiry: 60)
        }
        var settings = AuditSettings()
        settings.maximumEvidence = 3
        let finding = try #require(self.story.finding(.expiryIsADuration, settings))
        #expect(finding.count == 50)
        #expect(finding.notifications == [1, 2, 3])
        #expect(finding.connections.map(\.rawValue) == [1, 2, 3])
        #expect(finding.topics == ["com.example.app0", "com.example.app1", "com.example.app2"])
    }

    @Test mutating func `a report says when older records were pruned`() {
        self.story = AuditStory(LedgerLimits(maximumNotifications: 10, maximumClosedConnections: 8))
        let connection = self.story.connect()
        for _ in 0..<10 { self.story.push(on: connection) }
        #expect(!self.story.report().incomplete)
        self.story.push(on: connection)
        #expect(self.story.report().incomplete)
        #expect(self.story.report().pruned.notifications == 1)
        for _ in 0..<9 { self.story.close(self.story.connect()) }
        #expect(self.story.report().pruned.connections == 2)
        self.story.ledger.reset()
        #expect(!self.story.report().incomplete)
        #expect(self.story.report().examined.connections == 0)
    }

    @Test mutating func `after a reset only what came later is judged`() {
        for topic in [AuditStory.app, "com.example.other"] as [Topic] {
            let connection = self.story.connect([topic])
            self.story.push(on: connection, topic: topic, expiry: 60)
            self.story.close(connection, by: .service, code: "wrong-environment")
        }
        #expect(self.story.report().findings.contains { $0.rule == .failedHandshakes && $0.count == 2 })
        self.story.ledger.reset(topic: AuditStory.app)
        #expect(self.story.finding(.failedHandshakes)?.topics == ["com.example.other"])
        #expect(self.story.finding(.expiryIsADuration)?.topics == ["com.example.other"])
        #expect(self.story.report(topic: AuditStory.app).findings.isEmpty)
        self.story.ledger.reset()
        #expect(self.story.report().findings.isEmpty)
    }

    @Test mutating func `what a pruned connection carried is still judged`() {
        self.story = AuditStory(LedgerLimits(maximumClosedConnections: 1))
        let first = self.story.connect()
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        self.story.push("next", to: 3, on: first, .discarded(causedBy: refused))
        self.story.fail(first)
        for _ in 0..<3 { self.story.close(self.story.connect(), by: .service) }
        #expect(self.story.ledger.connection(first) == nil)
        #expect(self.story.finding(.lostBehindError)?.connections == [first])
    }

    /// Any history at all, drawn from a seed.
    private static func history(_ seed: UInt64, length: Int) -> AuditStory {
        var random = SeededGenerator(seed: seed)
        var story = AuditStory(LedgerLimits(maximumNotifications: length / 2 + 1))
        var connections: [ConnectionID] = []
        let verdicts: [Verdict] = [
            .accepted, .accepted, .rejected(status: 8), .rejected(status: 7), .discarded(causedBy: 1),
        ]
        let fates: [Fate] = [.delivered, .undeliverable(.appRemoved), .coalesced(by: 3), .expired(.notStored)]
        for _ in 0..<length {
            story.advance(Int64.random(in: 0...90_000, using: &random) / 1_000)
            switch Int.random(in: 0..<12, using: &random) {
            case 0: connections.append(story.connect([["a", "b"], ["a"], ["c"]].randomElement(using: &random)!))
            case 1: connections.randomElement(using: &random).map { story.fail($0) }
            case 2: connections.randomElement(using: &random).map { story.close($0) }
            case 3: story.readFeedback([UInt8.random(in: 0...3, using: &random)], topics: ["a"])
            default:
                guard let connection = connections.randomElement(using: &random) else { continue }
                story.push(
                    ["x", "y"].randomElement(using: &random)!,
                    to: UInt8.random(in: 0...3, using: &random),
                    on: connection,
                    verdicts.randomElement(using: &random)!,
                    fates.randomElement(using: &random)!,
                    topic: ["a", "b", "c"].randomElement(using: &random)!,
                    command: UInt8.random(in: 0...2, using: &random),
                    identifier: UInt32.random(in: 0...20, using: &random),
                    expiry: [0, 60, 1_300_000_000, 2_000_000_000].randomElement(using: &random)!
                )
            }
        }
        return story
    }

    @Test func `the same history gives the same report, whatever came`() {
        var rules: Set<AuditRule> = []
        for seed in 0..<100 as Range<UInt64> {
            let report = Self.history(seed, length: 300).report()
            #expect(report == Self.history(seed, length: 300).report(), "seed \(seed)")
            for finding in report.findings {
                rules.insert(finding.rule)
                #expect(finding.count >= finding.notifications.count && finding.count > 0, "seed \(seed)")
                #expect(finding.notifications == finding.notifications.sorted(), "seed \(seed), \(finding.rule)")
                #expect(Set(finding.notifications).count == finding.notifications.count, "seed \(seed)")
                #expect(Set(finding.connections).count == finding.connections.count, "seed \(seed)")
                #expect(finding.notifications.count <= 20 && finding.connections.count <= 20, "seed \(seed)")
            }
            #expect(report.findings.map(\.severity) == report.findings.map(\.severity).sorted(by: >), "seed \(seed)")
        }
        #expect(rules.count >= 14, "the histories are varied enough: \(rules)")
    }

    @Test func `each rule has a code of its own and says what, whose and how, without line breaks`() {
        let rules = AuditRule.allCases
        #expect(Set(rules.map(\.rawValue)).count == rules.count)
        for rule in rules {
            #expect(rule.rawValue.utf8.allSatisfy { 0x61...0x7A ~= $0 || $0 == 0x2D }, "\(rule)")
            for sentence in [rule.requirement, rule.remedy] {
                #expect(sentence.hasSuffix("."), "\(rule)")
                #expect(!sentence.contains("\n") && !sentence.contains("  "), "\(rule)")
            }
            #expect(!rule.source.isEmpty)
        }
        #expect(AuditSeverity.allCases.sorted() == [.note, .warning, .error])
    }
}
