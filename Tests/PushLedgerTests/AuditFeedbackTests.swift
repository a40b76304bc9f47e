import PushBroker
import PushLedger
import PushTestSupport
import PushVocabulary
import Testing

/// Whether a provider reads the feedback service.
struct AuditFeedbackTests {
    private static let hour: Int64 = 3_600
    private var story = AuditStory()

    @Test(.seed("004-25"))
    mutating func `who sends for more than a day and never reads feedback is warned`() throws {
        let connection = self.story.connect()
        self.story.push(on: connection)
        self.story.advance(72 * Self.hour)
        self.story.push(on: connection)
        let finding = try #require(self.story.finding(.feedbackNeverRead))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [1, 2])
        #expect(
            finding.summary == "2 notifications were sent, the first 3 days ago, and feedback was never read."
        )
        #expect(self.story.finding(.feedbackNotReadDaily) == nil)
    }

    @Test mutating func `on the first day it is only a note`() {
        self.story.push(on: self.story.connect())
        self.story.advance(25 * Self.hour)
        #expect(self.story.finding(.feedbackNeverRead)?.severity == .note)
        self.story.advance(1)
        #expect(self.story.finding(.feedbackNeverRead)?.severity == .warning)
    }

    @Test mutating func `reading another app's or environment's feedback does not count`() {
        self.story.push(on: self.story.connect())
        self.story.readFeedback(topics: ["com.example.other"])
        self.story.readFeedback(environment: .production)
        #expect(self.story.finding(.feedbackNeverRead)?.count == 1)
        self.story.readFeedback()
        #expect(self.story.finding(.feedbackNeverRead) == nil)
    }

    @Test(.seed("004-25"))
    mutating func `what is not followed by a reading within a day is found`() throws {
        let connection = self.story.connect()
        self.story.push(on: connection)
        self.story.advance(25 * Self.hour)
        self.story.readFeedback()
        self.story.push(on: connection)
        self.story.push(on: connection)
        self.story.advance(10 * Self.hour)
        self.story.push(on: connection)
        self.story.advance(16 * Self.hour)
        self.story.readFeedback()
        self.story.push(on: connection)
        let finding = try #require(self.story.finding(.feedbackNotReadDaily))
        #expect(finding.severity == .warning)
        #expect(finding.notifications == [2, 3])
        #expect(
            finding.summary
                == "2 notifications were not followed by a reading of feedback within 25 hours; "
                + "the longest time without one was 26 hours."
        )
        self.story.advance(26 * Self.hour)
        #expect(self.story.finding(.feedbackNotReadDaily)?.notifications == [2, 3, 5])
    }

    @Test mutating func `who sends weekly and reads the day after is diligent`() {
        let connection = self.story.connect()
        for _ in 0..<5 {
            self.story.push(on: connection)
            self.story.advance(24 * Self.hour)
            self.story.readFeedback()
            self.story.advance(6 * 24 * Self.hour)
        }
        #expect(self.story.finding(.feedbackNotReadDaily) == nil)
        #expect(self.story.finding(.feedbackNeverRead) == nil)
    }

    @Test mutating func `pruned readings are not held against a provider`() {
        self.story = AuditStory(LedgerLimits(maximumFeedbackReads: 2))
        let connection = self.story.connect()
        for _ in 0..<4 {
            self.story.push(on: connection)
            self.story.advance(24 * Self.hour)
            self.story.readFeedback()
        }
        #expect(self.story.finding(.feedbackNotReadDaily) == nil)
        #expect(self.story.report().incomplete)
        #expect(self.story.report().pruned.reads == 2)
    }

    @Test mutating func `a reading before a reset does not count after it`() {
        self.story.readFeedback()
        self.story.ledger.reset(topic: AuditStory.app)
        self.story.push(on: self.story.connect())
        #expect(self.story.finding(.feedbackNeverRead)?.count == 1)
        self.story.readFeedback()
        #expect(self.story.finding(.feedbackNeverRead) == nil)
        self.story.ledger.reset()
        self.story.push(on: self.story.connect())
        #expect(self.story.finding(.feedbackNeverRead)?.count == 1)
    }
}
