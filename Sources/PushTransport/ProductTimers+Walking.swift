package import PushVocabulary

extension ProductTimers {
    /// Moves a manual clock forward from one owed call to the next, without waiting for anything: for services and
    /// devices that share these timers and are joined in memory only.
    ///
    /// Exact however long the way: a year of keep-alives is a year of keep-alives.
    ///
    /// - Parameters:
    ///   - target: where the clock stands in the end.
    ///   - clock: the one these timers follow.
    ///   - network: carries what the calls have the parties say to each other; it is quiet before the clock moves on.
    /// - Returns: how many points of time the clock stopped at.
    @discardableResult
    package func walk(to target: Instant, clock: ProductClock, network: MemoryNetwork) -> Int {
        network.run()
        var stops = 0
        while let due = self.nextDue, due <= target {
            clock.freeze(at: due)
            repeat {
                self.wake()
                network.run()
            } while self.nextDue.map { $0 <= clock.now } ?? false
            stops += 1
        }
        clock.freeze(at: target)
        return stops
    }
}
