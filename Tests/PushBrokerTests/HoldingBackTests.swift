import PushBroker
import PushVocabulary
import Testing

/// What is held back to spare the device, as the broker has it.
struct HoldingBackTests {
    private var scene = Scene()
    private let phone: DeviceID
    private let app: AppID

    init() throws {
        (self.phone, self.app) = try self.scene.phoneWithApp()
    }

    @Test mutating func `it waits in the slot until its time, and is then sent`() {
        #expect(self.scene.push(to: self.app, heldBack: 60) == [.fate(1, .stored(.heldBack))])
        #expect(self.scene.broker.nextDeadline == Scene.start + .seconds(60))
        #expect(self.scene.advance(59) == [])
        #expect(self.scene.advance(1) == [.fate(1, .inFlight), .sent(1)])
        #expect(self.scene.advance(3_600) == [])
    }

    @Test mutating func `a newer one takes its place, held back or not`() {
        _ = self.scene.push(to: self.app, heldBack: 60)
        #expect(
            self.scene.push(to: self.app, heldBack: 60) == [.fate(1, .coalesced(by: 2)), .fate(2, .stored(.heldBack))]
        )
        #expect(
            self.scene.push(to: self.app) == [.fate(2, .coalesced(by: 3)), .fate(3, .inFlight), .sent(3)]
        )
        #expect(self.scene.advance(60) == [])
    }

    @Test mutating func `what may not be stored is never held back`() {
        #expect(self.scene.push(to: self.app, expiry: nil, heldBack: 60) == [.fate(1, .inFlight), .sent(1)])
    }

    @Test mutating func `behind one in flight it waits for the acknowledgement only`() {
        _ = self.scene.push(to: self.app)
        #expect(self.scene.push(to: self.app, heldBack: 60) == [.fate(2, .stored(.awaitingAcknowledgement))])
        #expect(self.scene.acknowledge(1, by: self.phone) == [.fate(1, .delivered), .fate(2, .inFlight), .sent(2)])
    }

    @Test mutating func `it expires where its expiry comes first, and is sent where its time comes first`() {
        _ = self.scene.push(to: self.app, expiry: 30, heldBack: 60)
        #expect(self.scene.advance(30) == [.fate(1, .expired(.timePassed))])
        _ = self.scene.push(to: self.app, expiry: 90, heldBack: 60)
        #expect(self.scene.advance(120) == [.fate(2, .inFlight), .sent(2)], "one long leap does not change the order")
    }

    @Test mutating func `with the device away it waits for the device, and is sent when that is back`() {
        _ = self.scene.push(to: self.app, heldBack: 60)
        _ = self.scene.disconnect(self.phone)
        #expect(self.scene.advance(60) == [.fate(1, .stored(.deviceAway))])
        #expect(
            self.scene.connect(self.phone, [1: .enabled]) == [
                .fate(1, .inFlight), .sent(1, [.fromStorage, .lastFromStorage]),
            ]
        )
    }

    @Test mutating func `thousands that replace each other leave nothing behind`() {
        for _ in 0..<10_000 { _ = self.scene.push(to: self.app, heldBack: 60) }
        #expect(self.scene.broker.releaseCount < 200)
        #expect(self.scene.advance(60) == [.fate(10_000, .inFlight), .sent(10_000)])
    }
}
