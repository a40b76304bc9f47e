import APNSWire
import NIOCore
import PushIdentity
import PushTransport
import PushVocabulary

/// A phone: one `DeviceMachine`, its connection, its timer. Confined to its event loop.
final class MockDevice {
    let name: String
    let environment: Environment
    private(set) var machine: DeviceMachine

    private let path: DevicePath
    private let issuer: DeviceIssuer
    private let clock: ProductClock
    private let timers: ProductTimers
    private let observe: (DeviceEvent) -> Void
    private var random: SeededGenerator
    /// The host a phone would dial, one of fifty; in TLS it asks for the name without the number.
    private var courierName = ""
    private var timer: (due: Instant, id: ProductTimers.ID)?
    /// The present one: what an earlier one reports is old news.
    private var connection: DeviceConnection?
    /// Made when it is first needed: of a large fleet, many stay away.
    private lazy var credentials = DeviceCredentialsIssue(name: self.name, issuer: self.issuer)
    private var registrationWaits: [EventLoopPromise<Void>] = []
    var reconnectJitter: Duration

    init(
        _ configuration: MockDeviceConfiguration,
        dialer: any CourierDialer,
        issuer: DeviceIssuer,
        clock: ProductClock,
        timers: ProductTimers,
        seed: UInt64,
        observe: @escaping (DeviceEvent) -> Void
    ) {
        self.name = configuration.name
        self.environment = configuration.environment
        self.machine = DeviceMachine(
            apps: configuration.apps.map { DeviceMachine.App(topic: $0.topic, token: $0.token, setup: $0.setup) },
            baseToken: configuration.baseToken,
            keepAlive: KeepAlive(configuration.keepAlive)
        )
        self.path = DevicePath(
            configuration.network,
            to: configuration.environment,
            dialer: dialer,
            clock: clock,
            seed: seed ^ 0x9A7E
        )
        self.issuer = issuer
        self.clock = clock
        self.timers = timers
        self.random = SeededGenerator(seed: seed)
        self.reconnectJitter = configuration.reconnectJitter
        self.observe = observe
        self.path.deadlineMayHaveChanged = { [weak self] in self?.setTimer() }
        self.setTimer()
    }

    var network: NetworkPath { self.path.network }

    /// Is to come back at a time that stands still until somebody moves the clock.
    var waitsForTheClock: Bool {
        guard case .waiting(let until) = self.machine.phase, self.clock.mode == .manual else { return false }
        return until > self.clock.now
    }

    /// Waits for the courier, and for nothing that takes product time.
    var isBusy: Bool { self.machine.isBusy && self.network.passesAtOnce }

    // MARK: - What the user does

    func connect() { self.carryOut(self.machine.connect()) }
    func disconnect() {
        self.carryOut(self.machine.disconnect())
        let waits = self.registrationWaits
        self.registrationWaits = []
        for wait in waits { wait.fail(DeviceFleetError.timedOut(self.name)) }
    }
    /// Has the machine decide something, and carries it out.
    func change(_ decide: DeviceMachine.Decision) {
        self.carryOut(decide(&self.machine, self.clock.now))
    }

    /// Puts another network in place, with what is connected.
    func change(to network: NetworkProfile) {
        self.path.change(to: network)
        self.endWaits()
    }

    /// Gives it a network that is there, whatever was before, and has it connect at once.
    func wakeUp(on network: NetworkProfile) {
        self.path.revive(as: network)
        self.carryOut(self.machine.wakeUp())
    }

    /// Cuts its connection as a network does that starts anew; it comes back by itself.
    ///
    /// - Parameter jitter: how much longer it may wait with that, by chance.
    func cut(jitter: Duration) {
        let usual = self.reconnectJitter
        self.reconnectJitter = jitter
        self.path.cut()
        self.reconnectJitter = usual
    }

    /// Hangs up for good, and lets go of everything the network still holds of it.
    func end() {
        self.disconnect()
        self.path.close()
        if let timer { self.timers.cancel(timer.id) }
        self.timer = nil
    }

    /// Succeeds `promise` once the device is online and every app has its token, or when its network, or a clock that
    /// stands still, keeps it from that: an app learns nothing then, and waits (TN2265).
    func whenRegistered(_ promise: EventLoopPromise<Void>) {
        self.registrationWaits.append(promise)
        self.endWaits()
    }

    private func endWaits() {
        guard !self.registrationWaits.isEmpty, self.machine.isRegistered || !self.canRegister else { return }
        let waits = self.registrationWaits
        self.registrationWaits = []
        for wait in waits { wait.succeed() }
    }

    private var canRegister: Bool {
        if self.waitsForTheClock { return false }
        if self.network.passesAtOnce { return true }
        // Where the clock runs by itself, what is slow gets through.
        guard self.clock.mode == .real, case .up = self.network.state else { return false }
        return true
    }

    // MARK: - Orders

    private func carryOut(_ orders: [DeviceMachine.Order]) {
        for order in orders { self.carryOut(order) }
        self.finish()
    }

    /// Ends a batch: what was written leaves as one.
    private func finish() {
        self.connection?.flush()
        self.setTimer()
        self.endWaits()
    }

    private func carryOut(_ order: DeviceMachine.Order) {
        switch order {
        case .open: self.open()
        case .present(let baseToken): self.present(baseToken)
        case .send(let message): self.connection?.write(message)
        case .close: self.connection?.close()
        case .report(.connected): self.report(.connected(courier: self.courierName))
        case .report(let kind): self.report(kind)
        }
    }

    private func report(_ kind: DeviceEvent.Kind) {
        self.observe(DeviceEvent(device: self.name, at: self.clock.now, kind: kind))
    }

    private func open() {
        self.courierName = "\(Int.random(in: 1...50, using: &self.random))-\(self.environment.courierHostName)"
        self.report(.connecting(courier: self.courierName))
        let connection = DeviceConnection(device: self, path: self.path)
        self.connection = connection
        connection.dial()
    }

    private func present(_ baseToken: DeviceToken?) {
        var connect = CourierConnect(baseToken: baseToken)
        let bearer = self.network.bearer
        connect.interface = bearer == .cellular ? 0 : 1
        connect.carrier = bearer == .cellular ? "31038" : "WiFi"
        connect.systemVersion = "8.4"
        connect.systemBuild = "12H143"
        connect.hardware = "iPhone7,2"
        connect.protocolVersion = 11
        connect.redirectCount = 0
        connect.credentials = self.credentials.current(random: &self.random)
        self.connection?.write(.connect(connect))
    }

    private func setTimer() {
        let (own, network) = (self.machine.nextDeadline, self.network.nextDeadline)
        let deadline = own.map { own in network.map { min(own, $0) } ?? own } ?? network
        guard self.timer?.due != deadline else { return }
        if let timer { self.timers.cancel(timer.id) }
        self.timer = deadline.map { due in
            let id = self.timers.schedule(at: due, for: "device \(self.name)") { [weak self] in
                guard let self else { return }
                self.timer = nil
                self.path.timePassed()
                self.carryOut(self.machine.timePassed(at: self.clock.now))
            }
            return (due, id)
        }
    }

    // MARK: - From the connection

    func opened(_ connection: DeviceConnection) {
        guard connection === self.connection else { return }
        self.carryOut(self.machine.opened())
    }

    func received(_ messages: [CourierMessage], on connection: DeviceConnection) {
        guard connection === self.connection else { return }
        let now = self.clock.now
        for message in messages {
            for order in self.machine.received(message, at: now) { self.carryOut(order) }
        }
        self.finish()
    }

    func lost(_ connection: DeviceConnection, reason: String, isExplained: Bool) {
        guard connection === self.connection else { return }
        self.connection = nil
        let longest = self.reconnectJitter.wholeNanoseconds
        // Without jitter nothing is drawn, so that what else is drawn stays as it was.
        let jitter = longest > 0 ? Int64.random(in: 0...longest, using: &self.random) : 0
        self.carryOut(
            self.machine.closed(
                reason: reason,
                isExplained: isExplained,
                jitter: .nanoseconds(jitter),
                at: self.clock.now
            )
        )
    }
}
