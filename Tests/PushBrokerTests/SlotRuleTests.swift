import PushBroker
import PushTestSupport
import PushVocabulary
import Testing

/// The slot, rule by rule as the design numbers them.
struct SlotRuleTests {
    private var scene = Scene()
    private let phone: DeviceID
    private let app: AppID

    init() throws {
        (self.phone, self.app) = try self.scene.phoneWithApp()
    }

    // MARK: - Rule 1

    @Test(.seed("004-22"))
    mutating func `1: a connected device with nothing in flight is sent a notification at once`() {
        #expect(self.scene.push(to: self.app) == [.fate(1, .inFlight), .sent(1)])
        #expect(self.scene.broker.view(of: self.app)?.inFlight == 1)
    }

    @Test(.seed("004-22"))
    mutating func `1: what is in flight is what the slot redelivers`() {
        _ = self.scene.push(to: self.app)
        #expect(self.scene.disconnect(self.phone) == [.fate(1, .stored(.connectionLost))])
        #expect(
            self.scene.connect(self.phone, [1: .enabled]) == [
                .fate(1, .inFlight), .sent(1, [.fromStorage, .lastFromStorage]),
            ]
        )
    }

    @Test mutating func `1: an expiry of 0 or in the past does not keep a notification from the one attempt`() {
        #expect(self.scene.push(to: self.app, expiry: nil) == [.fate(1, .inFlight), .sent(1)])
        _ = self.scene.acknowledge(1, by: self.phone)
        #expect(self.scene.push(to: self.app, expiry: -60) == [.fate(2, .inFlight), .sent(2)])
    }

    // MARK: - Rule 2

    @Test(.seed("004-21"))
    mutating func `2: a second notification waits for the acknowledgement, a third replaces it`() {
        _ = self.scene.push(to: self.app)
        #expect(self.scene.push(to: self.app) == [.fate(2, .stored(.awaitingAcknowledgement))])
        #expect(
            self.scene.push(to: self.app) == [
                .fate(2, .coalesced(by: 3)), .fate(3, .stored(.awaitingAcknowledgement)),
            ]
        )
    }

    @Test(.seed("004-21"))
    mutating func `2: a burst within one round trip leaves the first and the last`() {
        for _ in 1...10 { _ = self.scene.push(to: self.app) }
        #expect(
            self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered), .fate(10, .inFlight), .sent(10)]
        )
        #expect(self.scene.acknowledge(10, by: self.phone) == [.fate(10, .delivered)])
    }

    @Test mutating func `2: what may not be stored may still wait for an acknowledgement`() {
        _ = self.scene.push(to: self.app)
        #expect(self.scene.push(to: self.app, expiry: nil) == [.fate(2, .stored(.awaitingAcknowledgement))])
        #expect(self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered), .fate(2, .inFlight), .sent(2)])
    }

    @Test mutating func `2: each app has a slot of its own`() throws {
        let other = try self.scene.install(self.scene.topic(2), on: self.phone, token: 2)
        _ = self.scene.filter(self.phone, [1: .enabled, 2: .enabled])
        #expect(self.scene.push(to: self.app) == [.fate(1, .inFlight), .sent(1)])
        #expect(self.scene.push(to: other) == [.fate(2, .inFlight), .sent(2)])
    }

    // MARK: - Rule 3

    @Test(.seed("004-22"))
    mutating func `3: an acknowledgement delivers, and sends what waits, not flagged as from storage`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app)
        #expect(
            self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered), .fate(2, .inFlight), .sent(2, [])]
        )
    }

    @Test mutating func `3: unknown, repeated and strangers' acknowledgements change nothing`() throws {
        let stranger = self.scene.phone("stranger", token: 201)
        _ = self.scene.connect(stranger, [1: .enabled])
        _ = self.scene.push(to: self.app)
        #expect(self.scene.acknowledge(99, by: self.phone).isEmpty)
        #expect(self.scene.acknowledge(1, by: stranger).isEmpty)
        #expect(self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered)])
        #expect(self.scene.acknowledge(1, by: self.phone).isEmpty)
    }

    @Test mutating func `3: an acknowledgement of what only waits changes nothing`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.acknowledge(2, by: self.phone).isEmpty)
        #expect(self.scene.broker.view(of: self.app)?.pending == 2)
    }

    @Test mutating func `3: an acknowledgement sends nothing whose time has passed`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app, expiry: 10)
        self.scene.now = self.scene.now + .seconds(10)
        #expect(
            self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered), .fate(2, .expired(.timePassed))]
        )
    }

    @Test mutating func `3: an acknowledgement sends nothing to an app that was paused meanwhile`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app)
        _ = self.scene.filter(self.phone, [1: .paused])
        #expect(self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered)])
        #expect(self.scene.broker.view(of: self.app)?.pending == 2)
    }

    @Test mutating func `3: what may not be stored does not outlast the acknowledgement it waited for`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app, expiry: nil)
        _ = self.scene.filter(self.phone, [1: .paused])
        #expect(
            self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered), .fate(2, .expired(.notStored))]
        )
    }

    // MARK: - Rule 4

    @Test(.seed("004-20"))
    mutating func `4: with something newer waiting, what was in flight is replaced when the connection goes`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.disconnect(self.phone) == [.fate(1, .coalesced(by: 2))])
        #expect(
            self.scene.connect(self.phone, [1: .enabled]) == [
                .fate(2, .inFlight), .sent(2, [.fromStorage, .lastFromStorage]),
            ]
        )
    }

    @Test mutating func `4: what may not be stored dies with the connection, and what was in flight waits again`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app, expiry: nil)
        #expect(
            self.scene.disconnect(self.phone) == [
                .fate(2, .expired(.notStored)), .fate(1, .stored(.connectionLost)),
            ]
        )
    }

    @Test mutating func `4: what was in flight and may not be stored is expired when the connection goes`() {
        _ = self.scene.push(to: self.app, expiry: nil)
        #expect(self.scene.disconnect(self.phone) == [.fate(1, .expired(.notStored))])
    }

    @Test mutating func `4: what was in flight until its time had passed is expired when the connection goes`() {
        _ = self.scene.push(to: self.app, expiry: 10)
        #expect(self.scene.advance(10).isEmpty, "in flight it has no deadline")
        #expect(self.scene.disconnect(self.phone) == [.fate(1, .expired(.timePassed))])
    }

    @Test mutating func `4: a late acknowledgement over the next connection does not count`() {
        _ = self.scene.push(to: self.app)
        _ = self.scene.disconnect(self.phone)
        self.scene.broker.connected(self.phone)
        #expect(self.scene.acknowledge(1, by: self.phone).isEmpty)
    }

    @Test mutating func `4: nothing is sent between a connection and its first Filter`() {
        _ = self.scene.disconnect(self.phone)
        self.scene.broker.connected(self.phone)
        #expect(self.scene.push(to: self.app) == [.fate(1, .stored(.deviceAway))])
    }

    @Test mutating func `4: only the last of several stored ones is flagged as the last`() throws {
        let second = try self.scene.install(self.scene.topic(2), on: self.phone, token: 2)
        let third = try self.scene.install(self.scene.topic(3), on: self.phone, token: 3)
        _ = self.scene.disconnect(self.phone)
        for app in [self.app, second, third] { _ = self.scene.push(to: app) }
        #expect(
            self.scene.connect(self.phone, [1: .enabled, 3: .enabled]) == [
                .fate(1, .inFlight), .sent(1, .fromStorage),
                .fate(3, .inFlight), .sent(3, [.fromStorage, .lastFromStorage]),
            ]
        )
        #expect(self.scene.broker.view(of: second)?.pending == 2)
    }

    // MARK: - Rule 5

    @Test(.seed("004-20", "004-23"))
    mutating func `5: with the device away only the newest is kept`() {
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.push(to: self.app) == [.fate(1, .stored(.deviceAway))])
        #expect(self.scene.push(to: self.app) == [.fate(1, .coalesced(by: 2)), .fate(2, .stored(.deviceAway))])
        #expect(self.scene.push(to: self.app) == [.fate(2, .coalesced(by: 3)), .fate(3, .stored(.deviceAway))])
        #expect(
            self.scene.connect(self.phone, [1: .enabled]) == [
                .fate(3, .inFlight), .sent(3, [.fromStorage, .lastFromStorage]),
            ]
        )
    }

    @Test(.seed("004-13"))
    mutating func `5: an expiry of 0 or in the past is not stored, and leaves what is stored in place`() {
        _ = self.scene.disconnect(self.phone)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.push(to: self.app, expiry: nil) == [.fate(2, .expired(.notStored))])
        #expect(self.scene.push(to: self.app, expiry: 0) == [.fate(3, .expired(.notStored))])
        #expect(self.scene.push(to: self.app, expiry: -1) == [.fate(4, .expired(.notStored))])
        #expect(self.scene.broker.view(of: self.app)?.pending == 1)
    }

    @Test(.seed("004-13"))
    mutating func `5: what waits is expired at its time, not before, and without feedback`() {
        _ = self.scene.disconnect(self.phone)
        _ = self.scene.push(to: self.app, expiry: 60)
        #expect(self.scene.broker.nextDeadline == Scene.start + .seconds(60))
        #expect(self.scene.advance(59).isEmpty)
        #expect(self.scene.advance(1) == [.fate(1, .expired(.timePassed))])
        #expect(self.scene.broker.nextDeadline == nil)
        #expect(self.scene.feedback(of: self.scene.topic(1)).isEmpty)
    }

    @Test mutating func `5: several deadlines pass in the order of their times`() throws {
        let other = try self.scene.install(self.scene.topic(2), on: self.phone, token: 2)
        _ = self.scene.disconnect(self.phone)
        _ = self.scene.push(to: self.app, expiry: 20)
        _ = self.scene.push(to: other, expiry: 10)
        #expect(self.scene.advance(30) == [.fate(2, .expired(.timePassed)), .fate(1, .expired(.timePassed))])
    }

    @Test mutating func `5: a reconnection sends nothing whose time has passed`() {
        _ = self.scene.disconnect(self.phone)
        _ = self.scene.push(to: self.app, expiry: 10)
        self.scene.now = self.scene.now + .seconds(10)
        #expect(
            self.scene.connect(self.phone, [1: .enabled]) == [
                .fate(1, .expired(.timePassed)), .nothingStored(self.phone),
            ]
        )
    }

    // MARK: - Rule 6

    @Test(.seed("004-15", "004-26"))
    mutating func `6: what waits for a removed app is undeliverable, later pushes put its token on the feedback list`()
    {
        _ = self.scene.push(to: self.app)
        _ = self.scene.push(to: self.app)
        #expect(self.scene.remove(self.app) == [.fate(2, .undeliverable(.appRemoved))])
        #expect(
            self.scene.push(to: self.app) == [
                .fate(3, .undeliverable(.appRemoved)), .listed(Scene.token(1), since: Scene.start, .sandbox),
            ]
        )
    }

    @Test
    mutating func
        `6: a removed app's last notification in flight may still be acknowledged, or ends with the connection`()
        throws
    {
        _ = self.scene.push(to: self.app)
        _ = self.scene.remove(self.app)
        #expect(self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered)])

        var scene = Scene()
        let (phone, app) = try scene.phoneWithApp()
        _ = scene.push(to: app)
        _ = scene.remove(app)
        #expect(scene.disconnect(phone) == [.fate(1, .undeliverable(.appRemoved))])
    }
}
