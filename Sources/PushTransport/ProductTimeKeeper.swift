package import PushVocabulary

/// Others that owe calls at points of product time, such as a fleet of mock devices.
package protocol ProductTimeKeeper: Sendable {
    /// The earliest call owed.
    func nextDue() async -> Instant?
    /// Begins to note what is called.
    func startJournal() async
    /// Makes what is due at the clock's present. Returns once it is done.
    func settle() async
    /// What was called since `startJournal`, in order.
    func endJournal() async -> [ProductTimers.Fired]
}

extension ProductClock {
    /// Moves a manual clock forward through everything that is due on the way, in order.
    ///
    /// - Parameter keepers: all who owe calls by this clock.
    /// - Returns: what was called, in the order in which it was due. A real clock is stopped first.
    package func advance(to target: Instant, keepers: [any ProductTimeKeeper]) async -> [ProductTimers.Fired] {
        self.freeze(at: self.now)
        for keeper in keepers { await keeper.startJournal() }
        while true {
            var next: Instant?
            for keeper in keepers {
                if let due = await keeper.nextDue() { next = min(next ?? due, due) }
            }
            let stop = min(next ?? target, target)
            self.freeze(at: stop)
            // One's call may make another's due, across a connection between them: a few rounds let both speak.
            for _ in 0..<4 {
                for keeper in keepers { await keeper.settle() }
            }
            guard let next, next < target else { break }
        }
        var fired: [ProductTimers.Fired] = []
        for keeper in keepers { fired += await keeper.endJournal() }
        return fired.sorted { $0.due < $1.due }
    }
}
