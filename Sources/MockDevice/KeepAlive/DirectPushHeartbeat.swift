/// The heartbeat of Direct Push (seed 003): several good rounds before a raise, back to the last good value after a raise
/// that failed, straight to the minimum otherwise.
///
/// The seed leaves the size of a step to "a tuning component", with the increment as its bound. Ours halves what is left
/// between the last good value and the lowest that failed, until that is not worth a lost connection any more.
struct DirectPushHeartbeat: Hashable, Sendable {
    private var goodRounds = 0
    private var lastGood: Duration?
    /// The interval was raised, and has not been seen to hold yet.
    private var isRaise = false
    /// The lowest interval that failed, as far as is known since the path last changed.
    private var ceiling: Duration?

    mutating func answered(_ interval: Duration, by profile: KeepAliveProfile) -> Duration {
        self.goodRounds += 1
        self.lastGood = interval
        self.isRaise = false
        guard self.goodRounds >= profile.rounds else { return interval }
        var step = min(profile.increment, profile.maximum - interval)
        if let ceiling {
            step = min(step, (ceiling - interval) / 2)
            guard step >= profile.refinement else { return interval }
        }
        guard step > .zero else { return interval }
        self.goodRounds = 0
        self.isRaise = true
        return interval + step
    }

    mutating func unanswered(_ interval: Duration, by profile: KeepAliveProfile) -> Duration {
        defer {
            self.goodRounds = 0
            self.isRaise = false
        }
        if self.isRaise, let lastGood {
            self.ceiling = interval
            return lastGood
        }
        // What used to hold does not: another path. All that was learned is void, but for what just failed.
        self.lastGood = nil
        self.ceiling = interval > profile.minimum ? interval : nil
        return profile.minimum
    }
}
