import PushBroker
import PushLedger
import PushVocabulary

/// A full ledger: what one more notification costs, what a listing with a filter costs, and how soon a wait is told.
@MainActor
struct LedgerBench {
    let isQuick: Bool
    private let now = Instant(unixSeconds: 1_500_000_000)

    func run() {
        let capacity = self.isQuick ? 100_000 : 1_000_000
        let before = Heap.bytes
        let book = Book(capacity: capacity)
        let bytes = before.flatMap { before in Heap.bytes.map { Double($0 - before) / Double(capacity) } }
        report("ledger memory, \(capacity) records", [("bytesPerRecord", bytes)], reference: "none: bytes")
        let append = compare(
            rounds: self.isQuick ? 20 : 100,
            count: 10_000,
            subject: { for _ in 0..<10_000 { book.append() } },
            reference: { for _ in 0..<10_000 { consume(book.newFrame()) } }
        )
        report("ledger append and fate, full", append, reference: "a copy of the frame")
        self.query(book, capacity: capacity)
        self.wake(book)
    }

    private func query(_ book: Book, capacity: Int) {
        let numbers = (0..<capacity).map { UInt64($0) }
        let costs = compare(
            rounds: self.isQuick ? 5 : 15,
            count: 1,
            subject: {
                let page = book.ledger.notifications(
                    matching: NotificationFilter(device: "device-17"),
                    limit: 50
                )
                precondition(page.items.count == 50)
            },
            reference: { consume(numbers.reduce(0, &+)) }
        )
        report("ledger query by device, \(capacity) records", costs, reference: "adding up as many numbers")
    }

    private func wake(_ book: Book) {
        let costs = compare(
            rounds: self.isQuick ? 20 : 100,
            count: 1,
            subject: {
                let cursor = book.ledger.latestCursor
                let wait = book.ledger.wait(
                    for: NotificationFilter(device: "device-17", fate: .stored),
                    count: 1,
                    after: cursor,
                    at: self.now
                ) { precondition($0.satisfied) }
                precondition(wait != nil)
                for _ in 0..<64 { book.append() }
                book.ledger.settleWaits()
                precondition(book.ledger.waits.isEmpty)
            },
            reference: {
                for _ in 0..<64 { book.append() }
                book.ledger.settleWaits()
            }
        )
        report("ledger wait told after 64 records", costs, reference: "the same without a wait")
    }
}

/// A ledger that is full from the start.
private final class Book {
    var ledger: Ledger
    var frame: [UInt8] = Array(repeating: 7, count: 361)
    private let topic: LedgerTopic
    private let devices: [LedgerDevice]
    private let connection: ConnectionID
    private var number = 0

    init(capacity: Int) {
        self.ledger = Ledger(
            limits: LedgerLimits(maximumNotifications: capacity, maximumFrameBytes: capacity * 400)
        )
        self.topic = self.ledger.topic(Topic("com.example.app"))
        var devices: [LedgerDevice] = []
        for number in 0..<64 { devices.append(self.ledger.device(named: "device-\(number)")) }
        self.devices = devices
        self.connection = self.ledger.openConnection(
            to: .gateway,
            environment: .sandbox,
            peer: "127.0.0.1:1",
            at: Instant(unixSeconds: 1)
        )
        for _ in 0..<capacity { self.append() }
    }

    /// Bytes of its own, as a frame is copied out of its connection's buffer.
    func newFrame() -> [UInt8] { self.frame.withUnsafeBufferPointer { Array($0) } }

    func append() {
        self.number += 1
        let now = Instant(nanosecondsSinceEpoch: 1_500_000_000_000_000_000 + Int64(self.number))
        let id = self.ledger.append(
            ReceivedNotification(
                receivedAt: now,
                clockAt: now,
                environment: .sandbox,
                topic: self.topic,
                device: self.devices[self.number % self.devices.count],
                token: BookToken.shared,
                verdict: .accepted,
                connection: self.connection,
                content: PushContent(frame: self.newFrame(), payloadRange: 47..<347),
                wire: WireFacts(
                    command: 2,
                    identifier: UInt32(truncatingIfNeeded: self.number),
                    expiry: 2_000_000_000,
                    priority: 10,
                    offset: UInt64(self.number),
                    length: 361
                )
            )
        )
        self.ledger.setFate(.stored(.deviceAway), of: id, at: now)
    }
}

private enum BookToken {
    static let shared = BenchFrame.token(1)
}
