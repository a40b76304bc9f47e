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
    /// The last stretch of a long way, which is walked step by step.
    private static let walk: Duration = .seconds(2 * 86_400)

    /// Moves a manual clock forward through everything that is due on the way, in order.
    ///
    /// Up to two days are walked from one call to the next, so that phones keep their connections alive. A longer
    /// way begins with a leap: to the phones it is a long sleep, their connections are cut for silence, and they come
    /// back while the rest is walked.
    ///
    /// - Parameter keepers: all who owe calls by this clock.
    /// - Returns: what was called, in the order in which it was due. A real clock is stopped first.
    package func advance(to target: Instant, keepers: [any ProductTimeKeeper]) async -> [ProductTimers.Fired] {
        self.freeze(at: self.now)
        for keeper in keepers { await keeper.startJournal() }
        if self.now < target - Self.walk { await self.step(to: target - Self.walk, keepers: keepers) }
        while true {
            var next: Instant?
            for keeper in keepers {
                if let due = await keeper.nextDue() { next = min(next ?? due, due) }
            }
            await self.step(to: min(next ?? target, target), keepers: keepers)
            guard let next, next < target else { break }
        }
        var fired: [ProductTimers.Fired] = []
        for keeper in keepers { fired += await keeper.endJournal() }
        return fired.sorted { $0.due < $1.due }
    }

    /// One's call may make another's due, across a connection between them: a few rounds let both speak.
    private func step(to instant: Instant, keepers: [any ProductTimeKeeper]) async {
        self.freeze(at: instant)
        for _ in 0..<4 {
            for keeper in keepers { await keeper.settle() }
        }
    }
}
