import PushBroker
import PushLedger
import PushVocabulary
import Synchronization
import Testing

/// Collects what waits are resumed with.
private final class Answers: Sendable {
    private let outcomes = Mutex<[WaitOutcome]>([])

    var all: [WaitOutcome] { self.outcomes.withLock { $0 } }
    var ids: [[NotificationID]] { self.all.map { $0.items.map(\.id) } }

    func receive(_ outcome: WaitOutcome) { self.outcomes.withLock { $0.append(outcome) } }
}

struct WaitTests {
    private var book = Book()
    private let answers = Answers()

    private mutating func wait(_ filter: NotificationFilter, _ count: Int, after cursor: Cursor? = nil) -> WaitID? {
        self.book.ledger.wait(for: filter, count: count, after: cursor, at: self.book.now) { [answers] outcome in
            answers.receive(outcome)
        }
    }

    @Test mutating func `what is already there satisfies at once`() {
        self.book.enter("a")
        self.book.enter("b")
        #expect(self.wait(NotificationFilter(topic: "a"), 1) == nil)
        #expect(self.answers.ids == [[1]])
        #expect(self.answers.all.first?.satisfied == true)
        #expect(self.book.ledger.waits.isEmpty)
    }

    @Test mutating func `what comes later satisfies at the end of the batch, once`() {
        let id = self.wait(NotificationFilter(topic: "a"), 2)
        #expect(id != nil)
        self.book.enter("b")
        self.book.enter("a")
        self.book.ledger.settleWaits()
        #expect(self.answers.all.isEmpty)
        #expect(self.book.ledger.waits.map(\.found) == [1])
        self.book.enter("a")
        #expect(self.answers.all.isEmpty, "not in the middle of a batch")
        self.book.ledger.settleWaits()
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[2, 3]])
        #expect(self.book.ledger.waits.isEmpty)
    }

    @Test mutating func `nothing between a listing and a wait is missed`() {
        self.book.enter("a")
        let page = self.book.ledger.notifications(limit: 10)
        self.book.enter("a")
        #expect(self.wait(NotificationFilter(topic: "a"), 1, after: page.end) == nil)
        #expect(self.answers.ids == [[2]])
    }

    @Test mutating func `one wait after another sees each notification once`() {
        var cursor: Cursor?
        for number in 1...5 as ClosedRange<UInt64> {
            _ = self.wait(NotificationFilter(topic: "a"), 1, after: cursor)
            self.book.enter("a")
            self.book.ledger.settleWaits()
            #expect(self.answers.ids.last == [NotificationID(rawValue: number)])
            cursor = self.answers.all.last?.cursor
        }
    }

    @Test mutating func `a wait for a fate is satisfied when the fate comes about`() throws {
        let id = self.book.enter("a", .accepted, .stored(.deviceAway))
        _ = self.wait(NotificationFilter(topic: "a", fate: .delivered), 1)
        self.book.set(.inFlight, of: id)
        self.book.ledger.settleWaits()
        #expect(self.answers.all.isEmpty)
        self.book.set(.delivered, of: id)
        self.book.ledger.settleWaits()
        #expect(self.answers.all.first?.items.first?.fate == .delivered)
    }

    @Test mutating func `a fate that lasts no longer than a batch is seen, as it was`() {
        _ = self.wait(NotificationFilter(fate: .inFlight), 1)
        let id = self.book.enter("a", .accepted, .inFlight)
        self.book.set(.delivered, of: id)
        self.book.ledger.settleWaits()
        #expect(self.answers.all.first?.items.first?.fate == .inFlight)
    }

    @Test mutating func `a notification that comes to the same fate twice counts once`() {
        _ = self.wait(NotificationFilter(fate: .inFlight), 2)
        let id = self.book.enter("a", .accepted, .inFlight)
        self.book.set(.stored(.connectionLost), of: id)
        self.book.set(.inFlight, of: id)
        self.book.ledger.settleWaits()
        #expect(self.answers.all.isEmpty)
        self.book.enter("a", .accepted, .inFlight)
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[1, 2]])
    }

    @Test mutating func `a wait without a fate sees what is accepted with the fate it has at the end of the batch`() {
        _ = self.wait(NotificationFilter(verdict: .accepted), 1)
        let id = self.book.enter("a", .accepted, nil)
        self.book.set(.stored(.deviceAway), of: id)
        self.book.ledger.settleWaits()
        #expect(self.answers.all.first?.items.first?.fate == .stored(.deviceAway))
    }

    @Test mutating func `a late fate of something before the cursor does not count`() {
        let old = self.book.enter("a", .accepted, .stored(.deviceAway))
        let id = self.wait(NotificationFilter(fate: .delivered), 1, after: self.book.ledger.latestCursor)
        self.book.set(.delivered, of: old)
        self.book.ledger.settleWaits()
        #expect(id.flatMap { self.book.ledger.cancelWait($0) }?.items.isEmpty == true)
    }

    @Test mutating func `at its deadline a wait gets what was found, and a cursor to go on from`() throws {
        self.book.enter("b")
        let start = self.book.ledger.latestCursor
        let (waitForSome, waitForNone) = (
            self.wait(NotificationFilter(topic: "a"), 3, after: start),
            self.wait(NotificationFilter(topic: "c"), 1, after: start)
        )
        let (some, none) = (try #require(waitForSome), try #require(waitForNone))
        self.book.enter("a")
        self.book.enter("b")
        let ended = self.book.ledger.cancelWait(some)
        let outcome = try #require(ended)
        #expect(!outcome.satisfied)
        #expect(outcome.items.map(\.id) == [2])
        #expect(self.book.ids(.everything, from: outcome.cursor) == [3])
        #expect(self.book.ledger.cancelWait(none)?.cursor == start)
        #expect(self.book.ledger.cancelWait(none) == nil)
        self.book.ledger.settleWaits()
        #expect(self.answers.all.isEmpty, "a cancelled wait is not resumed")
    }

    @Test mutating func `a wait for silence is satisfied at its deadline`() throws {
        let wait = self.wait(NotificationFilter(topic: "a"), 0)
        let id = try #require(wait)
        self.book.enter("b")
        self.book.ledger.settleWaits()
        let ended = self.book.ledger.cancelWait(id)
        let outcome = try #require(ended)
        #expect(outcome.satisfied)
        #expect(outcome.items.isEmpty)
    }

    @Test mutating func `a wait for silence fails at the first sound`() {
        _ = self.wait(NotificationFilter(topic: "a"), 0)
        self.book.enter("a")
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[1]])
        #expect(self.answers.all.first?.satisfied == false)
        #expect(self.wait(NotificationFilter(topic: "a"), 0) == nil)
        #expect(self.answers.all.last?.satisfied == false)
    }

    @Test mutating func `what was found is kept though it is pruned meanwhile, even within the batch`() {
        self.book = Book(LedgerLimits(maximumNotifications: 2))
        _ = self.wait(NotificationFilter(topic: "a"), 3)
        self.book.enter("a")
        for _ in 0..<5 { self.book.enter("b") }
        self.book.ledger.settleWaits()
        self.book.enter("a")
        self.book.enter("a")
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[1, 7, 8]])
        #expect(self.answers.all.first?.items.map(\.topic) == ["a", "a", "a"])
    }

    @Test mutating func `a topic and a device first heard of while waiting are found`() {
        _ = self.wait(NotificationFilter(topic: "new", device: "new phone"), 1)
        self.book.enter("new", device: "new phone")
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[1]])
    }

    @Test mutating func `a reset takes from a wait what it had found, and the wait goes on`() {
        _ = self.wait(NotificationFilter(), 2)
        self.book.enter("a")
        self.book.enter("b")
        self.book.ledger.reset(topic: "a")
        self.book.ledger.settleWaits()
        #expect(self.answers.all.isEmpty)
        self.book.ledger.reset()
        self.book.enter("a")
        self.book.enter("a")
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[3, 4]])
    }

    @Test mutating func `a wait sees nothing of an epoch before`() {
        self.book.enter("a")
        let cursor = Cursor("1.0")
        self.book.ledger.reset()
        #expect(self.wait(NotificationFilter(topic: "a"), 1, after: cursor) != nil)
        #expect(self.answers.all.isEmpty)
    }

    @Test mutating func `a wait may start at the very newest place`() {
        self.book.enter("a")
        #expect(self.wait(.everything, 1, after: self.book.ledger.latestCursor) != nil)
        self.book.enter("a")
        self.book.ledger.settleWaits()
        #expect(self.answers.ids == [[2]])
    }

    @Test mutating func `more than was asked for stays for the next wait`() {
        for _ in 0..<3 { self.book.enter("a") }
        _ = self.wait(.everything, 2)
        #expect(self.answers.ids == [[1, 2]])
        _ = self.wait(.everything, 1, after: self.answers.all.last?.cursor)
        #expect(self.answers.ids.last == [3])
    }
}
