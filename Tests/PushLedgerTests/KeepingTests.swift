import PushBroker
import PushLedger
import PushTestSupport
import PushVocabulary
import Testing

/// What is kept of a notification, and for how long.
struct KeepingTests {
    private var book = Book()

    @Test mutating func `an entry has all that was received, with names`() throws {
        let id = self.book.enter("com.example.app", .rejected(status: 7))
        self.book.ledger.attach("payload is too long", to: id)
        self.book.ledger.attach("and has no aps", to: id)
        let entry = try #require(self.book.entry(id))
        #expect(entry.id.description == "n-1")
        #expect(entry.sequence == 1)
        #expect(entry.receivedAt == Instant(unixSeconds: 1_500_000_000))
        #expect(entry.clockAt == Book.start)
        #expect(entry.topic == "com.example.app")
        #expect(entry.device == "phone")
        #expect(entry.token == Book.token(1))
        #expect(entry.tokenBytes == [UInt8](repeating: 1, count: 32))
        #expect(entry.verdict == .rejected(status: 7))
        #expect(entry.fate == nil)
        #expect(entry.content.frame.count == 10)
        #expect(entry.wire.identifier == 7)
        #expect(entry.note == "payload is too long; and has no aps")
        #expect(entry.timeline.map(\.event.name) == ["rejected"])
    }

    @Test mutating func `numbers go on without gaps`() {
        #expect(self.book.ledger.nextNotificationID == 1)
        #expect((0..<5).map { _ in self.book.enter() } == [1, 2, 3, 4, 5])
        self.book.ledger.reset()
        #expect(self.book.enter() == 6)
    }

    @Test mutating func `a token of an impossible size is kept as it came`() throws {
        let topic = self.book.ledger.topic("a")
        let id = self.book.ledger.append(
            ReceivedNotification(
                receivedAt: Book.start,
                clockAt: Book.start,
                environment: .sandbox,
                topic: topic,
                token: nil,
                unusualToken: [UInt8](repeating: 5, count: 101),
                verdict: .rejected(status: 5),
                connection: ConnectionID(rawValue: 1),
                content: PushContent(frame: [], payloadRange: 0..<0),
                wire: WireFacts(command: 0, offset: 0, length: 0)
            )
        )
        let entry = try #require(self.book.entry(id))
        #expect(entry.token == nil)
        #expect(entry.tokenBytes.count == 101)
        #expect(entry.device == nil)
    }

    @Test mutating func `the timeline tells each step with its time and reason`() throws {
        let id = self.book.enter("a", .accepted, .stored(.deviceAway))
        self.book.now = Book.start + .seconds(5)
        self.book.set(.inFlight, of: id)
        self.book.set(.coalesced(by: 12), of: id)
        let entry = try #require(self.book.entry(id))
        #expect(entry.timeline.map(\.event.name) == ["accepted", "stored", "sent", "coalesced"])
        #expect(entry.timeline.map { $0.at.unixSeconds - Book.start.unixSeconds } == [0, 0, 5, 5])
        #expect(entry.timeline.map { $0.event.reason?.code } == [nil, "device-away", nil, "replaced"])
        #expect(entry.timeline.last?.event.reason?.by == 12)
        #expect(entry.fate == .coalesced(by: 12))
    }

    @Test mutating func `every fate comes back as it went in`() {
        let fates: [Fate] =
            [.inFlight, .delivered, .coalesced(by: 77), .lost(rule: "drop"), .lost(rule: "other")]
            + Fate.StoredReason.allCases.map { .stored($0) }
            + Fate.ExpiredReason.allCases.map { .expired($0) }
            + Fate.UndeliverableReason.allCases.map { .undeliverable($0) }
        for fate in fates {
            let id = self.book.enter("a", .accepted, fate)
            #expect(self.book.entry(id)?.fate == fate)
            #expect(self.book.entry(id)?.timeline.last?.event == .fate(fate))
        }
    }

    @Test mutating func `every verdict comes back as it went in`() {
        for verdict in [.accepted, .rejected(status: 0), .discarded(causedBy: nil), .discarded(causedBy: 3)]
            as [Verdict]
        {
            let id = self.book.enter("a", verdict)
            #expect(self.book.entry(id)?.verdict == verdict)
        }
    }

    @Test(arguments: [4, 5, 63, 64, 200])
    func `a long life is told in full up to 64 steps, then without its middle`(_ steps: Int) throws {
        var book = Book()
        let id = book.enter("a", .accepted, nil)
        book.ledger.attach("a note", to: id)
        for step in 1..<steps {
            book.now = Book.start + .seconds(Int64(step))
            book.set(step.isMultiple(of: 2) ? .inFlight : .stored(.connectionLost), of: id)
        }
        let entry = try #require(book.entry(id))
        #expect(entry.timeline.count == min(steps, 64))
        #expect(entry.omittedSteps == max(0, steps - 64))
        #expect(entry.timeline.last?.at == Book.start + .seconds(Int64(steps - 1)))
        #expect(entry.timeline.prefix(4).map(\.at) == (0..<4).map { Book.start + .seconds($0) })
        #expect(entry.note == "a note")
        #expect(book.ledger.counters.addUp)
    }

    // MARK: - Bounds

    @Test mutating func `the oldest are pruned beyond the number, and told apart from numbers never given out`() {
        self.book = Book(LedgerLimits(maximumNotifications: 3))
        for _ in 0..<10 { self.book.enter("a", .accepted, .delivered) }
        #expect(self.book.ids(.everything) == [8, 9, 10])
        #expect(self.book.ledger.notification(7) == .pruned)
        #expect(self.book.ledger.notification(11) == .unknown)
        #expect(self.book.ledger.notification(0) == .unknown)
        #expect(self.book.ledger.counters.received == 10)
    }

    @Test mutating func `the oldest are pruned beyond the bytes, but never the newest`() {
        self.book = Book(LedgerLimits(maximumFrameBytes: 100))
        for _ in 0..<5 { self.book.enter(frameBytes: 40) }
        #expect(self.book.ids(.everything) == [4, 5])
        #expect(self.book.ledger.keptFrameBytes == 80)
        self.book.enter(frameBytes: 1_000)
        #expect(self.book.ids(.everything) == [6])
        self.book.enter(frameBytes: 1)
        #expect(self.book.ids(.everything) == [7])
    }

    @Test mutating func `a note for a pruned or unknown notification is ignored`() {
        self.book = Book(LedgerLimits(maximumNotifications: 1))
        self.book.enter()
        self.book.enter()
        self.book.ledger.attach("late", to: 1)
        self.book.ledger.attach("early", to: 3)
        #expect(self.book.entry(2)?.note == nil)
    }

    // MARK: - Reset

    @Test mutating func `a reset forgets everything, and numbers go on`() {
        for _ in 0..<5 { self.book.enter() }
        #expect(self.book.ledger.reset() == 5)
        #expect(self.book.ledger.counters == Counters())
        #expect(self.book.ledger.keptCount == 0)
        #expect(self.book.ledger.keptFrameBytes == 0)
        #expect(self.book.ledger.notification(5) == .forgotten)
        self.book.set(.delivered, of: 5)
        #expect(self.book.ledger.counters == Counters(), "a late fate of what is forgotten counts nothing")
        #expect(self.book.enter() == 6)
        #expect(self.book.ids(.everything) == [6])
    }

    @Test mutating func `a reset of one topic leaves the others and their counters`() {
        for topic in ["a", "b", "a", "b"] as [Topic] { self.book.enter(topic) }
        #expect(self.book.ledger.reset(topic: "a") == 2)
        #expect(self.book.ids(.everything) == [2, 4])
        #expect(self.book.ledger.notification(1) == .forgotten || self.book.ledger.notification(1) == .pruned)
        #expect(self.book.ledger.notification(3) == .forgotten)
        self.book.set(.delivered, of: 3)
        self.book.set(.delivered, of: 4)
        #expect(self.book.ledger.counters(topic: "a") == Counters())
        #expect(self.book.ledger.counters(topic: "b").delivered == 1)
        #expect(self.book.ledger.counters.addUp)
        #expect(self.book.ledger.keptCount == 2)
        #expect(self.book.ledger.keptFrameBytes == 20)
        #expect(self.book.ledger.reset(topic: "nobody") == 0)
        #expect(self.book.ledger.reset(topic: "a") == 0)
    }

    @Test mutating func `a late fate of what was pruned and then forgotten counts nothing`() {
        self.book = Book(LedgerLimits(maximumNotifications: 1))
        let old = self.book.enter("a", .accepted, .stored(.deviceAway))
        self.book.enter("b")
        self.book.ledger.reset(topic: "a")
        self.book.set(.delivered, of: old)
        #expect(self.book.ledger.counters(topic: "a") == Counters())
    }
}
