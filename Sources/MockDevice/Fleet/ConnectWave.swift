import PushTransport
import PushVocabulary

/// Gives devices their turn one after the other, at a rate of product time. Confined to its event loop.
final class ConnectWave {
    private let timers: ProductTimers
    private let start: Instant
    /// Devices a second; `nil`: all at once.
    private let rate: Double?
    private let names: [String]
    private let turn: (String) -> Void
    private var next = 0
    private var timer: ProductTimers.ID?

    /// - Parameter turn: called with each name. What it calls may not end the wave.
    init(
        _ names: [String],
        rate: Double?,
        from start: Instant,
        timers: ProductTimers,
        _ turn: @escaping (String) -> Void
    ) {
        self.names = names
        self.rate = rate
        self.start = start
        self.timers = timers
        self.turn = turn
    }

    /// Whose turn has not come.
    var waiting: ArraySlice<String> { self.names[self.next...] }

    /// Calls whose turn has come by `now`, and owes the next call.
    func run(at now: Instant) {
        while self.next < self.names.count, self.due(self.next) <= now {
            self.next += 1
            self.turn(self.names[self.next - 1])
        }
        guard self.next < self.names.count else { return }
        let due = self.due(self.next)
        self.timer = self.timers.schedule(at: due, for: "fleet") { [weak self] in
            self?.timer = nil
            self?.run(at: due)
        }
    }

    func end() {
        self.next = self.names.count
        if let timer { self.timers.cancel(timer) }
        self.timer = nil
    }

    private func due(_ position: Int) -> Instant {
        guard let rate else { return self.start }
        return self.start + .nanoseconds(Int64(Double(position) * 1_000_000_000 / rate))
    }
}
