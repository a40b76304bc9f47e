/// Tells the wish to stop from impatience. Package runners deliver one Ctrl-C twice, so what comes right after the
/// first signal is the same wish; what comes later means: at once.
package struct StopWish: Hashable, Sendable {
    package enum Meaning: Hashable, Sendable {
        /// The first: stop in good order.
        case stop
        /// The same wish, delivered twice.
        case echo
        /// Stop at once.
        case insist
    }

    /// How long the same wish may take to be delivered once more.
    package static let echoWindow: Duration = .milliseconds(300)

    private var first: ContinuousClock.Instant?

    package init() {}

    /// - Parameter now: when the signal came.
    package mutating func heard(at now: ContinuousClock.Instant) -> Meaning {
        guard let first else {
            self.first = now
            return .stop
        }
        return now - first < Self.echoWindow ? .echo : .insist
    }
}
