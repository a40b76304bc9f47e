/// When a device sends its next keep-alive: how the last ones fared goes in, an interval comes out.
///
/// It finds the longest silence that the path bears from below, and holds it. A failure whose cause is known (a call, a
/// network that says that it ends, a courier that hangs up) is no failure of the path and must not be reported here.
package struct KeepAlive: Hashable, Sendable {
    private enum State: Hashable {
        case fixed
        case directPush(DirectPushHeartbeat)
        case staged(StagedGrowth)
    }

    package let profile: KeepAliveProfile
    /// Silence before the next keep-alive.
    package private(set) var interval: Duration
    private var state: State

    package init(_ profile: KeepAliveProfile = .standard) {
        self.profile = profile
        self.interval = profile.start
        self.state =
            switch profile.strategy {
            case .fixed: .fixed
            case .directPush: .directPush(DirectPushHeartbeat())
            case .staged: .staged(StagedGrowth())
            }
    }

    /// A keep-alive sent after `interval` of silence was answered: the path bears that.
    package mutating func answered() {
        switch self.state {
        case .fixed: break
        case .directPush(var heartbeat):
            self.interval = heartbeat.answered(self.interval, by: self.profile)
            self.state = .directPush(heartbeat)
        case .staged(var growth):
            self.interval = growth.answered(self.interval, by: self.profile)
            self.state = .staged(growth)
        }
    }

    /// No answer came, and nothing explains it: something on the path gave up within `interval`.
    package mutating func unanswered() {
        switch self.state {
        case .fixed: break
        case .directPush(var heartbeat):
            self.interval = heartbeat.unanswered(self.interval, by: self.profile)
            self.state = .directPush(heartbeat)
        case .staged(var growth):
            self.interval = growth.unanswered(self.interval, by: self.profile)
            self.state = .staged(growth)
        }
    }

    /// The interval as the courier's message has it: whole minutes, at least one.
    package var minutes: Int { max(1, Int(self.interval.components.seconds / 60)) }
}
