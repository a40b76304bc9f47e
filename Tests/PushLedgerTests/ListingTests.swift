import PushBroker
import PushLedger
import PushTestSupport
import PushVocabulary
import Testing

struct ListingTests {
    private var book = Book()

    @Test mutating func `each field of a filter narrows the listing`() {
        self.book.enter("a", .accepted, .delivered)
        self.book.enter("b", .accepted, .stored(.deviceAway), device: "tablet", token: 2)
        self.book.enter("a", .rejected(status: 8), device: nil, environment: .production, token: 3)
        self.book.enter(
            "a",
            .discarded(causedBy: 3),
            token: nil,
            identifier: nil,
            connection: ConnectionID(rawValue: 2)
        )
        #expect(self.book.ids(.everything) == [1, 2, 3, 4])
        #expect(self.book.ids(NotificationFilter(topic: "b")) == [2])
        #expect(self.book.ids(NotificationFilter(environment: .production)) == [3])
        #expect(self.book.ids(NotificationFilter(device: "tablet")) == [2])
        #expect(self.book.ids(NotificationFilter(token: Book.token(3))) == [3])
        #expect(self.book.ids(NotificationFilter(verdict: .discarded)) == [4])
        #expect(self.book.ids(NotificationFilter(fate: .delivered)) == [1])
        #expect(self.book.ids(NotificationFilter(status: 8)) == [3])
        #expect(self.book.ids(NotificationFilter(identifier: 7)) == [1, 2, 3])
        #expect(self.book.ids(NotificationFilter(connection: ConnectionID(rawValue: 2))) == [4])
        #expect(self.book.ids(NotificationFilter(topic: "a", verdict: .accepted)) == [1])
        #expect(self.book.ids(NotificationFilter(topic: "b", verdict: .rejected)).isEmpty)
        #expect(self.book.ids(NotificationFilter(topic: "nobody")).isEmpty)
        #expect(self.book.ids(NotificationFilter(device: "nobody")).isEmpty)
        #expect(self.book.ids(NotificationFilter(status: 0)).isEmpty, "no status is not status 0")
    }

    @Test(arguments: ListingOrder.allCases)
    func `pages follow one another without gap or repetition, while newer rows arrive`(_ order: ListingOrder) {
        var book = Book()
        for number in 0..<25 { book.enter(number.isMultiple(of: 2) ? "a" : "b") }
        let filter = NotificationFilter(topic: "a")
        var seen: [NotificationID] = []
        var page = book.ledger.notifications(matching: filter, limit: 4, order: order)
        #expect(page.total == 13)
        while true {
            seen += page.items.map(\.id)
            guard let next = page.nextCursor, seen.count < 100 else { break }
            if order == .descending { book.enter("a") }
            page = book.ledger.notifications(matching: filter, from: next, limit: 4, order: order)
        }
        let expected = stride(from: 1, through: 25, by: 2).map { NotificationID(rawValue: $0) }
        #expect(seen == (order == .ascending ? expected : expected.reversed()))
    }

    @Test mutating func `the end of an ascending page is where one goes on later`() {
        let empty = self.book.ledger.notifications(limit: 10)
        #expect(empty.items.isEmpty && empty.nextCursor == nil)
        self.book.enter()
        let first = self.book.ledger.notifications(from: empty.end, limit: 10)
        #expect(first.items.map(\.id) == [1])
        #expect(first.nextCursor == nil)
        #expect(self.book.ledger.notifications(from: first.end, limit: 10).items.isEmpty)
        self.book.enter()
        #expect(self.book.ids(.everything, from: first.end) == [2])
        #expect(self.book.ids(.everything, from: self.book.ledger.latestCursor).isEmpty)
    }

    @Test mutating func `a page of nothing still tells how many there are`() {
        self.book.enter()
        let page = self.book.ledger.notifications(limit: 0)
        #expect(page.items.isEmpty)
        #expect(page.total == 1)
        #expect(page.nextCursor != nil)
    }

    @Test mutating func `a cursor survives pruning and resets, and finds nothing forgotten`() {
        self.book = Book(LedgerLimits(maximumNotifications: 5))
        self.book.enter("a")
        let cursor = self.book.ledger.latestCursor
        for _ in 0..<8 { self.book.enter("a") }
        #expect(self.book.ids(.everything, from: cursor) == [5, 6, 7, 8, 9])
        self.book.ledger.reset()
        #expect(self.book.ids(.everything, from: cursor).isEmpty)
        self.book.enter("a")
        #expect(self.book.ids(.everything, from: cursor) == [10])
        self.book.enter("b")
        self.book.ledger.reset(topic: "a")
        #expect(self.book.ids(.everything, from: cursor) == [11])
    }

    @Test mutating func `a cursor of another run is the beginning`() {
        var earlier = Book(firstEpoch: 100)
        for _ in 0..<3 { earlier.enter() }
        self.book = Book(firstEpoch: 200)
        self.book.enter()
        #expect(!self.book.ledger.isOwn(earlier.ledger.latestCursor))
        #expect(self.book.ids(.everything, from: earlier.ledger.latestCursor) == [1])
        #expect(self.book.ledger.isOwn(self.book.ledger.latestCursor))
    }

    @Test mutating func `cursors and numbers have one text each`() throws {
        self.book.enter()
        let cursor = self.book.ledger.latestCursor
        #expect(Cursor(cursor.description) == cursor)
        for text in [
            "", ".", "1", "1.", ".1", "a.1", "1.-1", "+1.1", "01.1", "1.1.1", "1.18446744073709551616", "1.1 ",
        ] {
            #expect(Cursor(text) == nil, "\(text)")
        }
        #expect(NotificationID("n-17") == 17)
        #expect(ConnectionID("c-42") == ConnectionID(rawValue: 42))
        #expect(ConnectionID(rawValue: 42).description == "c-42")
        for text in ["", "n-", "n-0", "17", "N-17", "n-017", "c-17x", "n--1"] {
            #expect(NotificationID(text) == nil, "\(text)")
            #expect(ConnectionID(text) == nil, "\(text)")
        }
    }

    // MARK: - Connections and feedback reads

    @Test mutating func `a connection counts its frames and keeps its first end`() throws {
        let id = self.book.ledger.openConnection(
            to: .gateway,
            environment: .sandbox,
            peer: "127.0.0.1:50000",
            at: Book.start
        )
        self.book.enter("a", .accepted, connection: id)
        self.book.enter("a", .rejected(status: 8), connection: id)
        self.book.enter("a", .discarded(causedBy: 2), connection: id)
        self.book.enter("a", .accepted, connection: ConnectionID(rawValue: 99))
        self.book.ledger.updateConnection(id) { $0.tls = TLSFacts(version: "TLSv1.2", cipher: "AES128-SHA") }
        let refusal = ConnectionEnd(code: "refused", sentence: "A frame was refused.")
        self.book.ledger.closeConnection(id, .closed(by: .service, refusal), at: Book.start + .seconds(1))
        self.book.ledger.closeConnection(
            id,
            .closed(by: .peer, ConnectionEnd(code: "eof", sentence: "")),
            at: Book.start + .seconds(2)
        )
        let entry = try #require(self.book.ledger.connection(id))
        #expect([entry.received, entry.accepted, entry.rejected, entry.discarded] == [3, 1, 1, 1])
        #expect(entry.outcome == .closed(by: .service, refusal))
        #expect(entry.closedAt == Book.start + .seconds(1))
        #expect(entry.tls?.version == "TLSv1.2")
        #expect(!entry.isOpen)
    }

    @Test mutating func `closed connections are pruned, open ones never`() {
        self.book = Book(LedgerLimits(maximumClosedConnections: 16))
        let end = ConnectionOutcome.closed(by: .peer, ConnectionEnd(code: "eof", sentence: "It closed."))
        func open(_ book: inout Book) -> ConnectionID {
            book.ledger.openConnection(to: .courier, environment: .sandbox, peer: "", at: Book.start)
        }
        let old = open(&self.book)
        for _ in 0..<200 {
            let id = open(&self.book)
            self.book.ledger.closeConnection(id, end, at: Book.start)
            self.book.ledger.updateConnection(old) { $0.bytesIn += 1 }
            #expect(self.book.ledger.connections(isOpen: false).count <= 16)
            #expect(self.book.ledger.connection(id) != nil)
        }
        #expect(self.book.ledger.connection(old)?.bytesIn == 200)
        #expect(self.book.ledger.openConnectionCount == 1)
        #expect(self.book.ledger.connection(ConnectionID(rawValue: 2)) == nil)
        #expect(self.book.ledger.isKnown(ConnectionID(rawValue: 2)))
        #expect(!self.book.ledger.isKnown(ConnectionID(rawValue: 202)))
        self.book.ledger.updateConnection(ConnectionID(rawValue: 2)) { $0.bytesIn = 1 }
        self.book.ledger.closeConnection(ConnectionID(rawValue: 2), end, at: Book.start)
        #expect(self.book.ledger.openConnectionCount == 1)
    }

    @Test mutating func `connections are listed by service, environment and openness, in either order`() {
        let services: [PushService] = [.gateway, .feedback, .courier, .gateway]
        for (number, service) in services.enumerated() {
            let environment: Environment = number == 3 ? .production : .sandbox
            _ = self.book.ledger.openConnection(to: service, environment: environment, peer: "", at: Book.start)
        }
        func numbers(_ entries: [ConnectionEntry]) -> [Int] { entries.map(\.id.rawValue) }
        let ledger = self.book.ledger
        #expect(numbers(ledger.connections()) == [1, 2, 3, 4])
        #expect(numbers(ledger.connections(service: .gateway)) == [1, 4])
        #expect(numbers(ledger.connections(service: .gateway, environment: .production)) == [4])
        #expect(numbers(ledger.connections(after: ConnectionID(rawValue: 2), limit: 1)) == [3])
        #expect(numbers(ledger.connections(after: ConnectionID(rawValue: 3), limit: 2, order: .descending)) == [2, 1])
        #expect(ledger.connections(isOpen: false).isEmpty)
    }

    @Test(.seed("004-25"))
    mutating func `feedback reads are kept, oldest pruned first, and counted for ever`() {
        self.book = Book(LedgerLimits(maximumFeedbackReads: 3, maximumFeedbackEntries: 5))
        func read(_ book: inout Book, _ topic: Topic, _ count: Int) {
            let entries = (0..<count).map { FeedbackEntry(token: Book.token(UInt8($0)), since: Book.start) }
            book.ledger.recordFeedbackRead(
                on: ConnectionID(rawValue: 1),
                topics: [topic],
                environment: .sandbox,
                entries: entries,
                at: Book.start
            )
        }
        for _ in 0..<4 { read(&self.book, "a", 0) }
        #expect(self.book.ledger.feedbackReads().map(\.number) == [2, 3, 4])
        read(&self.book, "b", 3)
        read(&self.book, "a", 2)
        #expect(self.book.ledger.feedbackReads().map(\.number) == [4, 5, 6])
        read(&self.book, "a", 100)
        #expect(self.book.ledger.feedbackReads().map(\.number) == [7])
        read(&self.book, "b", 1)
        #expect(self.book.ledger.feedbackReads(topic: "b").map(\.number) == [8])
        #expect(self.book.ledger.feedbackReadCount == 8)
    }
}
