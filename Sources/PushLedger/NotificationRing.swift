/// The kept notifications, found by number: a ring of records that are looked at and changed where they lie, because
/// copying one costs more than all that is done with it.
struct NotificationRing: Sendable {
    private let capacity: UInt64
    private var records: [NotificationRecord] = []
    /// The number of the record at the ring's position 0.
    private var origin: UInt64 = 1
    /// The oldest number kept; what is before was dropped.
    private(set) var first: UInt64 = 1
    /// The next number to be given out.
    private(set) var next: UInt64 = 1

    init(capacity: Int) {
        self.capacity = UInt64(capacity)
    }

    var count: Int { Int(self.next - self.first) }
    var isFull: Bool { self.next - self.first == self.capacity }
    var numbers: Range<UInt64> { self.first..<self.next }

    func contains(_ number: UInt64) -> Bool { number >= self.first && number < self.next }

    /// - Parameter number: must be kept.
    subscript(number: UInt64) -> NotificationRecord {
        _read { yield self.records[self.position(of: number)] }
        _modify { yield &self.records[self.position(of: number)] }
    }

    /// The ring must not be full.
    mutating func append(_ record: consuming NotificationRecord) {
        precondition(!self.isFull, "the oldest record was not dropped")
        let position = self.position(of: self.next)
        if position == self.records.count { self.records.append(record) } else { self.records[position] = record }
        self.next += 1
    }

    /// Its bytes are let go, its place is used again.
    mutating func dropFirst() {
        self[self.first].forget()
        self.first += 1
    }

    mutating func removeAll() {
        self.records = []
        self.first = self.next
        self.origin = self.next
    }

    /// An empty ring that goes on at a number.
    mutating func begin(at number: UInt64) {
        self.records = []
        self.origin = number
        self.first = number
        self.next = number
    }

    private func position(of number: UInt64) -> Int {
        assert(number >= self.first, "a dropped record was asked for")
        return Int((number - self.origin) % self.capacity)
    }
}
