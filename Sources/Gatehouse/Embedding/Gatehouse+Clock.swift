import ControlAPI
import PushTransport
import PushVocabulary

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The clock by which the service lives: expiry, feedback stamps, keep-alive, delays of faults.
extension Gatehouse {
    /// What it shows.
    public var now: Date { Date(self.operations.clock.now) }

    /// Stops it where it stands, if it runs, and moves it on through everything that is due on the way, in order.
    ///
    /// - Returns: what was done on the way, such as `expiry`, when all of it is.
    @discardableResult
    public func advanceClock(by step: Duration) async throws(GatehouseError) -> [String] {
        guard step >= .zero else { throw GatehouseError(.usage, "Time only moves forward, not by \(step).") }
        return try await self.advanceClock(to: self.operations.clock.now + step)
    }

    /// The same, to a point in time.
    @discardableResult
    public func advanceClock(to date: Date) async throws(GatehouseError) -> [String] {
        try await self.advanceClock(to: Instant(date))
    }

    private func advanceClock(to instant: Instant) async throws(GatehouseError) -> [String] {
        try await self.asking { try await self.operations.advanceClock(to: instant).map(\.purpose) }
    }

    /// Stops it where it stands.
    public func stopClock() async throws(GatehouseError) {
        try await self.asking { try await self.operations.setClock(.manual) }
    }

    /// Lets it run again, from where it stands.
    public func startClock() async throws(GatehouseError) {
        try await self.asking { try await self.operations.setClock(.real) }
    }
}

extension GatehouseConfiguration {
    /// Where a manual clock stands first; `nil`: at the present. Setting it makes the clock a manual one.
    public var clockStartDate: Date? {
        get { self.clockStart.map { Date($0) } }
        set { self.clockStart = newValue.map { Instant($0) } }
    }
}

extension Date {
    fileprivate init(_ instant: Instant) {
        self.init(timeIntervalSince1970: Double(instant.nanosecondsSinceEpoch) / 1_000_000_000)
    }
}

extension Instant {
    /// To the millisecond: a date is a floating-point number.
    fileprivate init(_ date: Date) {
        self.init(nanosecondsSinceEpoch: Int64((date.timeIntervalSince1970 * 1_000).rounded()) * 1_000_000)
    }
}
