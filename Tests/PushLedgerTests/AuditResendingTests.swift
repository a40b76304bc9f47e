import PushBroker
import PushLedger
import PushVocabulary
import Testing

/// What a provider does after an error packet.
struct AuditResendingTests {
    private var story = AuditStory()

    /// Two accepted, one refused with status 8, three lost behind it: n-1 to n-6.
    private mutating func fail(on connection: ConnectionID) {
        self.story.push("one", to: 1, on: connection)
        self.story.push("two", to: 2, on: connection)
        let refused = self.story.push("bad", to: 99, on: connection, .rejected(status: 8))
        for (token, text) in [(3, "three"), (4, "four"), (5, "five")] as [(UInt8, String)] {
            self.story.push(text, to: token, on: connection, .discarded(causedBy: refused))
        }
        self.story.fail(connection)
    }

    // MARK: - lost-behind-error

    @Test mutating func `what stood behind an error and was never sent again is lost`() throws {
        self.fail(on: self.story.connect())
        let second = self.story.connect()
        self.story.push("four", to: 4, on: second)
        let finding = try #require(self.story.finding(.lostBehindError))
        #expect(finding.severity == .error)
        #expect(finding.count == 2)
        #expect(finding.notifications == [4, 6])
        #expect(finding.connections.map(\.rawValue) == [1])
        #expect(finding.topics == [AuditStory.app])
        #expect(finding.firstAt == AuditStory.start)
        #expect(
            finding.summary
                == "2 notifications were dropped by the gateway behind an error on 1 connection, and never sent again."
        )
    }

    @Test mutating func `all sent again, with other identifiers and in another order, is nothing lost`() {
        self.fail(on: self.story.connect())
        let second = self.story.connect()
        for (token, text) in [(5, "five"), (3, "three"), (4, "four")] as [(UInt8, String)] {
            self.story.push(text, to: token, on: second)
        }
        #expect(self.story.finding(.lostBehindError) == nil)
        #expect(self.story.finding(.duplicatesAfterReconnect) == nil)
    }

    @Test mutating func `another payload, another token or another environment is not the same again`() {
        self.fail(on: self.story.connect())
        let second = self.story.connect()
        self.story.push("threE", to: 3, on: second)
        self.story.push("four", to: 5, on: second)
        let other = self.story.connect(environment: .production)
        self.story.push("five", to: 5, on: other, environment: .production)
        #expect(self.story.finding(.lostBehindError)?.notifications == [4, 5, 6])
    }

    @Test mutating func `of equal notifications as many are lost as were not sent again`() {
        let first = self.story.connect()
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        for identifier in 10..<15 as Range<UInt32> {
            self.story.push("same", to: 1, on: first, .discarded(causedBy: refused), identifier: identifier)
        }
        self.story.fail(first)
        let second = self.story.connect()
        for identifier in [11, 13, 14] as [UInt32] {
            self.story.push("same", to: 1, on: second, identifier: identifier)
        }
        self.story.push("same", to: 1, on: second, identifier: 500)
        // 500 stands for the oldest that is left.
        #expect(self.story.finding(.lostBehindError)?.notifications == [4])
    }

    @Test mutating func `what is dropped a second time and then arrives was not lost`() {
        self.fail(on: self.story.connect())
        let second = self.story.connect()
        let refused = self.story.push("bad", to: 98, on: second, .rejected(status: 8))
        for (token, text) in [(3, "three"), (4, "four"), (5, "five")] as [(UInt8, String)] {
            self.story.push(text, to: token, on: second, .discarded(causedBy: refused))
        }
        self.story.fail(second)
        #expect(self.story.finding(.lostBehindError)?.notifications == [8, 9, 10], "once each")
        let third = self.story.connect()
        self.story.push("three", to: 3, on: third)
        self.story.push("four", to: 4, on: third, .rejected(status: 8))
        #expect(self.story.finding(.lostBehindError)?.notifications == [10], "a refusal tells the provider too")
    }

    @Test mutating func `a fault that answers shutdown loses the notification it struck`() {
        let first = self.story.connect()
        let struck = self.story.push("one", to: 1, on: first, .rejected(status: 10))
        self.story.ledger.attachRefusal(byRule: "shutdown", to: struck)
        self.story.fail(first)
        #expect(self.story.finding(.lostBehindError)?.notifications == [struck])
        let second = self.story.connect()
        self.story.push("one", to: 1, on: second)
        #expect(self.story.finding(.lostBehindError) == nil)
    }

    @Test mutating func `while a stalled connection stands open nothing counts as lost`() {
        let first = self.story.connect()
        self.story.push("one", to: 1, on: first, .discarded(causedBy: nil))
        #expect(self.story.finding(.lostBehindError) == nil)
        self.story.close(first)
        #expect(self.story.finding(.lostBehindError)?.count == 1)
    }

    @Test mutating func `patience gives a provider time to send again`() {
        self.fail(on: self.story.connect())
        var settings = AuditSettings()
        settings.patience = .seconds(30)
        self.story.advance(29)
        #expect(self.story.finding(.lostBehindError, settings) == nil)
        self.story.advance(1)
        #expect(self.story.finding(.lostBehindError, settings)?.count == 3)
    }

    @Test mutating func `under a certificate of several topics the token decides which topic lost`() throws {
        let topics: [Topic] = [AuditStory.app, "com.example.app.voip"]
        let first = self.story.connect(topics)
        self.story.push("ring", to: 7, on: first, topic: topics[1])
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        // The gateway enters under the first topic what it does not judge.
        self.story.push("ring again", to: 7, on: first, .discarded(causedBy: refused))
        self.story.push("ring twice", to: 7, on: first, .discarded(causedBy: refused))
        self.story.fail(first)
        let second = self.story.connect(topics)
        self.story.push("ring again", to: 7, on: second, topic: topics[1])
        let finding = try #require(self.story.finding(.lostBehindError, topic: topics[1]))
        #expect(finding.notifications == [4])
        #expect(finding.topics == [topics[1]])
        #expect(self.story.finding(.lostBehindError, topic: topics[0]) == nil)
    }

    // MARK: - duplicates-after-reconnect

    @Test mutating func `what was accepted before an error and is sent again is a duplicate`() throws {
        self.fail(on: self.story.connect())
        let second = self.story.connect()
        self.story.advance(5)
        for (token, text) in [(2, "two"), (3, "three"), (4, "four"), (5, "five")] as [(UInt8, String)] {
            self.story.push(text, to: token, on: second)
        }
        let finding = try #require(self.story.finding(.duplicatesAfterReconnect))
        #expect(finding.severity == .warning)
        #expect(finding.count == 1)
        #expect(finding.notifications == [7])
        #expect(finding.connections == [second])
        #expect(self.story.finding(.lostBehindError) == nil)
    }

    @Test mutating func `what repeats a lost one is no duplicate of an equal one that was accepted`() {
        let first = self.story.connect()
        self.story.push("same", to: 1, on: first)
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        self.story.push("same", to: 1, on: first, .discarded(causedBy: refused))
        self.story.fail(first)
        let second = self.story.connect()
        self.story.push("same", to: 1, on: second)
        #expect(self.story.finding(.duplicatesAfterReconnect) == nil)
        #expect(self.story.finding(.lostBehindError) == nil)
        self.story.push("same", to: 1, on: second)
        #expect(self.story.finding(.duplicatesAfterReconnect)?.notifications == [5])
    }

    @Test mutating func `each accepted one can be repeated once, a repeated one again after the next error`() {
        let first = self.story.connect()
        self.story.push("same", to: 1, on: first)
        self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        self.story.fail(first)
        let second = self.story.connect()
        for _ in 0..<3 { self.story.push("same", to: 1, on: second) }
        #expect(self.story.finding(.duplicatesAfterReconnect)?.notifications == [3])
        self.story.fail(second)
        let third = self.story.connect()
        self.story.push("same", to: 1, on: third)
        #expect(self.story.finding(.duplicatesAfterReconnect)?.notifications == [3, 6])
    }

    @Test mutating func `the same words later, or after the provider itself closed, are a new notification`() {
        let first = self.story.connect()
        self.story.push("mail", to: 1, on: first)
        self.story.close(first)
        let second = self.story.connect()
        self.story.push("mail", to: 1, on: second)
        self.story.push("bad", to: 99, on: second, .rejected(status: 8))
        self.story.fail(second)
        self.story.advance(61)
        let third = self.story.connect()
        self.story.push("mail", to: 1, on: third)
        #expect(self.story.finding(.duplicatesAfterReconnect) == nil)
        var settings = AuditSettings()
        settings.duplicateWindow = .seconds(61)
        #expect(self.story.finding(.duplicatesAfterReconnect, settings)?.notifications == [4])
    }

    @Test mutating func `on two connections side by side the same words are no duplicate`() {
        let first = self.story.connect()
        let second = self.story.connect()
        self.story.push("same", to: 1, on: first)
        self.story.push("same", to: 1, on: second)
        self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        self.story.fail(first)
        #expect(self.story.finding(.duplicatesAfterReconnect) == nil)
    }

    // MARK: - errors-not-read

    @Test mutating func `who writes on long after the error packet does not read`() throws {
        let first = self.story.connect()
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8))
        self.story.push("same batch", to: 1, on: first, .discarded(causedBy: refused))
        self.story.fail(first)
        self.story.advance(1)
        self.story.push("late", to: 1, on: first, .discarded(causedBy: refused))
        #expect(self.story.finding(.errorsNotRead) == nil)
        self.story.advance(1)
        self.story.push("later", to: 1, on: first, .discarded(causedBy: refused))
        let finding = try #require(self.story.finding(.errorsNotRead))
        #expect(finding.severity == .error)
        #expect(finding.notifications == [refused])
        #expect(finding.connections == [first])
        #expect(finding.summary.hasPrefix("1 error packet was not heeded: the provider wrote 2 more frames"))
    }

    @Test mutating func `more frames or bytes behind the error packet than a large batch has count too`() {
        let first = self.story.connect()
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8), length: 100)
        self.story.fail(first)
        var settings = AuditSettings()
        settings.maximumFramesBehindError = 5
        settings.maximumBytesBehindError = 1_000
        for _ in 0..<5 { self.story.push("more", to: 1, on: first, .discarded(causedBy: refused)) }
        self.story.ledger.updateConnection(first) { $0.bytesIn = 1_100 }
        #expect(self.story.finding(.errorsNotRead, settings) == nil)
        self.story.ledger.updateConnection(first) { $0.bytesIn = 1_101 }
        #expect(self.story.finding(.errorsNotRead, settings)?.count == 1)
        self.story.ledger.updateConnection(first) { $0.bytesIn = 1_100 }
        self.story.push("more", to: 1, on: first, .discarded(causedBy: refused))
        #expect(self.story.finding(.errorsNotRead, settings)?.count == 1)
    }

    @Test mutating func `a connection cut without a word had no error to read`() {
        let first = self.story.connect()
        let refused = self.story.push("bad", to: 99, on: first, .rejected(status: 8), command: 0)
        self.story.close(first, by: .service, code: "closed-silently")
        self.story.advance(10)
        self.story.push("late", to: 1, on: first, .discarded(causedBy: refused))
        #expect(self.story.finding(.errorsNotRead) == nil)
    }
}
