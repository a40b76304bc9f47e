import PushVocabulary
import Testing

@testable import PushBroker

/// What a long life must not do to the broker, and resets.
struct UpkeepTests {
    private var scene = Scene()

    @Test mutating func `replaced notifications do not pile up deadlines`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.disconnect(phone)
        for _ in 0..<10_000 {
            _ = self.scene.push(to: app)
            #expect(self.scene.broker.deadlineCount <= 2 * 1 + 65)
        }
    }

    @Test mutating func `delivered notifications do not pile up deadlines`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.push(to: app)
        for number in 1...5_000 as ClosedRange<UInt64> {
            _ = self.scene.push(to: app)
            _ = self.scene.acknowledge(NotificationID(rawValue: number), by: phone)
        }
        #expect(self.scene.broker.deadlineCount <= 66)
    }

    @Test mutating func `sweeping out stale deadlines loses no live one`() throws {
        let phone = self.scene.phone()
        let apps = try (1...100).map { number in
            try self.scene.install(self.scene.topic(UInt8(number)), on: phone, token: UInt8(number))
        }
        for round in 0..<10 { for app in apps { _ = self.scene.push(to: app, expiry: Int64(1_000 + round)) } }
        let expired = self.scene.advance(2_000)
        #expect(expired.count == 100)
        #expect(Set(expired) == Set((901...1_000).map { .fate(NotificationID(rawValue: $0), .expired(.timePassed)) }))
    }

    @Test mutating func `notifications with less and less time do not pile up deadlines`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.disconnect(phone)
        for time in (1_000...11_000).reversed() {
            _ = self.scene.push(to: app, expiry: Int64(time))
            #expect(self.scene.broker.deadlineCount <= 2 * 1 + 65)
        }
        #expect(self.scene.advance(999).isEmpty)
        #expect(self.scene.advance(1) == [.fate(NotificationID(rawValue: 10_001), .expired(.timePassed))])
    }

    @Test mutating func `a newer notification with more time outlives the deadline of the older`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.disconnect(phone)
        for time in 1...1_000 { _ = self.scene.push(to: app, expiry: Int64(time)) }
        #expect(self.scene.broker.deadlineCount == 1, "one entry a slot, not one a notification")
        #expect(self.scene.advance(999).isEmpty)
        #expect(self.scene.advance(1) == [.fate(1_000, .expired(.timePassed))])
        #expect(self.scene.broker.nextDeadline == nil)
    }

    @Test mutating func `an app that is installed again under the same number expires by its own deadline`() throws {
        let phone = self.scene.phone("phone-1")
        let app = try self.scene.install(self.scene.topic(1), on: phone, token: 1)
        _ = self.scene.push(to: app, expiry: 100)
        _ = self.scene.remove(phone)
        let next = self.scene.phone("phone-2")
        let again = try self.scene.install(self.scene.topic(1), on: next, token: 2)
        _ = self.scene.push(to: again, expiry: 200)
        #expect(self.scene.advance(150).isEmpty)
        #expect(self.scene.advance(50) == [.fate(2, .expired(.timePassed))])
    }

    @Test mutating func `slots and numbers of what is gone are used again`() throws {
        for round in 0..<50 {
            let phone = self.scene.phone("phone-\(round)")
            let app = try self.scene.install(self.scene.topic(1), on: phone, token: 1)
            _ = self.scene.push(to: app)
            _ = self.scene.remove(phone)
        }
        #expect(self.scene.broker.slots.count == 1)
        #expect(self.scene.broker.apps.count == 1)
        #expect(self.scene.broker.devices.count == 1)
        #expect(self.scene.broker.watchedAppCount == 0)
    }

    @Test mutating func `a reset of one topic empties its slots silently and leaves the others`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        let second = self.scene.topic(2)
        let other = try self.scene.install(second, on: phone, token: 2)
        _ = self.scene.filter(phone, [1: .enabled, 2: .enabled])
        for app in [app, app, other, other] { _ = self.scene.push(to: app) }
        self.scene.broker.forgetNotifications(of: self.scene.topic(1))
        #expect(self.scene.acknowledge(1, by: phone).isEmpty, "forgotten")
        #expect(self.scene.acknowledge(3, by: phone) == [.fate(3, .delivered), .fate(4, .inFlight), .sent(4)])
        #expect(self.scene.push(to: app) == [.fate(5, .inFlight), .sent(5)])
    }

    @Test mutating func `a reset of everything leaves no slot, no deadline, and all apps in working order`() throws {
        let (phone, app) = try self.scene.phoneWithApp()
        _ = self.scene.disconnect(phone)
        _ = self.scene.push(to: app)
        self.scene.broker.forgetNotifications(of: nil)
        #expect(self.scene.advance(100_000).isEmpty)
        #expect(self.scene.connect(phone, [1: .enabled]) == [.nothingStored(phone)])
        #expect(self.scene.push(to: app) == [.fate(2, .inFlight), .sent(2)])
    }
}
