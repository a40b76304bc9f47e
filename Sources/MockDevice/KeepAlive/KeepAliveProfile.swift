/// The numbers by which a device keeps its connection alive, as its maker or its operator set them (seed 003). Plain data:
/// anyone can choose others.
package struct KeepAliveProfile: Hashable, Sendable {
    package enum Strategy: String, Hashable, Sendable, CaseIterable {
        /// Always the same interval.
        case fixed
        /// Default, minimum, maximum, increment: how Windows Mobile's Direct Push adjusts its heartbeat.
        case directPush = "direct-push"
        /// Large steps, small steps, settled, and down by half: how re-implementations describe Apple's daemon.
        case staged
    }

    package var strategy: Strategy
    /// The first interval.
    package var start: Duration
    package var minimum: Duration
    package var maximum: Duration
    /// The largest step up.
    package var increment: Duration
    /// `staged`: the small step, taken once a large one went too far. `directPush`: where the search from below ends,
    /// because a smaller step is not worth a lost connection.
    package var refinement: Duration
    /// Good rounds in a row before the interval grows.
    package var rounds: Int

    package init(
        strategy: Strategy,
        start: Duration,
        minimum: Duration,
        maximum: Duration,
        increment: Duration,
        refinement: Duration,
        rounds: Int
    ) {
        self.strategy = strategy
        self.start = start
        self.minimum = minimum
        self.maximum = maximum
        self.increment = increment
        self.refinement = refinement
        self.rounds = rounds
    }

    private init(
        _ strategy: Strategy,
        _ start: Int,
        _ bounds: ClosedRange<Int>,
        step increment: Int,
        refined refinement: Int,
        rounds: Int
    ) {
        self.init(
            strategy: strategy,
            start: .seconds(start),
            minimum: .seconds(bounds.lowerBound),
            maximum: .seconds(bounds.upperBound),
            increment: .seconds(increment),
            refinement: .seconds(refinement),
            rounds: rounds
        )
    }

    /// Always the same interval.
    package static func fixed(_ interval: Duration) -> KeepAliveProfile {
        KeepAliveProfile(
            strategy: .fixed,
            start: interval,
            minimum: interval,
            maximum: interval,
            increment: .zero,
            refinement: .zero,
            rounds: 1
        )
    }
}

/// A profile that comes with Gatehouse.
package struct NamedKeepAliveProfile: Hashable, Sendable {
    package let name: String
    /// What it is, and how sure its numbers are.
    package let summary: String
    package let profile: KeepAliveProfile
}

extension KeepAliveProfile {
    package static let standardName = "quarter-hour"

    /// The profiles that come with Gatehouse.
    package static let catalogue: [NamedKeepAliveProfile] = [
        NamedKeepAliveProfile(
            name: standardName,
            summary: "every 15 minutes, whatever happens, as iOS 5 and 6 were seen to do",
            profile: .fixed(.seconds(15 * 60))
        ),
        NamedKeepAliveProfile(
            name: "windows-mobile",
            summary: "Direct Push from 8 to 28 minutes in steps of 5 at most; observed start, bounds inferred",
            profile: KeepAliveProfile(.directPush, 480, 480...1_680, step: 300, refined: 30, rounds: 2)
        ),
        NamedKeepAliveProfile(
            name: "android-exchange",
            summary:
                "Direct Push with the constants of Android's Exchange client: 470 s, 290 to 1010 s, steps of 180 s",
            profile: KeepAliveProfile(.directPush, 470, 290...1_010, step: 180, refined: 30, rounds: 2)
        ),
        NamedKeepAliveProfile(
            name: "short-timeout-operator",
            summary: "Direct Push for operators that cut early: 2 to 28 minutes in steps of 5 at most",
            profile: KeepAliveProfile(.directPush, 480, 120...1_680, step: 300, refined: 30, rounds: 2)
        ),
        NamedKeepAliveProfile(
            name: "ios-cellular",
            summary: "staged growth from 15 minutes, 10 to 28, steps of 5 and then 2 minutes; constants inferred",
            profile: KeepAliveProfile(.staged, 900, 600...1_680, step: 300, refined: 120, rounds: 2)
        ),
        NamedKeepAliveProfile(
            name: "ios-wifi",
            summary: "as ios-cellular, up to an hour",
            profile: KeepAliveProfile(.staged, 900, 600...3_600, step: 300, refined: 120, rounds: 2)
        ),
    ]

    package static let standard = KeepAliveProfile.fixed(.seconds(15 * 60))

    package static func named(_ name: String) -> KeepAliveProfile? {
        self.catalogue.first { $0.name == name }?.profile
    }

    /// The name it has in the catalogue; `nil`: somebody's own numbers.
    package var name: String? { Self.catalogue.first { $0.profile == self }?.name }

    /// Longest interval anybody may ask for: beyond it, it is no keep-alive.
    package static let longest: Duration = .seconds(24 * 3_600)

    /// What is wrong with the numbers; `nil`: nothing.
    package var defect: String? {
        if self.minimum < .seconds(1) { return "minimum must be a second or more" }
        if self.maximum > Self.longest { return "maximum must be a day or less" }
        if self.minimum > self.start || self.start > self.maximum {
            return "start must lie between minimum and maximum"
        }
        if self.rounds < 1 { return "rounds must be 1 or more" }
        if self.strategy != .fixed, self.increment < .seconds(1) || self.refinement < .seconds(1) {
            return "increment and refinement must be a second or more"
        }
        return nil
    }
}
