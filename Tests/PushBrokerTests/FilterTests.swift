import PushBroker
import PushTestSupport
import PushVocabulary
import Testing

struct FilterTests {
    private var scene = Scene()
    private let phone: DeviceID
    private let app: AppID

    init() throws {
        (self.phone, self.app) = try self.scene.phoneWithApp()
    }

    @Test(arguments: TopicClass.allCases)
    func `enabled, opportunistic and non-waking topics are delivered, paused and ignored ones wait`(
        _ topicClass: TopicClass
    ) {
        var scene = self.scene
        _ = scene.filter(self.phone, [1: topicClass])
        let expected: [Scene.Seen] =
            switch topicClass {
            case .enabled, .opportunistic, .nonWaking: [.fate(1, .inFlight), .sent(1)]
            case .paused: [.fate(1, .stored(.topicPaused))]
            case .ignored: [.fate(1, .stored(.topicIgnored))]
            }
        #expect(scene.push(to: self.app) == expected)
        #expect(scene.broker.view(of: self.app)?.topicClass == topicClass)
        #expect(topicClass.isDelivered == (expected.count == 2))
    }

    @Test mutating func `a topic in none of the lists waits`() {
        _ = self.scene.filter(self.phone, [2: .enabled])
        #expect(self.scene.push(to: self.app) == [.fate(1, .stored(.topicUnlisted))])
    }

    @Test mutating func `a later Filter replaces the lists and sends what it newly covers, as from storage`() {
        _ = self.scene.filter(self.phone, [1: .paused])
        _ = self.scene.push(to: self.app)
        #expect(
            self.scene.filter(self.phone, [1: .opportunistic]) == [
                .fate(1, .inFlight), .sent(1, [.fromStorage, .lastFromStorage]),
            ]
        )
    }

    @Test mutating func `a Filter while a notification is in flight does not send a second one`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.filter(self.phone, [1: .enabled]).isEmpty)
    }

    @Test mutating func `a Filter of a device that is not connected is ignored`() {
        _ = self.scene.disconnect(self.phone)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.filter(self.phone, [1: .enabled]).isEmpty)
        #expect(self.scene.broker.view(of: self.app)?.pending == 1)
    }

    @Test mutating func `an app installed after the Filter that names it is reached at once`() throws {
        _ = self.scene.filter(self.phone, [1: .enabled, 2: .nonWaking])
        let late = try self.scene.install(self.scene.topic(2), on: self.phone, token: 2)
        #expect(self.scene.broker.view(of: late)?.topicClass == .nonWaking)
        #expect(self.scene.push(to: late) == [.fate(1, .inFlight), .sent(1)])
    }

    @Test mutating func `that nothing is stored is told once a connection`() {
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.connect(self.phone, [1: .enabled]) == [.nothingStored(self.phone)])
        #expect(self.scene.filter(self.phone, [1: .enabled]).isEmpty)
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.connect(self.phone, [1: .enabled]) == [.nothingStored(self.phone)])
    }

    @Test mutating func `an empty Filter asks for nothing and is told nothing`() {
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.connect(self.phone, [:]).isEmpty)
        #expect(self.scene.filter(self.phone, [1: .enabled]) == [.nothingStored(self.phone)])
    }

    @Test mutating func `a connection that got something from storage is never told that nothing is stored`() {
        _ = self.scene.disconnect(self.phone)
        _ = self.scene.push(to: self.app)
        _ = self.scene.connect(self.phone, [1: .enabled])
        _ = self.scene.acknowledge(1, by: self.phone)
        #expect(self.scene.filter(self.phone, [1: .enabled]).isEmpty)
    }

    @Test mutating func `a second connection begins without a Filter`() {
        _ = self.scene.disconnect(self.phone)
        self.scene.broker.connected(self.phone)
        #expect(self.scene.broker.view(of: self.app)?.topicClass == nil)
        #expect(self.scene.push(to: self.app) == [.fate(1, .stored(.deviceAway))])
    }

    @Test mutating func `a disconnection told twice is a disconnection`() {
        _ = self.scene.push(to: self.app)
        #expect(self.scene.disconnect(self.phone).count == 1)
        #expect(self.scene.disconnect(self.phone).isEmpty)
        #expect(!self.scene.broker.isConnected(self.phone))
    }
}
