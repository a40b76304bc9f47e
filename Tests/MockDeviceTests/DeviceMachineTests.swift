import APNSWire
import MockDevice
import NIOCore
import PushIdentity
import PushTestSupport
import PushVocabulary
import Testing

/// What a phone decides, event by event.
struct DeviceMachineTests {
    typealias Order = DeviceMachine.Order

    static let start = Instant(unixSeconds: 1_400_000_000)
    static let base = token(0xB0)
    static let mail: Topic = "com.example.mail"
    static let chat: Topic = "com.example.chat"

    static func token(_ byte: UInt8) -> DeviceToken {
        guard let token = DeviceToken(Array(repeating: byte, count: 32)) else { preconditionFailure() }
        return token
    }

    // MARK: - Scenes

    static func app(_ topic: Topic, _ token: DeviceToken? = nil) -> DeviceMachine.App {
        DeviceMachine.App(topic: topic, token: token)
    }

    static func accepted(_ baseToken: DeviceToken? = base) -> CourierMessage {
        .connectResponse(CourierConnectResponse(status: 0, baseToken: baseToken, serverTime: 0))
    }

    static let refused = CourierMessage.connectResponse(
        CourierConnectResponse(status: 2, baseToken: nil, serverTime: 0)
    )

    static func filter(_ enabled: [Topic], removed: [Topic] = [], baseToken: DeviceToken = base) -> Order {
        var filter = CourierFilter(baseToken: baseToken)
        filter.enabled = enabled.map(\.hash)
        filter.removed = removed.map(\.hash)
        return .send(.filter(filter))
    }

    static func request(_ topic: Topic, baseToken: DeviceToken = base) -> Order {
        .send(.appTokenRequest(CourierAppTokenRequest(baseToken: baseToken, topic: topic.hash, appIdentifier: 0)))
    }

    static func response(_ topic: Topic, _ token: DeviceToken, status: UInt8 = 0) -> CourierMessage {
        .appTokenResponse(CourierAppTokenResponse(status: status, token: token, topic: topic.hash))
    }

    static let setState = Order.send(.setState(state: 1, interval: 0x7FFF_FFFF))
    static let connected = Order.report(.connected(courier: ""))

    /// Online since `start`, every app with a token.
    static func online(_ apps: [DeviceMachine.App] = [app(mail, token(1))]) -> DeviceMachine {
        var machine = DeviceMachine(apps: apps, baseToken: base)
        _ = machine.connect()
        _ = machine.opened()
        _ = machine.received(accepted(), at: start)
        return machine
    }

    /// A machine in each phase, and one that is on its way out.
    static func everyPhase() -> [(name: String, machine: DeviceMachine)] {
        let away = DeviceMachine(apps: [app(mail, token(1))], baseToken: base)
        var connecting = away
        _ = connecting.connect()
        var presenting = connecting
        _ = presenting.opened()
        var waiting = connecting
        _ = waiting.closed(reason: "test", at: start)
        var closing = presenting
        _ = closing.received(refused, at: start)
        return [
            ("away", away), ("connecting", connecting), ("presenting", presenting), ("waiting", waiting),
            ("closing", closing), ("online", online()),
        ]
    }

    /// Runs one event in each phase, and compares the orders.
    private func expect(
        _ expected: [String: [Order]],
        otherwise rest: [Order] = [],
        _ location: SourceLocation = #_sourceLocation,
        of event: (inout DeviceMachine) -> [Order]
    ) {
        for (name, machine) in Self.everyPhase() {
            var machine = machine
            #expect(event(&machine) == expected[name] ?? rest, "\(name)", sourceLocation: location)
        }
    }

    // MARK: - Each event in each phase

    @Test func `wanting a connection opens one where there is none and none is being made`() {
        self.expect(["away": [.open], "waiting": [.open]]) { $0.connect() }
    }

    @Test func `not wanting it any more closes what there is`() {
        self.expect(["connecting": [.close], "presenting": [.close], "online": [.close]]) { $0.disconnect() }
        for (name, machine) in Self.everyPhase() {
            var machine = machine
            _ = machine.disconnect()
            #expect(machine.phase == .away && machine.nextDeadline == nil, "\(name)")
            #expect(machine.closed(reason: "late", at: Self.start) == [], "\(name)")
            #expect(machine.phase == .away, "\(name)")
        }
    }

    @Test func `an open connection is told who is there, once`() {
        self.expect(["connecting": [.present(baseToken: Self.base)]]) { $0.opened() }
    }

    @Test func `a lost connection is reported, where there was one`() {
        let report = Order.report(.disconnected(reason: "gone"))
        self.expect(["away": [], "waiting": []], otherwise: [report]) { $0.closed(reason: "gone", at: Self.start) }
    }

    @Test func `time opens, keeps alive, and otherwise does nothing`() {
        let later = Self.start + KeepAliveProfile.standard.start
        let keepAlive = Order.send(.keepAlive(CourierKeepAlive(carrier: "WiFi", intervalMinutes: 15)))
        self.expect(["waiting": [.open], "online": [keepAlive]]) { $0.timePassed(at: later) }
        self.expect([:]) { $0.timePassed(at: Self.start) }
    }

    @Test func `acceptance counts while presenting`() {
        self.expect(["presenting": [Self.connected, Self.setState, Self.filter([Self.mail])]]) {
            $0.received(Self.accepted(), at: Self.start)
        }
    }

    @Test func `refusal counts while presenting`() {
        self.expect(["presenting": [.close]]) { $0.received(Self.refused, at: Self.start) }
    }

    @Test func `pushes, tokens, keep-alive answers and flushes count while online`() {
        let notification = CourierNotification(
            token: Self.token(1),
            topic: Self.mail.hash,
            payload: ByteBuffer(string: "{}"),
            messageIdentifier: 5
        )
        self.expect([
            "online": [
                .send(.acknowledgement(CourierAcknowledgement(token: Self.token(1), messageIdentifier: 5))),
                .report(
                    .received(
                        Self.mail,
                        hash: Self.mail.hash,
                        payload: Array("{}".utf8),
                        messageIdentifier: 5,
                        fromStorage: false
                    )
                ),
            ]
        ]) { $0.received(.notification(notification), at: Self.start) }
        self.expect(["online": [.report(.registered(Self.mail, token: Self.token(2)))]]) {
            $0.received(Self.response(Self.mail, Self.token(2)), at: Self.start)
        }
        self.expect(["online": [.report(.keptAlive)]]) { $0.received(.keepAliveResponse(status: nil), at: Self.start) }
        self.expect(["online": [.send(.flushResponse(padding: nil))]]) {
            $0.received(.flush(wanted: 1, padding: nil), at: Self.start)
        }
    }

    @Test func `what a courier says without meaning for a phone is passed over`() {
        for message in [
            CourierMessage.noStorage(token: Self.base), .keepAlive(CourierKeepAlive()), .connect(CourierConnect()),
            .pubSub(CourierPubSub(index: 1)), .setActiveInterval(1),
        ] {
            self.expect([:]) { $0.received(message, at: Self.start) }
        }
    }

    @Test func `an app installed while online is filtered for and asks; elsewhere it waits for that`() {
        self.expect([
            "away": [], "waiting": [.open], "online": [Self.filter([Self.mail, Self.chat]), Self.request(Self.chat)],
        ]) { $0.install(Self.chat, at: Self.start) }
        self.expect([:]) { $0.install(Self.mail, at: Self.start) }
    }

    @Test(.seed("004-27"))
    func `the last app takes the connection with it, and no Filter tells of it`() {
        let report = Order.report(.uninstalled(Self.mail))
        self.expect(["away": [report], "waiting": [report], "closing": [report]], otherwise: [report, .close]) {
            $0.uninstall(Self.mail, at: Self.start)
        }
        var machine = Self.online()
        _ = machine.uninstall(Self.mail, at: Self.start)
        #expect(machine.phase == .away)
        #expect(machine.install(Self.chat, at: Self.start) == [.open], "the next app brings the connection back")
        _ = machine.opened()
        let orders = machine.received(Self.accepted(), at: Self.start)
        #expect(orders == [Self.connected, Self.setState, Self.filter([Self.chat]), Self.request(Self.chat)])
    }

    @Test(.seed("004-28"))
    func `one of two apps goes with a Filter that says so, once`() {
        var machine = Self.online([Self.app(Self.mail, Self.token(1)), Self.app(Self.chat, Self.token(2))])
        #expect(
            machine.uninstall(Self.chat, at: Self.start)
                == [.report(.uninstalled(Self.chat)), Self.filter([Self.mail], removed: [Self.chat])]
        )
        #expect(
            machine.install("com.example.third", at: Self.start).first == Self.filter([Self.mail, "com.example.third"])
        )
        #expect(machine.uninstall("com.example.unknown", at: Self.start) == [])
    }

    // MARK: - Connecting

    @Test(.seed("004-29"))
    func `a phone without apps makes no connection, and its first app does`() {
        var machine = DeviceMachine(apps: [], baseToken: nil)
        #expect(machine.connect() == [])
        #expect(machine.install(Self.mail, at: Self.start) == [.open])
        #expect(machine.opened() == [.present(baseToken: nil)])
        #expect(
            machine.received(Self.accepted(), at: Self.start)
                == [Self.connected, Self.setState, Self.filter([Self.mail]), Self.request(Self.mail)]
        )
    }

    @Test(.seed("004-30"))
    func `until the token has come, an app is neither registered nor refused`() {
        var machine = DeviceMachine(apps: [], baseToken: nil)
        _ = machine.connect()
        _ = machine.install(Self.mail, at: Self.start)
        #expect(!machine.isRegistered)
        _ = machine.opened()
        _ = machine.received(Self.accepted(), at: Self.start)
        #expect(machine.isOnline && !machine.isRegistered)
        #expect(
            machine.received(Self.response(Self.mail, Self.token(1)), at: Self.start)
                == [.report(.registered(Self.mail, token: Self.token(1)))]
        )
        #expect(machine.isRegistered)
        #expect(machine.apps.map(\.token) == [Self.token(1)])
    }

    @Test func `attempts come after 1, 2, 4, 8, 16 and then every 30 seconds, until one succeeds`() {
        var machine = DeviceMachine(apps: [Self.app(Self.mail)], baseToken: nil)
        _ = machine.connect()
        var now = Self.start
        for wait in [1, 2, 4, 8, 16, 30, 30, 30] {
            _ = machine.closed(reason: "no", at: now)
            let due = now + .seconds(wait)
            #expect(machine.nextDeadline == due)
            #expect(machine.timePassed(at: due - .nanoseconds(1)) == [])
            #expect(machine.timePassed(at: due) == [.open])
            now = due
        }
        _ = machine.opened()
        _ = machine.received(Self.accepted(), at: now)
        _ = machine.closed(reason: "no", at: now)
        #expect(machine.nextDeadline == now + .seconds(1))
    }

    @Test func `refused with a token, it comes back at once without it; refused again, it is patient`() {
        var machine = DeviceMachine(apps: [Self.app(Self.mail, Self.token(1))], baseToken: Self.base)
        _ = machine.connect()
        #expect(machine.opened() == [.present(baseToken: Self.base)])
        #expect(machine.received(Self.refused, at: Self.start) == [.close])
        #expect(machine.baseToken == nil && machine.apps.map(\.token) == [nil])
        _ = machine.closed(reason: "refused", at: Self.start)
        #expect(machine.nextDeadline == Self.start)
        var now = Self.start
        for wait in [1, 2, 4] {
            #expect(machine.timePassed(at: now) == [.open])
            #expect(machine.opened() == [.present(baseToken: nil)])
            #expect(machine.received(Self.refused, at: now) == [.close])
            _ = machine.closed(reason: "refused", at: now)
            #expect(machine.nextDeadline == now + .seconds(wait))
            now = now + .seconds(wait)
        }
    }

    @Test(.seed("004-32"))
    func `a changed base token makes every app ask again`() {
        var machine = DeviceMachine(
            apps: [Self.app(Self.mail, Self.token(1)), Self.app(Self.chat, Self.token(2))],
            baseToken: Self.base
        )
        _ = machine.connect()
        _ = machine.opened()
        let new = Self.token(0xC0)
        #expect(
            machine.received(Self.accepted(new), at: Self.start) == [
                Self.connected, Self.setState, Self.filter([Self.mail, Self.chat], baseToken: new),
                Self.request(Self.mail, baseToken: new), Self.request(Self.chat, baseToken: new),
            ]
        )
        #expect(machine.baseToken == new && machine.apps.map(\.token) == [nil, nil])
        #expect(!machine.isRegistered)
    }

    @Test(arguments: [nil, base])
    func `the same base token, told or not, leaves the apps alone`(_ told: DeviceToken?) {
        var machine = DeviceMachine(apps: [Self.app(Self.mail, Self.token(1))], baseToken: Self.base)
        _ = machine.connect()
        _ = machine.opened()
        let orders = machine.received(Self.accepted(told), at: Self.start)
        #expect(orders == [Self.connected, Self.setState, Self.filter([Self.mail])])
        #expect(machine.isRegistered && machine.baseToken == Self.base)
    }

    @Test func `a first base token does not void tokens known from an earlier life`() {
        var machine = DeviceMachine(apps: [Self.app(Self.mail, Self.token(1))], baseToken: nil)
        _ = machine.connect()
        _ = machine.opened()
        _ = machine.received(Self.accepted(), at: Self.start)
        #expect(machine.apps.map(\.token) == [Self.token(1)])
    }

    // MARK: - Apps

    @Test func `a removal while away is told with the next Filter, and only with that`() {
        var machine = DeviceMachine(
            apps: [Self.app(Self.mail, Self.token(1)), Self.app(Self.chat, Self.token(2))],
            baseToken: Self.base
        )
        #expect(machine.uninstall(Self.chat, at: Self.start) == [.report(.uninstalled(Self.chat))])
        _ = machine.connect()
        _ = machine.opened()
        let first = machine.received(Self.accepted(), at: Self.start)
        #expect(first.last == Self.filter([Self.mail], removed: [Self.chat]))
        _ = machine.closed(reason: "gone", at: Self.start)
        _ = machine.timePassed(at: Self.start + .seconds(1))
        _ = machine.opened()
        #expect(machine.received(Self.accepted(), at: Self.start).last == Self.filter([Self.mail]))
    }

    @Test func `an app removed and installed again while away was never gone`() {
        var machine = DeviceMachine(
            apps: [Self.app(Self.mail, Self.token(1)), Self.app(Self.chat, Self.token(2))],
            baseToken: Self.base
        )
        _ = machine.uninstall(Self.chat, at: Self.start)
        _ = machine.install(Self.chat, at: Self.start)
        _ = machine.connect()
        _ = machine.opened()
        #expect(
            machine.received(Self.accepted(), at: Self.start)
                == [Self.connected, Self.setState, Self.filter([Self.mail, Self.chat]), Self.request(Self.chat)]
        )
    }

    @Test func `an app installed with a token it had before still asks, wherever the phone is`() {
        var online = Self.online()
        #expect(
            online.install(Self.chat, token: Self.token(2), at: Self.start)
                == [Self.filter([Self.mail, Self.chat]), Self.request(Self.chat)]
        )
        #expect(!online.isRegistered)

        var away = Self.online()
        _ = away.closed(reason: "gone", at: Self.start)
        _ = away.install(Self.chat, token: Self.token(2), at: Self.start)
        _ = away.timePassed(at: Self.start + .seconds(1))
        _ = away.opened()
        #expect(
            away.received(Self.accepted(), at: Self.start)
                == [Self.connected, Self.setState, Self.filter([Self.mail, Self.chat]), Self.request(Self.chat)],
            "the service may have been told that it was gone"
        )
        _ = away.received(Self.response(Self.chat, Self.token(2)), at: Self.start)
        #expect(away.isRegistered)
    }

    @Test func `a request that was not answered before the connection went is made again`() {
        var machine = Self.online()
        _ = machine.install(Self.chat, token: Self.token(2), at: Self.start)
        _ = machine.closed(reason: "gone", at: Self.start)
        _ = machine.timePassed(at: Self.start + .seconds(1))
        _ = machine.opened()
        #expect(machine.received(Self.accepted(), at: Self.start).last == Self.request(Self.chat))
    }

    @Test func `a request that is on its way is not made twice`() {
        var machine = Self.online()
        _ = machine.install(Self.chat, at: Self.start)
        let third: Topic = "com.example.third"
        #expect(
            machine.install(third, at: Self.start) == [
                Self.filter([Self.mail, Self.chat, third]), Self.request(third),
            ]
        )
    }

    @Test func `an app that is gone when its token comes does not get it`() {
        var machine = Self.online()
        _ = machine.install(Self.chat, at: Self.start)
        _ = machine.uninstall(Self.chat, at: Self.start)
        #expect(machine.received(Self.response(Self.chat, Self.token(2)), at: Self.start) == [])
        #expect(machine.isRegistered)
    }

    @Test func `a refused request leaves the app without a token until the next connection`() {
        var machine = Self.online()
        _ = machine.install(Self.chat, at: Self.start)
        #expect(machine.received(Self.response(Self.chat, Self.token(2), status: 1), at: Self.start) == [])
        #expect(machine.apps.map(\.token) == [Self.token(1), nil] && !machine.isRegistered)
        _ = machine.closed(reason: "gone", at: Self.start)
        _ = machine.timePassed(at: Self.start + .seconds(1))
        _ = machine.opened()
        #expect(machine.received(Self.accepted(), at: Self.start).last == Self.request(Self.chat))
    }

    // MARK: - Pushes

    @Test(.seed("004-22"))
    func `a push is acknowledged first and then handed on, known or not`() {
        var machine = Self.online()
        for (topic, expected) in [(Self.mail.hash, Self.mail), (Self.chat.hash, nil), (nil, nil)]
            as [(TopicHash?, Topic?)]
        {
            let push = CourierNotification(
                token: nil,
                topic: topic,
                payload: ByteBuffer(),
                messageIdentifier: 9,
                storageFlags: 3
            )
            #expect(
                machine.received(.notification(push), at: Self.start) == [
                    .send(.acknowledgement(CourierAcknowledgement(token: Self.base, messageIdentifier: 9))),
                    .report(
                        .received(expected, hash: topic, payload: [], messageIdentifier: 9, fromStorage: true)
                    ),
                ]
            )
        }
        #expect(machine.receivedCount == 3)
    }

    // MARK: - Keep-alive

    @Test func `a keep-alive goes out every quarter of an hour, and its answer must come within a minute`() {
        var machine = Self.online()
        let keepAlive = Order.send(.keepAlive(CourierKeepAlive(carrier: "WiFi", intervalMinutes: 15)))
        var now = Self.start
        for _ in 1...3 {
            now = now + .seconds(900)
            #expect(machine.nextDeadline == now)
            #expect(machine.timePassed(at: now - .nanoseconds(1)) == [])
            #expect(machine.timePassed(at: now) == [keepAlive])
            #expect(machine.nextDeadline == now + .seconds(60))
            #expect(machine.timePassed(at: now) == [], "one at a time")
            #expect(machine.received(.keepAliveResponse(status: nil), at: now + .seconds(59)) == [.report(.keptAlive)])
        }
        #expect(machine.nextDeadline == now + .seconds(900))
    }

    @Test func `without an answer the connection counts as dead, is closed once, and made anew`() {
        var machine = Self.online()
        let asked = Self.start + .seconds(900)
        _ = machine.timePassed(at: asked)
        let dead = asked + .seconds(60)
        #expect(machine.timePassed(at: dead - .nanoseconds(1)) == [])
        #expect(machine.timePassed(at: dead) == [.report(.keepAliveUnanswered(.seconds(900))), .close])
        #expect(machine.nextDeadline == nil, "or a clock that was moved would ask for ever")
        #expect(machine.timePassed(at: dead) == [])
        #expect(!machine.isOnline)
        #expect(machine.closed(reason: "dead", at: dead) == [.report(.disconnected(reason: "dead"))])
        #expect(machine.nextDeadline == dead + .seconds(1))
    }

    @Test func `a phone that was switched off and on while its connection ended is connected again`() {
        for (name, machine) in Self.everyPhase() {
            var machine = machine
            _ = machine.disconnect()
            #expect(machine.connect() == [.open], "\(name)")
            #expect(machine.opened() == [.present(baseToken: machine.baseToken)], "\(name)")
        }
    }
}
