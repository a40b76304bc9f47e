import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The only source of product time: expiry, feedback stamps, the ledger, keep-alive rules, fault delays.
///
/// It follows the system's clock until it is told to stand still or to jump. Transport time (TLS and protective
/// timeouts) never comes from here, so a jump of a week cuts no connection by itself.
package final class ProductClock: Sendable {
    package enum Mode: String, Sendable, Codable, CaseIterable {
        case real
        case manual
    }

    /// What it shows, apart from the passing of real time.
    package enum Position: Hashable, Sendable {
        /// The system's clock, ahead by so much where it was moved before.
        case following(ahead: Duration)
        case frozen(Instant)
    }

    private struct State {
        var reading: Position
        var observers: [@Sendable () -> Void] = []
    }

    private let state: Mutex<State>

    /// - Parameter start: where a manual clock stands first; `nil` is the system's present.
    package init(_ mode: Mode = .real, start: Instant? = nil) {
        let reading: Position =
            switch mode {
            case .real: .following(ahead: .zero)
            case .manual: .frozen(start ?? Self.systemNow())
            }
        self.state = Mutex(State(reading: reading))
    }

    /// A clock that goes on, running or standing, from where another was left.
    package convenience init(_ mode: Mode, from position: Position) {
        switch (mode, position) {
        case (.real, .following(let ahead)):
            self.init(.real)
            self.state.withLock { $0.reading = .following(ahead: ahead) }
        case (.manual, .frozen(let instant)): self.init(.manual, start: instant)
        case (.manual, .following(let ahead)): self.init(.manual, start: Self.systemNow() + ahead)
        case (.real, .frozen(let instant)):
            self.init(.manual, start: instant)
            self.follow()
        }
    }

    package var position: Position { self.state.withLock { $0.reading } }

    package var mode: Mode {
        self.state.withLock { if case .following = $0.reading { .real } else { .manual } }
    }

    package var now: Instant {
        self.state.withLock { state in
            switch state.reading {
            case .following(let ahead): Self.systemNow() + ahead
            case .frozen(let instant): instant
            }
        }
    }

    /// Stops the clock at `instant`, or moves a stopped one there. Time never runs backwards: an earlier instant
    /// leaves it where it is.
    package func freeze(at instant: Instant) {
        let observers = self.state.withLock { state in
            if case .frozen(let current) = state.reading, current >= instant { return [@Sendable () -> Void]() }
            state.reading = .frozen(instant)
            return state.observers
        }
        for observer in observers { observer() }
    }

    /// Lets a stopped clock run again, from where it stands: where that is behind the system's clock, from the
    /// present.
    package func follow() {
        let observers = self.state.withLock { state in
            guard case .frozen(let instant) = state.reading else { return [@Sendable () -> Void]() }
            state.reading = .following(ahead: max(.zero, Self.systemNow().duration(to: instant)))
            return state.observers
        }
        for observer in observers { observer() }
    }

    /// Calls `observer` after each change of the clock that the passing of real time does not explain.
    package func onChange(_ observer: @escaping @Sendable () -> Void) {
        self.state.withLock { $0.observers.append(observer) }
    }

    /// The wall clock, whatever this clock shows.
    package static func systemNow() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanosecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
