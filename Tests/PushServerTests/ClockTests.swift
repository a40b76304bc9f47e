import APNSWire
import MockDevice
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The manual clock over real connections.
struct ClockTests {
    private let start = Instant(unixSeconds: 1_400_000_000)

    @Test func `a day passes in a moment, and the phone has kept its connection alive`() async throws {
        let clock = ProductClock(.manual, start: self.start)
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            let fired = await clock.advance(
                to: self.start + .seconds(86_400),
                keepers: [service.server, service.fleet]
            )
            #expect(clock.now == self.start + .seconds(86_400))
            #expect(fired.count { $0.purpose == "device phone" } == 96, "a keep-alive every 15 minutes")
            #expect(fired.map(\.due) == fired.map(\.due).sorted())
            let connections = try await service.server.perform { $0.ledger.connections(service: .courier) }
            #expect(connections.map(\.isOpen) == [true], "one connection, all day long")
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0])])
            let delivered = try await service.wait(NotificationFilter(fate: .delivered))
            #expect(delivered[0].clockAt == clock.now)
        }
    }

    @Test(.seed("004-13"))
    func `a stored push expires when its time comes, without anybody sleeping`() async throws {
        let clock = ProductClock(.manual, start: self.start)
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone(connected: false)
            let provider = try await service.client().connect()
            let expiry = UInt32(self.start.unixSeconds + 3_600)
            try await provider.send([.alert(to: tokens[0], expiry: expiry)])
            try await service.wait(NotificationFilter(fate: .stored))
            _ = await clock.advance(to: self.start + .seconds(3_599), keepers: [service.server, service.fleet])
            #expect(try await service.notifications()[0].fate == .stored(.deviceAway))
            let fired = await clock.advance(to: self.start + .seconds(3_600), keepers: [service.server, service.fleet])
            #expect(fired.map(\.purpose) == ["expiry"])
            #expect(try await service.notifications()[0].fate == .expired(.timePassed))
        }
    }

    @Test func `ten years pass in a moment as well; the phone was cut off meanwhile and is back`() async throws {
        let clock = ProductClock(.manual, start: self.start)
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            _ = await clock.advance(
                to: self.start + .seconds(3_650 * 86_400),
                keepers: [service.server, service.fleet]
            )
            try await service.serviceSees("phone", connected: true)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .delivered))
        }
    }

    @Test(arguments: [1_250_000_000, 1_400_000_000, 2_400_000_000] as [Int64])
    func `feature 21: TLS works at any date in range`(_ seconds: Int64) async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: seconds))
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(verdict: .accepted))
        }
    }
}
