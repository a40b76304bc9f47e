import PushBroker
import PushTestSupport
import PushVocabulary
import Testing

/// Which token addresses what.
struct AddressTests {
    private var scene = Scene()

    @Test(.seed("004-14", "004-19"))
    mutating func `a token is known in its own environment only`() throws {
        let topic = self.scene.topic(1)
        let phone = self.scene.phone(in: .sandbox)
        let twin = self.scene.phone("twin", in: .production, token: 201)
        let here = try self.scene.install(topic, on: phone, token: 1)
        let there = try self.scene.install(topic, on: twin, token: 2)
        let broker = self.scene.broker
        #expect(broker.app(token: Scene.token(1), topics: [topic], environment: .sandbox) == here)
        #expect(broker.app(token: Scene.token(2), topics: [topic], environment: .production) == there)
        #expect(broker.app(token: Scene.token(1), topics: [topic], environment: .production) == nil)
        #expect(broker.app(token: Scene.token(2), topics: [topic], environment: .sandbox) == nil)
    }

    @Test(.seed("004-14"))
    mutating func `a token is known for its own topic only, among all topics of a certificate`() throws {
        let (first, second) = (self.scene.topic(1), self.scene.topic(2))
        let phone = self.scene.phone()
        let app = try self.scene.install(first, on: phone, token: 1)
        let broker = self.scene.broker
        #expect(broker.app(token: Scene.token(1), topics: [second], environment: .sandbox) == nil)
        #expect(broker.app(token: Scene.token(1), topics: [second, first], environment: .sandbox) == app)
        #expect(broker.app(token: Scene.token(1), topics: [], environment: .sandbox) == nil)
    }

    @Test mutating func `one token may address two apps, but not the same app on two devices`() throws {
        let (first, second) = (self.scene.topic(1), self.scene.topic(2))
        let phone = self.scene.phone()
        let other = self.scene.phone("other", token: 201)
        let app = try self.scene.install(first, on: phone, token: 1)
        #expect(try self.scene.install(second, on: phone, token: 1) != app)
        #expect(throws: Broker.InstallError.tokenTaken(by: phone)) {
            try self.scene.install(first, on: other, token: 1)
        }
    }

    @Test(.seed("004-32"))
    mutating func `with a new token the old one is unknown, and what waits is delivered all the same`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        let topic = self.scene.topic(1)
        _ = self.scene.disconnect(phone)
        _ = self.scene.push(to: app)
        #expect(try self.scene.install(topic, on: phone, token: 9) == app)
        #expect(self.scene.broker.app(token: Scene.token(1), topics: [topic], environment: .sandbox) == nil)
        #expect(self.scene.broker.app(token: Scene.token(9), topics: [topic], environment: .sandbox) == app)
        #expect(self.scene.connect(phone, [1: .enabled]).contains(.fate(1, .inFlight)))
    }

    @Test(.seed("004-15"))
    mutating func `a removed app's token stays known, and installing it again makes it good`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        let topic = self.scene.topic(1)
        _ = self.scene.remove(app)
        #expect(self.scene.broker.app(token: Scene.token(1), topics: [topic], environment: .sandbox) == app)
        #expect(try self.scene.install(topic, on: phone, token: 1) == app)
        #expect(self.scene.broker.removalTime(of: app) == nil)
        #expect(self.scene.push(to: app) == [.fate(1, .inFlight), .sent(1)])
    }

    @Test mutating func `installing again with another token makes the old one unknown without feedback`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        let topic = self.scene.topic(1)
        _ = self.scene.remove(app)
        #expect(try self.scene.install(topic, on: phone, token: 2) == app)
        #expect(self.scene.broker.app(token: Scene.token(1), topics: [topic], environment: .sandbox) == nil)
        #expect(self.scene.broker.removalTime(of: app) == nil)
        #expect(self.scene.feedback(of: topic).isEmpty)
    }

    @Test mutating func `a forgotten device takes its tokens and all that waited with it`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        let topic = self.scene.topic(1)
        _ = self.scene.push(to: app)
        _ = self.scene.push(to: app)
        #expect(
            self.scene.remove(phone) == [
                .fate(1, .undeliverable(.deviceRemoved)), .fate(2, .undeliverable(.deviceRemoved)),
            ]
        )
        #expect(self.scene.broker.app(token: Scene.token(1), topics: [topic], environment: .sandbox) == nil)
        #expect(self.scene.broker.device(named: "phone") == nil)
        #expect(self.scene.broker.device(baseToken: Scene.token(200), environment: .sandbox) == nil)
        #expect(self.scene.broker.deviceViews.isEmpty)
        #expect(self.scene.advance(100_000).isEmpty, "its deadlines are gone as well")
    }

    @Test mutating func `a push for an app that is known no longer still comes to a fate`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.remove(phone)
        #expect(self.scene.push(to: app) == [.fate(1, .undeliverable(.deviceRemoved))])
    }

    @Test mutating func `a deadline left by a forgotten device does not strike the one that got its number`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.disconnect(phone)
        _ = self.scene.push(to: app, expiry: 10)
        _ = self.scene.remove(phone)
        let (heir, heirApp) = try self.scene.phoneWithApp()
        _ = self.scene.disconnect(heir)
        _ = self.scene.push(to: heirApp, expiry: 100)
        #expect(self.scene.advance(50).isEmpty)
        #expect(self.scene.advance(50) == [.fate(2, .expired(.timePassed))])
    }

    @Test mutating func `a new base token makes the device's app tokens unknown`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        let topic = self.scene.topic(1)
        _ = self.scene.push(to: app)
        var effects: [BrokerEffect] = []
        self.scene.broker.setBaseToken(Scene.token(77), of: phone, at: self.scene.now, effects: &effects)
        #expect(effects == [.fate(1, .undeliverable(.tokenVoid))])
        #expect(self.scene.broker.device(baseToken: Scene.token(77), environment: .sandbox) == phone)
        #expect(self.scene.broker.device(baseToken: Scene.token(200), environment: .sandbox) == nil)
        #expect(self.scene.broker.app(token: Scene.token(1), topics: [topic], environment: .sandbox) == nil)
        #expect(self.scene.broker.app(topic, on: phone) == nil)
    }

    @Test mutating func `a device's name is made unique by a number`() {
        let phones = (0..<3).map { self.scene.phone("phone", token: 200 + UInt8($0)) }
        #expect(phones.map { self.scene.broker.name(of: $0) } == ["phone", "phone-2", "phone-3"])
    }

    @Test mutating func `a topic known by its hash gets its name later`() {
        let topic = self.scene.topic(1)
        #expect(self.scene.broker.name(of: topic) == nil)
        #expect(self.scene.topic(1, named: "com.example.app") == topic)
        #expect(self.scene.broker.name(of: topic) == "com.example.app")
        #expect(self.scene.topic(1) == topic)
        #expect(self.scene.broker.name(of: topic) == "com.example.app")
    }
}
