import APNSWire
import MockDevice
import NIOCore
import NIOEmbedded
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport

/// The whole service with four phones and three providers, in one thread: the real broker, ledger, sessions, handlers
/// and device machines, on a network and a clock that a plan moves. Only TLS and sockets are missing.
final class SimulatedWorld {
    /// A notification as its provider meant it.
    struct Push {
        let number: Int
        let provider: Int
        let phone: Int
        let expiry: UInt32?
    }

    static let topics = [Topic("com.example.one"), Topic("com.example.two")]
    private static let start = Instant(unixSeconds: 1_400_000_000)
    /// Keys take their time: one set for all worlds.
    private static let certificates: [Certificate] = {
        let identities = TestIdentities.shared
        do {
            return [
                try identities.provider(topics[0]).certificate, try identities.provider(topics[1]).certificate,
                try identities.provider(topics[0], kind: .production).certificate,
            ]
        } catch {
            fatalError("the certificates cannot be made: \(error)")
        }
    }()

    let clock = ProductClock(.manual, start: SimulatedWorld.start)
    private let loop = EmbeddedEventLoop()
    let host: BrokerHost
    private(set) var phones: [SimulatedPhone] = []
    private(set) var providers: [SimulatedProvider] = []
    /// By phone, then by topic.
    private(set) var tokens: [[DeviceToken]] = []
    private(set) var pushes: [Push] = []
    private var judge = SimulationJudge()
    private var faultCount = 0

    init(seed: UInt64) throws {
        self.host = BrokerHost(eventLoop: self.loop, clock: self.clock, seed: seed)
        let courier = MemoryCourier(host: self.host, options: CourierOptions(credentials: .accept))
        for number in 0..<4 {
            let environment: Environment = number == 3 ? .production : .sandbox
            try self.addPhone("phone-\(number)", environment, courier: courier)
        }
        for (number, certificate) in Self.certificates.enumerated() {
            self.providers.append(
                SimulatedProvider(
                    topic: Self.topics[number % 2],
                    environment: number == 2 ? .production : .sandbox,
                    certificate: certificate,
                    host: self.host,
                    loop: self.loop
                )
            )
        }
        for phone in self.phones { phone.connect() }
    }

    private func addPhone(_ name: String, _ environment: Environment, courier: MemoryCourier) throws {
        let apps = Self.topics.map { DeviceProvision.App(topic: $0) }
        let baseToken = try self.host.provision(
            DeviceProvision(name: name, environment: environment, apps: apps)
        )
        let device = self.host.broker.device(named: name)
        let tokens = device.flatMap { self.host.broker.view(of: $0) }?.apps.map(\.token) ?? []
        self.tokens.append(tokens)
        let known = zip(Self.topics, tokens).map { DeviceMachine.App(topic: $0, token: $1) }
        self.phones.append(
            SimulatedPhone(
                name: name,
                environment: environment,
                machine: DeviceMachine(apps: known, baseToken: baseToken),
                clock: self.clock,
                courier: courier,
                observe: { [unowned self] in self.judge.phone($0, received: $1, in: self) },
                complain: { [unowned self] in self.judge.complain($0) }
            )
        )
    }

    // MARK: - Running

    /// - Returns: the first thing that was wrong, and what became of everything.
    static func run(_ plan: SimulationPlan) throws -> (problem: String?, story: String) {
        let world = try SimulatedWorld(seed: plan.seed)
        for (number, step) in plan.steps.enumerated() {
            try world.take(step)
            world.judge.look(at: world)
            if number % 16 == 15 { world.judge.lookThrough(world) }
            if let problem = world.judge.problem { return ("step \(number), \(step): \(problem)", world.story) }
        }
        try world.finish()
        return (world.judge.problem.map { "in the end: \($0)" }, world.story)
    }

    private var story: String {
        self.host.ledger.notifications(limit: .max).items
            .map { "\($0.id) \($0.verdict) \($0.fate.map { "\($0)" } ?? "-") \($0.timeline.count)" }
            .joined(separator: "\n")
    }

    /// Everything comes to an end: what can be delivered is, and the rest expires.
    private func finish() throws {
        _ = self.host.resetFaults(of: nil)
        for phone in self.phones {
            phone.wire?.isStalled = false
            phone.connect()
        }
        for _ in 0..<12 {
            try self.take(.carryEverything)
            try self.take(.advance(seconds: 31))
        }
        try self.take(.carryEverything)
        for phone in self.phones { phone.disconnect() }
        for provider in self.providers { try provider.cut() }
        try self.take(.advance(seconds: 60 * 86_400))
        self.judge.lookThrough(self)
        self.judge.lookAtTheEnd(self)
    }

    // MARK: - Steps

    private func take(_ step: SimulationStep) throws {
        switch step {
        case .push(let provider, let phone, let command, let expiry): try self.push(provider, phone, command, expiry)
        case .badPush(let provider, let isShort): try self.pushBadly(provider, isShort)
        case .carryFromProvider(let number, let bytes): try self.carryFromProvider(number, bytes)
        case .carryToProvider(let number, _): try self.provider(number).carryFromGateway()
        case .carryFromPhone(let number, let bytes): self.phone(number).carryToService(bytes)
        case .carryToPhone(let number, let bytes): self.phone(number).carryToPhone(bytes)
        case .carryEverything: try self.carryEverything()
        case .cutProvider(let number): try self.provider(number).cut()
        case .cutPhone(let number): self.phone(number).cut()
        case .advance(let seconds): self.advance(seconds)
        case .readFeedback(let number): self.readFeedback(self.provider(number))
        case .loseNext(let topic): self.putFault(.lose, topic)
        case .closeNext(let topic): self.putFault(.silentClose, topic)
        default: self.takeAtPhone(step)
        }
        self.loop.run()
    }

    private func takeAtPhone(_ step: SimulationStep) {
        switch step {
        case .stallPhone(let number): self.phone(number).wire?.isStalled = true
        case .releasePhone(let number): self.phone(number).wire?.isStalled = false
        case .connectPhone(let number): self.phone(number).connect()
        case .disconnectPhone(let number): self.phone(number).disconnect()
        case .rebootPhone(let number): self.phone(number).reboot()
        case .install(let number, let topic): self.phone(number).install(Self.topics[topic])
        case .uninstall(let number, let topic): self.phone(number).uninstall(Self.topics[topic])
        default: break
        }
    }

    func phone(_ number: Int) -> SimulatedPhone { self.phones[number % self.phones.count] }
    func provider(_ number: Int) -> SimulatedProvider { self.providers[number % self.providers.count] }

    private func push(_ provider: Int, _ phone: Int, _ command: UInt8, _ expiry: SimulationStep.Expiry) throws {
        let (provider, phone) = (provider % self.providers.count, phone % self.phones.count)
        let now = UInt32(self.clock.now.unixSeconds)
        let written: UInt32? =
            switch expiry {
            case .none: command == 1 ? 0 : nil
            case .zero: 0
            case .past: now - 10
            case .seconds(let seconds): now + seconds
            }
        let number = self.pushes.count
        let expires = command == 0 ? nil : written
        self.pushes.append(Push(number: number, provider: provider, phone: phone, expiry: expires))
        let topic = Self.topics.firstIndex(of: self.providers[provider].topic) ?? 0
        try self.providers[provider].send(
            OutgoingNotification(
                format: command == 0 ? .simple : command == 1 ? .enhanced : .usualItems,
                token: self.tokens[phone][topic].bytes,
                payload: Array(#"{"aps":{"alert":"\#(number)"}}"#.utf8),
                identifier: UInt32(number),
                expiry: written,
                priority: 10
            ),
            number: number
        )
    }

    private func pushBadly(_ number: Int, _ isShort: Bool) throws {
        let token = Array(repeating: 1 as UInt8, count: isShort ? 31 : 32)
        try self.provider(number).send(
            OutgoingNotification(token: token, payload: Array("{}".utf8), identifier: .max),
            number: -1
        )
    }

    private func carryFromProvider(_ number: Int, _ bytes: Int) throws {
        try self.provider(number).carryToGateway(bytes)
        self.judge.look(at: self)
    }

    private func carryEverything() throws {
        for _ in 0..<4 {
            for number in self.providers.indices {
                try self.carryFromProvider(number, 1 << 20)
                try self.providers[number].carryFromGateway()
            }
            for phone in self.phones {
                phone.carryToService(1 << 20)
                self.judge.look(at: self)
                phone.carryToPhone(1 << 20)
            }
        }
    }

    /// From one thing that is due to the next, as time does.
    private func advance(_ seconds: Int) {
        let target = self.clock.now + .seconds(seconds)
        while let due = self.nextDue, due <= target {
            self.clock.freeze(at: max(due, self.clock.now))
            self.loop.run()
            // A call that is due at once is not owed to a change of the clock.
            self.host.timers.wake()
            for phone in self.phones {
                if let deadline = phone.machine.nextDeadline, deadline <= self.clock.now { phone.timePassed() }
            }
            self.judge.look(at: self)
        }
        self.clock.freeze(at: target)
        self.loop.advanceTime(by: .seconds(Int64(seconds)))
    }

    private var nextDue: Instant? {
        (self.phones.compactMap(\.machine.nextDeadline) + [self.host.timers.nextDue].compactMap { $0 }).min()
    }

    private func putFault(_ action: FaultAction, _ topic: Int) {
        self.faultCount += 1
        var match = FaultMatch(stage: .frame)
        match.topic = Self.topics[topic % Self.topics.count]
        self.host.putFault(
            FaultRule(id: "rule-\(self.faultCount)", match: match, trigger: FaultTrigger(times: 1), action: action)
        )
    }

    private func readFeedback(_ provider: SimulatedProvider) {
        let context = provider.context
        let entries = self.host.feedback(for: context)
        self.judge.feedbackRead(entries, by: provider)
        self.host.feedbackWasRead(entries, topics: [provider.topic], by: context)
    }
}
