import APNSWire
import MockDevice
import PushIdentity
import PushTestSupport
import PushVocabulary
import Testing

/// Registering as an app sees it: callbacks, entitlement, permission, restore (TN2265).
struct RegistrationTests {
    private typealias Machine = DeviceMachineTests

    private static let mail = Machine.mail
    private static let chat = Machine.chat
    private static let start = Machine.start
    private static let day: Duration = .seconds(24 * 3_600)

    private var machine = DeviceMachine(apps: [], baseToken: nil)

    // MARK: - Scene

    private func app(_ topic: Topic = mail) throws -> InstalledApp {
        try #require(self.machine.installedApps(in: .sandbox).first { $0.topic == topic })
    }

    /// The connection stands, and the courier answers every request for a token.
    private mutating func comeOnline(at now: Instant = start, baseToken: DeviceToken = Machine.base) {
        _ = self.machine.connect()
        _ = self.machine.opened()
        self.answerRequests(in: self.machine.received(Machine.accepted(baseToken), at: now), at: now)
    }

    private mutating func answerRequests(in orders: [DeviceMachine.Order], at now: Instant = start) {
        for case .send(.appTokenRequest(let request)) in orders {
            let app = self.machine.apps.first { $0.hash == request.topic }
            guard let topic = app?.topic else { continue }
            _ = self.machine.received(Machine.response(topic, self.token(of: topic)), at: now)
        }
    }

    /// What the courier gives an app: another one with every base token.
    private func token(of topic: Topic) -> DeviceToken {
        let base = self.machine.baseToken?.bytes.first ?? 0
        return Machine.token(base ^ (topic == Self.mail ? 1 : 2))
    }

    private func filter(in orders: [DeviceMachine.Order]) -> CourierFilter? {
        for case .send(.filter(let filter)) in orders { return filter }
        return nil
    }

    // MARK: - Callbacks

    @Test(.seed("004-30"))
    mutating func `while there is no connection an app has neither callback, and then it has the one`() throws {
        _ = self.machine.install(Self.mail, at: Self.start)
        #expect(try self.app().registration == .pending, "offline")
        _ = self.machine.connect()
        for attempt in 1...3 {
            _ = self.machine.closed(reason: "airplane mode", at: Self.start + .seconds(attempt * 60))
            #expect(try self.app().registration == .pending, "attempt \(attempt)")
        }
        self.comeOnline()
        #expect(try self.app().registration == .registered(self.token(of: Self.mail)))
    }

    @Test(.seed("004-31"), arguments: [Entitlement.missing, .invalid("Development"), .invalid("")])
    mutating func `without a valid entitlement registering fails, and makes no connection`(
        _ entitlement: Entitlement
    ) throws {
        _ = self.machine.connect()
        let orders = self.machine.install(Self.mail, as: AppSetup(entitlement: entitlement), at: Self.start)
        let reason = try #require(entitlement.defect)
        #expect(orders == [.report(.registrationFailed(Self.mail, reason: reason))])
        #expect(reason.contains("aps-environment"))
        #expect(try self.app().registration == .failed(reason))
        #expect(self.machine.phase == .away && !self.machine.isToBeOnline)
    }

    @Test(
        .seed("004-31"),
        arguments: [("development", Environment.sandbox), ("production", .production), ("missing", nil), ("x", nil)]
    )
    func `the entitlement's value picks the environment`(_ text: String, _ environment: Environment?) {
        #expect(Entitlement(text).environment == environment)
        #expect(Entitlement(text).text == text)
    }

    @Test(.seed("004-29"))
    mutating func `the first push-capable app opens the connection, others share it, the last one ends it`() {
        _ = self.machine.connect()
        let stranger: Topic = "com.example.stranger"
        _ = self.machine.install(stranger, as: AppSetup(entitlement: .missing), at: Self.start)
        #expect(self.machine.install(Self.mail, at: Self.start) == [.open])
        self.comeOnline()
        let orders = self.machine.install(Self.chat, at: Self.start)
        #expect(!orders.contains(.open) && self.filter(in: orders)?.enabled == [Self.mail.hash, Self.chat.hash])
        _ = self.machine.uninstall(Self.mail, at: Self.start)
        #expect(self.machine.isOnline)
        #expect(self.machine.uninstall(Self.chat, at: Self.start).last == .close, "the stranger needs none")
    }

    @Test(.seed("004-29"))
    mutating func `an app that was not run yet opens the connection, and is not in the Filter`() throws {
        _ = self.machine.connect()
        #expect(self.machine.install(Self.mail, as: AppSetup(isLaunched: false), at: Self.start) == [.open])
        _ = self.machine.opened()
        let orders = self.machine.received(Machine.accepted(), at: Self.start)
        #expect(self.filter(in: orders)?.enabled == [])
        #expect(try self.app().registration == .unasked)
        let launch = self.machine.launch(Self.mail)
        #expect(launch == [.report(.launched(Self.mail)), Machine.filter([Self.mail]), Machine.request(Self.mail)])
        #expect(try self.app().registration == .pending)
    }

    // MARK: - Tokens

    @Test(.seed("004-32"))
    mutating func `an app asks on every launch, and has no callback for it while the phone is away`() throws {
        _ = self.machine.install(Self.mail, at: Self.start)
        self.comeOnline()
        #expect(
            self.machine.launch(Self.mail) == [.report(.launched(Self.mail)), Machine.request(Self.mail)]
        )
        self.answerRequests(in: [Machine.request(Self.mail)])
        _ = self.machine.disconnect()
        #expect(self.machine.launch(Self.mail) == [.report(.launched(Self.mail))])
        #expect(try self.app().registration == .pending)
    }

    @Test(.seed("004-32"))
    mutating func `a restore voids every token, and an app has its new one once it was run`() throws {
        _ = self.machine.install(Self.mail, at: Self.start)
        _ = self.machine.install(Self.chat, at: Self.start)
        self.comeOnline()
        let old = self.token(of: Self.mail)
        #expect(self.machine.restore() == [.report(.restored), .close, .open])
        #expect(self.machine.opened() == [.present(baseToken: nil)])
        let orders = self.machine.received(Machine.accepted(Machine.token(0xC0)), at: Self.start)
        #expect(self.filter(in: orders)?.enabled == [], "nobody has asked yet")
        #expect(self.machine.isRegistered, "there is nothing to register")
        #expect(try self.app().registration == .unasked)
        self.answerRequests(in: self.machine.launch(Self.mail))
        #expect(try self.app().registration == .registered(self.token(of: Self.mail)))
        #expect(self.token(of: Self.mail) != old)
        #expect(try self.app(Self.chat).registration == .unasked)
    }

    @Test(
        .seed("004-35"),
        arguments: [TokenHabit.current, .first, .garbled]
    )
    mutating func `what an app hands to its provider is its own affair`(_ habit: TokenHabit) throws {
        _ = self.machine.install(Self.mail, as: AppSetup(habit: habit), at: Self.start)
        #expect(try self.app().handedOver == nil)
        self.comeOnline()
        let first = self.token(of: Self.mail)
        #expect(try (self.app().handedOver == first) == (habit != .garbled))
        _ = self.machine.restore()
        self.comeOnline(baseToken: Machine.token(0xC0))
        self.answerRequests(in: self.machine.launch(Self.mail))
        let (app, second) = (try self.app(), self.token(of: Self.mail))
        #expect(app.token == second && first != second)
        switch habit {
        case .current: #expect(app.handedOver == second)
        case .first: #expect(app.handedOver == first, "it kept the first one, against the advice")
        case .garbled: #expect(app.handedOver != second && app.handedOver?.bytes.count == 32)
        }
    }

    // MARK: - Permission

    @Test(.seed("004-34"))
    mutating func `the user is asked once, whatever the answer, and however often the app is run`() throws {
        let asked = DeviceMachine.Order.report(.askedPermission(Self.mail))
        #expect(self.machine.install(Self.mail, as: AppSetup(permission: .ask), at: Self.start) == [asked])
        #expect(try self.app().permission == .asking)
        #expect(!self.machine.launch(Self.mail).contains(asked), "it is on the screen already")
        #expect(
            self.machine.answerPermission(Self.mail, .denied) == [.report(.answeredPermission(Self.mail, .denied))]
        )
        #expect(!self.machine.launch(Self.mail).contains(asked))
        #expect(try self.app().permission == .denied)
    }

    @Test(.seed("004-34"), arguments: [(day - .nanoseconds(1), false), (day, true), (day + day, true)])
    mutating func `an app that was gone for a day asks again, and not a moment before`(
        _ absence: Duration,
        _ asksAgain: Bool
    ) throws {
        _ = self.machine.install(Self.mail, as: AppSetup(permission: .ask), at: Self.start)
        _ = self.machine.answerPermission(Self.mail, .denied)
        _ = self.machine.uninstall(Self.mail, at: Self.start)
        let back = Self.start + absence
        let orders = self.machine.install(Self.mail, as: AppSetup(permission: .ask), at: back)
        #expect(orders.contains(.report(.askedPermission(Self.mail))) == asksAgain)
        #expect(try self.app().permission == (asksAgain ? .asking : .denied))
    }

    @Test(.seed("004-34"))
    mutating func `after a restore every app asks again when it is run`() throws {
        _ = self.machine.install(Self.mail, as: AppSetup(permission: .ask), at: Self.start)
        _ = self.machine.answerPermission(Self.mail, .granted)
        _ = self.machine.restore()
        #expect(try self.app().permission == .undetermined)
        #expect(self.machine.launch(Self.mail).contains(.report(.askedPermission(Self.mail))))
    }

    @Test(.seed("004-34"))
    mutating func `a day without another app changes nothing for this one`() throws {
        _ = self.machine.install(Self.mail, as: AppSetup(permission: .denied), at: Self.start)
        _ = self.machine.install(Self.chat, as: AppSetup(permission: .denied), at: Self.start)
        _ = self.machine.uninstall(Self.chat, at: Self.start)
        _ = self.machine.uninstall("com.example.third", at: Self.start + Self.day)
        #expect(try self.app().permission == .denied)
    }

    // MARK: - Filter classes

    @Test mutating func `an app that may not send is in the list of the ignored, until it may`() {
        _ = self.machine.install(Self.mail, as: AppSetup(permission: .denied), at: Self.start)
        self.comeOnline()
        #expect(self.machine.apps.count == 1)
        let orders = self.machine.answerPermission(Self.mail, .granted)
        #expect(self.filter(in: orders)?.enabled == [Self.mail.hash])
        #expect(self.filter(in: self.machine.answerPermission(Self.mail, .denied))?.ignored == [Self.mail.hash])
    }

    @Test(arguments: AppSorting.allCases)
    mutating func `an app is in the list its phone sorts it into, and in no other`(_ sorting: AppSorting) throws {
        _ = self.machine.install(Self.mail, as: AppSetup(sorting: sorting), at: Self.start)
        _ = self.machine.connect()
        _ = self.machine.opened()
        let filter = try #require(self.filter(in: self.machine.received(Machine.accepted(), at: Self.start)))
        let lists: [AppSorting: [TopicHash]] = [
            .enabled: filter.enabled, .opportunistic: filter.opportunistic, .nonWaking: filter.nonWaking,
            .paused: filter.paused, .ignored: filter.ignored,
        ]
        for (list, topics) in lists { #expect(topics == (list == sorting ? [Self.mail.hash] : []), "\(list)") }
    }

    // MARK: - The switch

    @Test(.seed("004-24"))
    mutating func `the switch in Settings ends the connection, and makes it anew without waiting`() {
        _ = self.machine.install(Self.mail, at: Self.start)
        self.comeOnline()
        #expect(
            self.machine.switchNotifications(on: false) == [.report(.switchedNotifications(on: false)), .close]
        )
        #expect(self.machine.connect() == [] && self.machine.nextDeadline == nil, "off is off")
        #expect(self.machine.switchNotifications(on: true) == [.report(.switchedNotifications(on: true)), .open])

        for _ in 1...6 { _ = self.machine.closed(reason: "no network", at: Self.start) }
        #expect(self.machine.switchNotifications(on: false).count == 1)
        #expect(
            self.machine.switchNotifications(on: true).last == .open,
            "though it would have waited for half a minute"
        )
    }
}
