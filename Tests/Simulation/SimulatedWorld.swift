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

    static let phoneCount = 4
    static let topics = [Topic("com.example.one"), Topic("com.example.two")]
    /// At one moment. The service has a handful of connections, and each is owed a handful.
    private static let maximumCalls = 1_000
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
        for number in 0..<Self.phoneCount {
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
                observeArrival: { [unowned self] in self.judge.service(learned: $1, from: $0, in: self) },
                observeSent: { [unowned self] in self.judge.service(sent: $2, to: $0, on: $1) },
                complain: { [unowned self] in self.judge.complain($0) }
            )
        )
    }

    // MARK: - Running

    /// - Parameter interval: steps from one look through everything to the next.
    /// - Returns: the first thing that was wrong, and when.
    func live(_ plan: SimulationPlan, interval: Int = 16) throws -> String? {
        for (number, step) in plan.steps.enumerated() {
            try self.take(step)
            self.judge.look(at: self)
            if (number + 1) % interval == 0 { self.judge.lookThrough(self) }
            if let problem = self.judge.problem { return "step \(number), \(step): \(problem)" }
        }
        try self.finish()
        return self.judge.problem.map { "in the end: \($0)" }
    }

    /// All that the ledger says of every notification.
    var story: String {
        self.host.ledger.notifications(limit: .max).items
            .map { entry in
                let steps = entry.timeline.map { "\($0.at.nanosecondsSinceEpoch) \($0.event)" }
                return "\(entry.id) \(entry.connection) \(steps.joined(separator: ", "))"
            }
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
        for phone in self.phones {
            phone.disconnect()
            phone.endFormerWires()
        }
        for provider in self.providers { try provider.cut() }
        self.judge.lookAtWhatIsLeft(self)
        try self.take(.advance(seconds: 60 * 86_400))
        self.judge.lookThrough(self)
        self.judge.lookAtTheEnd(self)
    }

    // MARK: - Steps

    /// Nothing more happens once something was wrong: a service that is owed a call for ever would never come back.
    private func take(_ step: SimulationStep) throws {
        guard self.judge.problem == nil else { return }
        try self.carryOut(step)
        if self.judge.problem == nil { self.loop.run() }
    }

    private func carryOut(_ step: SimulationStep) throws {
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
        default: self.carryOutAtPhone(step)
        }
    }

    private func carryOutAtPhone(_ step: SimulationStep) {
        switch step {
        case .stallPhone(let number): self.phone(number).wire?.isStalled = true
        case .releasePhone(let number): self.phone(number).wire?.isStalled = false
        case .connectPhone(let number): self.phone(number).connect()
        case .disconnectPhone(let number): self.phone(number).disconnect()
        case .rebootPhone(let number): self.phone(number).reboot()
        case .install(let number, let topic): self.phone(number).install(Self.topics[topic])
        case .uninstall(let number, let topic): self.phone(number).uninstall(Self.topics[topic])
        case .uninstallAll(let number): for topic in Self.topics { self.phone(number).uninstall(topic) }
        case .launch(let number, let topic): self.phone(number).launch(Self.topics[topic])
        case .sort(let number, let topic, let sorting): self.phone(number).sort(Self.topics[topic], as: sorting)
        case .allow(let number, let topic, let isAllowed):
            self.phone(number).allow(Self.topics[topic], isAllowed ? .granted : .denied)
        default: break
        }
    }

    /// What a payload carries, to be known by wherever it turns up.
    static func number(in payload: some Sequence<UInt8>) -> Int? {
        var number: Int?
        for byte in payload where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }

    func push(number: Int) -> Push? { self.pushes.indices.contains(number) ? self.pushes[number] : nil }

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
            guard self.makeCalls() else { return }
            self.loop.run()
            for phone in self.phones {
                if let deadline = phone.machine.nextDeadline, deadline <= self.clock.now { phone.timePassed() }
            }
            self.judge.look(at: self)
        }
        self.clock.freeze(at: target)
        self.loop.advanceTime(by: .seconds(Int64(seconds)))
    }

    /// Makes the calls that are due by the service's timers.
    ///
    /// - Returns: whether they came to an end.
    private func makeCalls() -> Bool {
        for _ in 0..<Self.maximumCalls where !self.host.timers.makeNextCall() { return true }
        self.judge.complain("at \(self.clock.now) a call is due again whenever it has been made")
        return false
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
