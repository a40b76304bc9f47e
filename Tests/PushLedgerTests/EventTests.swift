import PushBroker
import PushLedger
import PushVocabulary
import Synchronization
import Testing

struct EventTests {
    private var book = Book()

    private mutating func settle() { self.book.ledger.settleEvents(at: self.book.now) }

    private mutating func events(
        after position: UInt64 = 0,
        _ filter: EventFilter = EventFilter(),
        limit: Int = 1_000
    ) -> EventPage {
        self.book.ledger.events(after: position, matching: filter, limit: limit)
    }

    private mutating func types(_ filter: EventFilter = EventFilter()) -> [EventType] {
        self.events(filter).items.map(\.type)
    }

    private mutating func events(_ filter: EventFilter) -> EventPage { self.events(after: 0, filter) }

    @Test mutating func `the first fate is told with the notification, later ones by themselves`() {
        let id = self.book.enter()
        self.settle()
        self.book.set(.delivered, of: id)
        self.settle()
        let items = self.events().items
        #expect(items.map(\.type) == [.notification, .fate])
        #expect(items.map(\.id.number) == [1, 2])
        guard case .notification(let entry) = items[0].subject else { return #expect(Bool(false)) }
        #expect(entry.id == id)
        #expect(entry.fate == .delivered)
    }

    @Test mutating func `a fate that comes after the notification was read is told even in the same batch`() {
        let id = self.book.enter("a", .accepted, nil)
        #expect(self.types() == [.notification])
        self.book.set(.inFlight, of: id)
        #expect(self.types() == [.notification, .fate])
    }

    @Test mutating func `a page goes on where the last one ended, and a reader has a limit`() {
        for _ in 1...5 { self.book.enter() }
        let first = self.events(limit: 3)
        #expect(first.items.count == 3)
        #expect(first.hasMore)
        let second = self.events(after: first.position, limit: 3)
        #expect(second.items.map(\.id.number) == [4, 5])
        #expect(!second.hasMore)
        #expect(self.events(after: second.position).items.isEmpty)
        #expect(self.events(after: 999).items.isEmpty)
    }

    @Test mutating func `one who is slower than the ring turns is told how much is missing`() {
        self.book = Book(LedgerLimits(maximumEvents: 4))
        for _ in 1...10 { self.book.enter() }
        let page = self.events(after: 2)
        #expect(page.missed == 4)
        #expect(page.items.map(\.id.number) == [7, 8, 9, 10])
        #expect(self.book.ledger.missedEventCount == 4)
        #expect(self.events(after: 6).missed == 0)
        #expect(self.events(after: 0).missed == 0)
        #expect(self.events(after: 0).items.count == 4)
    }

    @Test mutating func `a topic's reader sees its own events and those that concern everybody`() {
        self.book.enter("a")
        self.book.enter("b")
        let rule = FaultChange(rule: "f-1", topics: ["b"], environment: nil)
        self.book.ledger.noteFault(.faultAdded, rule, at: self.book.now)
        self.book.ledger.noteClock(.manual, at: self.book.now)
        self.book.ledger.noteReset(of: "b", count: 0, at: self.book.now)
        self.book.ledger.noteReset(of: nil, count: 0, at: self.book.now)
        #expect(self.types(EventFilter(topic: "a")) == [.notification, .clock, .reset])
        #expect(self.types(EventFilter(topic: "b")) == [.notification, .faultAdded, .clock, .reset, .reset])
        #expect(self.types(EventFilter(types: [.notification], environment: .production)).isEmpty)
        #expect(self.types(EventFilter(types: [.clock])) == [.clock])
    }

    @Test mutating func `what a reset forgot is not told of any more, the reset is`() {
        self.book.enter("a")
        self.book.enter("b")
        self.settle()
        self.book.ledger.reset(topic: "a")
        self.book.ledger.noteReset(of: "a", count: 1, at: self.book.now)
        #expect(self.types() == [.notification, .reset])
    }

    @Test mutating func `ageing out is told once a batch`() {
        self.book = Book(LedgerLimits(maximumNotifications: 2))
        for _ in 1...5 { self.book.enter() }
        self.settle()
        self.settle()
        let told = self.events(EventFilter(types: [.pruned])).items
        #expect(told.count == 1)
        guard case .other(let change) = told.first?.subject else { return #expect(Bool(false)) }
        #expect(change == .pruned(through: NotificationID(rawValue: 3), count: 3))
    }

    @Test mutating func `a connection tells of its beginning and of its end`() {
        let good = self.book.ledger.openConnection(to: .gateway, environment: .sandbox, peer: "p", at: self.book.now)
        let bad = self.book.ledger.openConnection(to: .gateway, environment: .sandbox, peer: "p", at: self.book.now)
        self.book.ledger.noteReady(good, at: self.book.now)
        let end = ConnectionEnd(code: "x", sentence: "x")
        self.book.ledger.closeConnection(bad, .handshakeFailed(end), at: self.book.now)
        self.book.ledger.closeConnection(good, .closed(by: .peer, end), at: self.book.now)
        #expect(
            self.types() == [
                .connectionOpened, .connectionOpened, .connectionReady, .connectionFailed, .connectionClosed,
            ]
        )
    }

    @Test mutating func `a watch is resumed once, by the first event behind its place`() {
        let resumed = Counter()
        let watch = self.book.ledger.watchEvents(after: 0) { resumed.add() }
        #expect(watch != nil)
        #expect(resumed.count == 0)
        self.book.enter()
        self.book.enter()
        #expect(resumed.count == 1)
        #expect(self.book.ledger.watchEvents(after: 1) { resumed.add() } == nil)
        #expect(resumed.count == 2)
        guard let late = self.book.ledger.watchEvents(after: 2, resume: { resumed.add() }) else {
            return #expect(Bool(false))
        }
        let wasCancelled = self.book.ledger.cancelEventWatch(late)
        #expect(wasCancelled)
        let again = self.book.ledger.cancelEventWatch(late)
        #expect(!again)
        self.book.enter()
        #expect(resumed.count == 2)
    }

    @Test mutating func `a closed log keeps nobody waiting`() {
        let resumed = Counter()
        _ = self.book.ledger.watchEvents(after: 0) { resumed.add() }
        self.book.ledger.closeEvents()
        #expect(resumed.count == 1)
        #expect(self.book.ledger.watchEvents(after: 0) { resumed.add() } == nil)
        #expect(resumed.count == 2)
    }

    @Test(arguments: ["e-1-0", "e-1700000000123-42"])
    func `an event's id reads as it was written`(text: String) { #expect(EventID(text)?.description == text) }

    @Test(arguments: ["", "e-1", "e-01-2", "e-1-2-3", "n-1", "e-1--2", "e--1"])
    func `what is no event id is refused`(text: String) { #expect(EventID(text) == nil) }
}

private final class Counter: Sendable {
    private let value = Mutex(0)

    var count: Int { self.value.withLock { $0 } }
    func add() { self.value.withLock { $0 += 1 } }
}
