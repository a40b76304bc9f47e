/// Growth in stages, as re-implementations of Apple's daemon describe it: large steps while keep-alives succeed; at a
/// failure back to the last good interval and on by small steps; at a failure there, settled. A failure when settled
/// halves the interval, and growth begins anew.
struct StagedGrowth: Hashable, Sendable {
    private enum Stage: Hashable {
        case growing
        case refining
        case settled
    }

    private var stage = Stage.growing
    private var goodRounds = 0
    private var lastGood: Duration?
    /// The lowest interval that failed, as far as is known since the path last changed.
    private var watermark: Duration?

    mutating func answered(_ interval: Duration, by profile: KeepAliveProfile) -> Duration {
        self.lastGood = interval
        self.goodRounds += 1
        guard self.goodRounds >= profile.rounds else { return interval }
        switch self.stage {
        case .growing:
            if let grown = self.grown(interval, by: profile.increment, profile) { return grown }
            self.stage = .refining
            return self.refined(interval, profile)
        case .refining: return self.refined(interval, profile)
        case .settled: return interval
        }
    }

    private mutating func refined(_ interval: Duration, _ profile: KeepAliveProfile) -> Duration {
        if let grown = self.grown(interval, by: profile.refinement, profile) { return grown }
        self.stage = .settled
        return interval
    }

    /// `nil`: there is no room for such a step.
    private mutating func grown(_ interval: Duration, by step: Duration, _ profile: KeepAliveProfile) -> Duration? {
        let grown = interval + step
        guard grown <= profile.maximum, self.watermark.map({ grown < $0 }) ?? true else { return nil }
        self.goodRounds = 0
        return grown
    }

    mutating func unanswered(_ interval: Duration, by profile: KeepAliveProfile) -> Duration {
        self.goodRounds = 0
        switch self.stage {
        case .growing, .refining:
            // The interval after a step that failed; the first one may fail without any having been good.
            guard let lastGood, lastGood < interval else { break }
            self.watermark = interval
            self.stage = self.stage == .growing ? .refining : .settled
            return lastGood
        case .settled: break
        }
        self.stage = .growing
        self.lastGood = nil
        self.watermark = interval > profile.minimum ? interval : nil
        return max(profile.minimum, interval / 2)
    }
}
