import APNSWire
import MockDevice
import PushVocabulary

/// A phone's day behind an operator that silently forgets a connection after some idle time: no sign of it comes to
/// either end, and only a keep-alive without an answer brings it to light.
struct KeepAliveDay {
    static let length: Duration = .seconds(24 * 3_600)

    /// The interval, whenever a keep-alive was sent or the connection made anew.
    private(set) var intervals: [(at: Duration, interval: Duration)] = []
    /// From the operator's cut to the next connection.
    private(set) var outages: [(from: Duration, to: Duration)] = []

    private let start = Instant(unixSeconds: 1_400_000_000)
    private let cutOff: Duration
    private var machine: DeviceMachine
    private var lastTraffic: Instant
    private var now: Instant

    init(_ profile: KeepAliveProfile, cutOff: Duration) {
        self.cutOff = cutOff
        self.now = self.start
        self.lastTraffic = self.start
        self.machine = DeviceMachine(
            apps: [DeviceMachine.App(topic: "com.example.app", token: DeviceMachineTests.token(1))],
            baseToken: DeviceMachineTests.base,
            keepAlive: KeepAlive(profile)
        )
        self.carryOut(self.machine.connect())
        while self.now < self.start + Self.length || !self.isQuiet, let due = self.machine.nextDeadline {
            self.now = due
            self.carryOut(self.machine.timePassed(at: due))
        }
    }

    /// Online, with no answer owed.
    private var isQuiet: Bool {
        if case .online(_, nil) = self.machine.phase { true } else { false }
    }

    private mutating func carryOut(_ orders: [DeviceMachine.Order]) {
        for order in orders {
            switch order {
            case .open: self.carryOut(self.machine.opened())
            case .present:
                self.lastTraffic = self.now
                self.carryOut(self.machine.received(DeviceMachineTests.accepted(), at: self.now))
                self.note()
            case .send(.keepAlive): self.keepAlive()
            case .close: self.carryOut(self.machine.closed(reason: "no answer", at: self.now))
            case .send, .report: break
            }
        }
    }

    private mutating func keepAlive() {
        self.note()
        let silence = self.lastTraffic.duration(to: self.now)
        guard silence >= self.cutOff else {
            self.lastTraffic = self.now
            return self.carryOut(self.machine.received(.keepAliveResponse(status: nil), at: self.now))
        }
        let cut = self.lastTraffic + self.cutOff
        // The connection is made anew a second after the answer was given up.
        let back = self.now + DeviceMachine.keepAliveTimeout + .seconds(1)
        self.outages.append((self.start.duration(to: cut), self.start.duration(to: back)))
    }

    private mutating func note() {
        self.intervals.append((self.start.duration(to: self.now), self.machine.keepAlive.interval))
    }

    // MARK: - What it amounts to

    /// Where the interval is at the end of the day.
    var settled: Duration { self.machine.keepAlive.interval }

    /// By how much pushes are late, were one sent at every minute of the day.
    var lateness: [Duration] {
        (0..<1_440).compactMap { minute in
            let sent = Duration.seconds(60 * minute)
            return self.outages.first { $0.from <= sent && sent < $0.to }.map { $0.to - sent }
        }
    }
}
