import HeapModule
package import NIOCore
package import PushVocabulary
import Synchronization

/// Calls that are owed at points of product time, made on one event loop in the order in which they are due.
///
/// While the clock follows real time, the loop's timer wakes it for the earliest; a manual clock wakes it when moved.
/// Confined to its event loop.
package final class ProductTimers {
    package struct ID: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Entry: Comparable {
        let due: Instant
        let id: ID

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.id.number) < (right.due, right.id.number)
        }
    }

    package let eventLoop: any EventLoop
    private let clock: ProductClock
    private var queue = Heap<Entry>()
    private var calls: [ID: (purpose: String, call: () -> Void)] = [:]
    private var lastNumber: UInt64 = 0
    private var alarm: (due: Instant, task: Scheduled<Void>)?

    /// A call that was made.
    package struct Fired: Hashable, Sendable {
        package let due: Instant
        /// What it was for, such as `expiry`.
        package let purpose: String
    }

    /// While set, every call that is made is noted here.
    private var journal: [Fired]?

    package init(eventLoop: any EventLoop, clock: ProductClock) {
        eventLoop.preconditionInEventLoop()
        self.eventLoop = eventLoop
        self.clock = clock
        let bound = NIOLoopBound(WeakReference(self), eventLoop: eventLoop)
        // A clock that is walked changes a million times within one turn of the loop: one call answers them all.
        let isWakeOwed = Mutex(false)
        clock.onChange {
            guard
                isWakeOwed.withLock({ wasOwed in
                    defer { wasOwed = true }
                    return !wasOwed
                })
            else { return }
            eventLoop.execute {
                isWakeOwed.withLock { $0 = false }
                bound.value.timers?.wake()
            }
        }
    }

    private final class WeakReference {
        weak var timers: ProductTimers?

        init(_ timers: ProductTimers) {
            self.timers = timers
        }
    }

    /// Owes a call at `due`. One that is due already is made soon, never within this method.
    ///
    /// - Parameter purpose: a word or two for whoever moves a manual clock.
    @discardableResult
    package func schedule(at due: Instant, for purpose: String, _ call: @escaping () -> Void) -> ID {
        self.lastNumber += 1
        let id = ID(number: self.lastNumber)
        self.queue.insert(Entry(due: due, id: id))
        self.calls[id] = (purpose, call)
        self.setAlarm()
        return id
    }

    /// - Returns: whether the call was still owed.
    @discardableResult
    package func cancel(_ id: ID) -> Bool {
        guard self.calls.removeValue(forKey: id) != nil else { return false }
        if self.queue.count > 2 * self.calls.count + 64 {
            self.queue = Heap(self.queue.unordered.filter { self.calls[$0.id] != nil })
        }
        self.setAlarm()
        return true
    }

    /// The earliest call owed.
    package var nextDue: Instant? {
        while let first = self.queue.min, self.calls[first.id] == nil { self.queue.removeMin() }
        return self.queue.min?.due
    }

    /// Makes every call that is due, in order, calls owed meanwhile included.
    package func wake() {
        while self.makeNextCall() {}
        self.setAlarm()
    }

    /// Makes the earliest call, if it is due: for whoever moves a manual clock and wants to see an end of it.
    ///
    /// - Returns: whether there was one.
    package func makeNextCall() -> Bool {
        guard let due = self.nextDue, due <= self.clock.now, let entry = self.queue.popMin(),
            let owed = self.calls.removeValue(forKey: entry.id)
        else { return false }
        self.journal?.append(Fired(due: entry.due, purpose: owed.purpose))
        owed.call()
        return true
    }

    package func startJournal() { self.journal = [] }

    /// - Returns: what was called since `startJournal`, in order.
    package func endJournal() -> [Fired] {
        defer { self.journal = nil }
        return self.journal ?? []
    }

    private func setAlarm() {
        guard let due = self.nextDue, self.clock.mode == .real else {
            self.alarm?.task.cancel()
            self.alarm = nil
            return
        }
        if self.alarm?.due == due { return }
        self.alarm?.task.cancel()
        let delay = max(0, self.clock.now.duration(to: due).wholeNanoseconds)
        let task = self.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay)) { [weak self] in
            self?.alarm = nil
            self?.wake()
        }
        self.alarm = (due, task)
    }
}
