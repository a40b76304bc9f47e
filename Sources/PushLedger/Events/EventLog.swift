import PushVocabulary

/// Names one watch for as long as the process runs.
package struct EventWatchID: Hashable, Sendable {
    let number: UInt64
}

/// The latest events by number, in a ring: an event costs the writing of a few words whether or not anybody reads, and
/// is put into words only for those who do. Readers pull; one that is slower than the ring turns has missed something
/// and is told how much.
struct EventLog: Sendable {
    struct Slot: Sendable {
        var at: Instant
        var event: LedgerEvent
    }

    let run: UInt64
    private let capacity: UInt64
    private var slots: [Slot] = []
    /// The number the next event gets.
    private(set) var next: UInt64 = 1
    private var watches: [EventWatchID: @Sendable () -> Void] = [:]
    private var startedWatchCount: UInt64 = 0
    private var isClosed = false
    /// Events that readers missed because they were too slow.
    var missedCount = 0

    init(run: UInt64, capacity: Int) {
        self.run = run
        self.capacity = UInt64(capacity)
    }

    /// The oldest event kept.
    var first: UInt64 { self.next > self.capacity ? self.next - self.capacity : 1 }
    var latest: EventID { EventID(run: self.run, number: self.next - 1) }

    /// - Parameter number: must be kept.
    subscript(number: UInt64) -> Slot { self.slots[Int((number - 1) % self.capacity)] }

    mutating func append(_ event: LedgerEvent, at now: Instant) {
        let position = Int((self.next - 1) % self.capacity)
        let slot = Slot(at: now, event: event)
        if position == self.slots.count { self.slots.append(slot) } else { self.slots[position] = slot }
        self.next += 1
        if !self.watches.isEmpty { self.wake() }
    }

    /// Calls `resume` once, with the first event behind `number`; at once when it is there already.
    ///
    /// - Returns: `nil`: it was there, or the log is closed.
    mutating func watch(after number: UInt64, resume: @escaping @Sendable () -> Void) -> EventWatchID? {
        guard !self.isClosed, number >= self.next - 1 else {
            resume()
            return nil
        }
        self.startedWatchCount += 1
        let id = EventWatchID(number: self.startedWatchCount)
        self.watches[id] = resume
        return id
    }

    /// - Returns: whether it had not been resumed.
    mutating func cancelWatch(_ id: EventWatchID) -> Bool { self.watches.removeValue(forKey: id) != nil }

    /// Resumes every watch, and from now on each at once.
    mutating func close() {
        self.isClosed = true
        self.wake()
    }

    private mutating func wake() {
        let watches = self.watches
        self.watches.removeAll(keepingCapacity: true)
        for resume in watches.values { resume() }
    }
}
