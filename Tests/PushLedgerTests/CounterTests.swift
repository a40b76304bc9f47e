import PushBroker
import PushLedger
import PushTestSupport
import PushVocabulary
import Testing

struct CounterTests {
    private var book = Book()

    @Test mutating func `each verdict and each fate has its counter`() {
        self.book.enter("a", .rejected(status: 8))
        self.book.enter("a", .discarded(causedBy: 1))
        let fates: [Fate] = [
            .delivered, .inFlight, .stored(.deviceAway), .coalesced(by: 9), .expired(.notStored),
            .undeliverable(.appRemoved), .lost(rule: "drop"),
        ]
        for fate in fates { self.book.enter("a", .accepted, fate) }
        let counters = self.book.ledger.counters
        #expect(counters.received == 9)
        #expect([counters.accepted, counters.rejected, counters.discarded] == [7, 1, 1])
        #expect(VerdictKind.allCases.map { counters[$0] } == [7, 1, 1])
        #expect(FateKind.allCases.allSatisfy { counters[$0] == 1 })
        #expect(counters.addUp)
    }

    @Test mutating func `without a fate yet the counters do not add up, and say by how much`() {
        let id = self.book.enter("a", .accepted, nil)
        #expect(!self.book.ledger.counters.addUp)
        #expect(self.book.ledger.counters.undecided == 1)
        self.book.set(.delivered, of: id)
        #expect(self.book.ledger.counters.addUp)
    }

    @Test mutating func `a change of fate moves one from counter to counter`() {
        let id = self.book.enter("a", .accepted, .stored(.deviceAway))
        self.book.set(.stored(.connectionLost), of: id)
        #expect(self.book.ledger.counters.stored == 1)
        self.book.set(.inFlight, of: id)
        self.book.set(.inFlight, of: id)
        #expect(self.book.ledger.counters.stored == 0)
        #expect(self.book.ledger.counters.inFlight == 1)
        self.book.set(.delivered, of: id)
        #expect(self.book.ledger.counters.delivered == 1)
        #expect(self.book.ledger.counters.addUp)
    }

    @Test mutating func `each topic has counters of its own, and the sum includes frames without a topic`() {
        self.book.enter("a")
        self.book.enter("b", .rejected(status: 8))
        self.book.enter(nil, .rejected(status: 3))
        #expect(self.book.ledger.counters(topic: "a").accepted == 1)
        #expect(self.book.ledger.counters(topic: "b").rejected == 1)
        #expect(self.book.ledger.counters(topic: "c") == Counters())
        #expect(self.book.ledger.counters.received == 3)
    }

    @Test mutating func `a fate of a refused, unknown or future notification counts nothing`() {
        let refused = self.book.enter("a", .rejected(status: 8))
        self.book.set(.delivered, of: refused)
        self.book.set(.delivered, of: 99)
        #expect(self.book.ledger.counters.delivered == 0)
        #expect(self.book.entry(refused)?.fate == nil)
    }

    @Test mutating func `late fates of pruned notifications still count`() {
        self.book = Book(LedgerLimits(maximumNotifications: 2))
        let stored = self.book.enter("a", .accepted, .stored(.deviceAway))
        let undecided = self.book.enter("a", .accepted, nil)
        let done = self.book.enter("a", .accepted, .delivered)
        for _ in 0..<10 { self.book.enter("b", .accepted, .delivered) }
        #expect(self.book.ledger.notification(stored) == .pruned)
        self.book.set(.inFlight, of: stored)
        #expect(self.book.ledger.counters(topic: "a").inFlight == 1)
        self.book.set(.delivered, of: stored)
        self.book.set(.expired(.notStored), of: undecided)
        self.book.set(.expired(.notStored), of: done)
        let counters = self.book.ledger.counters(topic: "a")
        #expect([counters.delivered, counters.expired, counters.stored, counters.inFlight] == [2, 1, 0, 0])
        #expect(counters.addUp)
    }

    @Test func `whatever happens, the counters are what a recount of everything gives`() {
        for seed in 0..<200 as Range<UInt64> {
            var random = SeededGenerator(seed: seed)
            var book = Book(LedgerLimits(maximumNotifications: 20, maximumFrameBytes: 150))
            var model: [(topic: Topic, verdict: Verdict, fate: Fate?)] = []
            for _ in 0..<200 {
                if Int.random(in: 0..<50, using: &random) == 0 {
                    let topic: Topic? = [nil, "a", "b"].randomElement(using: &random)!
                    book.ledger.reset(topic: topic)
                    for index in model.indices where topic == nil || model[index].topic == topic {
                        model[index].topic = "forgotten"
                    }
                } else if Bool.random(using: &random) || model.isEmpty {
                    let verdict: Verdict = [.accepted, .accepted, .rejected(status: 8), .discarded(causedBy: nil)]
                        .randomElement(using: &random)!
                    let topic: Topic = Bool.random(using: &random) ? "a" : "b"
                    book.enter(topic, verdict, .stored(.deviceAway), frameBytes: Int.random(in: 0...30, using: &random))
                    model.append((topic, verdict, verdict == .accepted ? .stored(.deviceAway) : nil))
                } else {
                    let index = model.indices.randomElement(using: &random)!
                    // The broker changes no final fate.
                    guard let former = model[index].fate, !former.kind.isFinal else { continue }
                    let fate: Fate = [.inFlight, .stored(.connectionLost), .delivered, .coalesced(by: 5)]
                        .randomElement(using: &random)!
                    book.set(fate, of: NotificationID(rawValue: UInt64(index + 1)))
                    model[index].fate = fate
                }
                for topic in ["a", "b"] as [Topic] {
                    let counters = book.ledger.counters(topic: topic)
                    let rows = model.filter { $0.topic == topic }
                    #expect(counters.received == rows.count, "seed \(seed)")
                    #expect(counters.addUp, "seed \(seed)")
                    for kind in FateKind.allCases {
                        #expect(counters[kind] == rows.count { $0.fate?.kind == kind }, "seed \(seed), \(kind)")
                    }
                }
                #expect(book.ledger.keptCount <= 20)
                #expect(book.ledger.keptFrameBytes <= 150)
            }
        }
    }
}
