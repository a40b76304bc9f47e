import PushBroker
import PushTestSupport
import PushVocabulary
import Testing

struct FeedbackTests {
    private var scene = Scene()
    private let phone: DeviceID
    private let app: AppID
    private let topic: TopicID

    init() throws {
        (self.phone, self.app) = try self.scene.phoneWithApp()
        self.topic = self.scene.topic(1)
    }

    @Test(.seed("004-26"))
    mutating func `a removal alone lists nothing, a push after it does`() {
        _ = self.scene.remove(self.app)
        #expect(self.scene.broker.feedbackEntries(of: [self.topic], in: .sandbox).isEmpty)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.broker.feedbackEntries(of: [self.topic], in: .sandbox).count == 1)
    }

    @Test mutating func `a push before the removal lists nothing, not even when it was in flight`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.remove(self.app)
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.feedback(of: self.topic).isEmpty)
    }

    @Test mutating func `the time is that of the removal, not of a push or a read`() {
        _ = self.scene.advance(100)
        _ = self.scene.remove(self.app)
        let removal = self.scene.now
        _ = self.scene.advance(5_000)
        _ = self.scene.push(to: self.app)
        _ = self.scene.advance(5_000)
        #expect(self.scene.feedback(of: self.topic) == [FeedbackEntry(token: Scene.token(1), since: removal)])
    }

    @Test mutating func `a removal told twice keeps the first time`() {
        _ = self.scene.remove(self.app)
        _ = self.scene.advance(60)
        #expect(self.scene.remove(self.app).isEmpty)
        #expect(self.scene.broker.removalTime(of: self.app) == Scene.start)
    }

    @Test mutating func `reading empties the list, and a further push lists the token again`() {
        _ = self.scene.remove(self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.feedback(of: self.topic).count == 1)
        #expect(self.scene.feedback(of: self.topic).isEmpty)
        #expect(self.scene.push(to: self.app).contains(.listed(Scene.token(1), since: Scene.start, .sandbox)))
        #expect(self.scene.feedback(of: self.topic).count == 1)
    }

    @Test mutating func `a token is listed once, however many pushes find it removed`() {
        _ = self.scene.remove(self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.push(to: self.app) == [.fate(2, .undeliverable(.appRemoved))])
        #expect(self.scene.feedback(of: self.topic).count == 1)
    }

    @Test mutating func `an app removed again has the later time`() throws {
        _ = self.scene.remove(self.app)
        _ = self.scene.push(to: self.app)
        _ = self.scene.advance(60)
        #expect(try self.scene.install(self.topic, on: self.phone, token: 1) == self.app)
        _ = self.scene.remove(self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.feedback(of: self.topic).map(\.since) == [Scene.start + .seconds(60)])
    }

    @Test(.seed("004-03"))
    mutating func `each topic and each environment has a list of its own`() throws {
        let other = try self.scene.install(self.scene.topic(2), on: self.phone, token: 2)
        let twin = self.scene.phone("twin", in: .production, token: 201)
        let abroad = try self.scene.install(self.topic, on: twin, token: 1)
        _ = self.scene.connect(twin, [1: .enabled])
        for app in [self.app, other, abroad] {
            _ = self.scene.remove(app)
            _ = self.scene.push(to: app)
        }
        #expect(self.scene.feedback(of: self.topic, in: .production).map(\.token) == [Scene.token(1)])
        #expect(self.scene.feedback(of: self.topic).map(\.token) == [Scene.token(1)])
        #expect(self.scene.feedback(of: self.scene.topic(2)).map(\.token) == [Scene.token(2)])
        #expect(self.scene.feedback(of: self.scene.topic(2), in: .production).isEmpty)
    }

    @Test mutating func `a certificate with several topics reads them all, by time`() throws {
        let second = self.scene.topic(2)
        let other = try self.scene.install(second, on: self.phone, token: 2)
        for app in [other, self.app] {
            _ = self.scene.advance(10)
            _ = self.scene.remove(app)
            _ = self.scene.push(to: app)
        }
        let entries = self.scene.broker.feedbackEntries(of: [self.topic, second], in: .sandbox)
        #expect(entries.map(\.token) == [Scene.token(2), Scene.token(1)])
        self.scene.broker.clearFeedback(of: [self.topic, second], in: .sandbox)
        #expect(self.scene.broker.feedbackEntries(of: [self.topic, second], in: .sandbox).isEmpty)
    }

    @Test mutating func `tuples of the same time are in the order of their tokens`() {
        let tokens = (1...50).map { Scene.token(UInt8(51 - $0)) }
        for token in tokens {
            self.scene.broker.addFeedback(
                FeedbackEntry(token: token, since: Scene.start),
                topic: self.topic,
                environment: .sandbox
            )
        }
        #expect(self.scene.feedback(of: self.topic).map(\.token) == tokens.reversed())
    }

    @Test(.seed("004-27"))
    mutating func `a removal the service never learns of, because the connection went first, lists nothing`() {
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.push(to: self.app) == [.fate(1, .stored(.deviceAway))])
        #expect(self.scene.feedback(of: self.topic).isEmpty)
    }

    @Test(.seed("004-28"))
    mutating func `with another app of the same environment the connection stays, and the removal is found out`() throws
    {
        _ = try self.scene.install(self.scene.topic(2), on: self.phone, token: 2)
        _ = self.scene.remove(self.app)
        #expect(self.scene.broker.isConnected(self.phone))
        _ = self.scene.push(to: self.app)
        #expect(self.scene.feedback(of: self.topic).map(\.token) == [Scene.token(1)])
    }

    @Test mutating func `clearing by topic clears both environments, clearing everything clears every topic`() {
        let second = self.scene.topic(2)
        let entry = FeedbackEntry(token: Scene.token(9), since: Scene.start)
        for environment in Environment.allCases {
            self.scene.broker.addFeedback(entry, topic: self.topic, environment: environment)
            self.scene.broker.addFeedback(entry, topic: second, environment: environment)
        }
        self.scene.broker.clearFeedback(of: self.topic)
        for environment in Environment.allCases {
            #expect(self.scene.broker.feedbackEntries(of: [self.topic], in: environment).isEmpty)
            #expect(self.scene.broker.feedbackEntries(of: [second], in: environment).count == 1)
        }
        self.scene.broker.clearFeedback(of: nil)
        #expect(self.scene.broker.feedbackEntries(of: [second], in: .sandbox).isEmpty)
    }
}
