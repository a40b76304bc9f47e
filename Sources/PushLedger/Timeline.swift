package import PushBroker
package import PushVocabulary

/// One step in a notification's life.
package struct TimelineEntry: Hashable, Sendable {
    /// Product time.
    package let at: Instant
    package let event: TimelineEvent

    package init(at: Instant, event: TimelineEvent) {
        self.at = at
        self.event = event
    }
}

package enum TimelineEvent: Hashable, Sendable {
    case verdict(Verdict)
    case fate(Fate)

    /// The stable name: a verdict's or fate's own, except that what is in flight was `sent`.
    package var name: String {
        switch self {
        case .verdict(let verdict): verdict.kind.rawValue
        case .fate(.inFlight): "sent"
        case .fate(let fate): fate.kind.rawValue
        }
    }

    package var reason: Reason? {
        switch self {
        case .verdict(let verdict): verdict.reason
        case .fate(let fate): fate.reason
        }
    }

    package var explanation: String {
        switch self {
        case .verdict(let verdict): verdict.explanation
        case .fate(let fate): fate.explanation
        }
    }
}
