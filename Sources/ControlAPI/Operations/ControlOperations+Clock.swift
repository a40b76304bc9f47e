import PushServer
package import PushTransport
package import PushVocabulary

extension ControlOperations {
    /// Stops the clock where it stands, or at a later instant, without calling what is due on the way in order; use
    /// `advanceClock` for that.
    package func advanceClock(to instant: Instant) async throws -> [ProductTimers.Fired] {
        let clock = self.server.clock
        guard instant >= clock.now else {
            throw ControlError(
                .wrongState,
                "the clock shows \(clock.now) and cannot go back to \(instant)",
                hint: "Time only moves forward."
            )
        }
        let fired = await clock.advance(to: instant, keepers: [self.server, self.fleet])
        self.server.noteClock()
        try await self.perform { _ in }
        return fired
    }

    /// Stops the clock (`manual`) or lets it run again (`real`), from where it stands.
    ///
    /// - Throws: `ControlError` when that cannot be kept.
    package func setClock(_ mode: ProductClock.Mode) async throws {
        switch mode {
        case .manual: self.server.clock.freeze(at: self.server.clock.now)
        case .real: self.server.clock.follow()
        }
        self.server.noteClock()
        try await self.perform { _ in }
    }
}
