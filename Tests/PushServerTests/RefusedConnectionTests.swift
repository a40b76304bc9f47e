import MockProvider
import NIOCore
import NIOPosix
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Listeners that a fault rule has closed: connecting is refused as where nobody listens.
struct RefusedConnectionTests {
    private func rule(_ service: PushService? = .gateway, window: Range<Duration>? = nil) -> FaultRule {
        var rule = FaultRule(id: "down", match: FaultMatch(stage: .listen), action: .refuse)
        rule.match.service = service
        rule.match.environment = .sandbox
        rule.trigger.window = window
        return rule
    }

    /// Whether TCP itself is turned away.
    private func isRefused(_ service: KeyPath<PushServerConfiguration.Addresses, ServiceAddress>, of test: TestService)
        async throws -> Bool
    {
        let address = try #require(test.server.addresses[.sandbox])[keyPath: service]
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(to: SocketAddress(ipAddress: address.host, port: address.port)).get()
            try await channel.close()
            return false
        } catch let error as IOError {
            #expect(error.errnoCode == ECONNREFUSED)
            return true
        }
    }

    @Test func `connecting is refused while the rule is there, and works on the same port afterwards`() async throws {
        let rule = self.rule()
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let old = try await service.client().connect()
            try await service.server.perform { $0.putFault(rule) }
            #expect(try await self.isRefused(\.gateway, of: service))
            #expect(try await !self.isRefused(\.feedback, of: service), "only the service that is named")
            try await old.send([.alert(to: tokens[0], identifier: 1)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 1))
            let entries = try await service.server.perform { $0.faultEntries }
            #expect(entries.map(\.hits) == [1])
            #expect(try await service.server.perform { $0.removeFault("down") })
            let new = try await service.client().connect()
            try await new.send([.alert(to: tokens[0], identifier: 2)])
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 2))
            await old.close()
            await new.close()
        }
    }

    @Test func `the rule is in force in its window only, and until its time to live is over`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        var rule = self.rule(nil, window: .seconds(10)..<(.seconds(20)))
        rule.timeToLive = .seconds(15)
        let added = rule
        try await TestService.with(clock: clock) { service in
            try await service.server.perform { $0.putFault(added) }
            let start = clock.now
            for (seconds, isDown) in [(0, false), (9, false), (10, true), (14, true), (15, false), (21, false)] {
                _ = await clock.advance(to: start + .seconds(seconds), keepers: [service.server])
                for path in [
                    \PushServerConfiguration.Addresses.gateway, \.feedback, \.courier,
                ] {
                    #expect(try await self.isRefused(path, of: service) == isDown, "after \(seconds) s")
                }
            }
            #expect(try await service.server.perform { $0.faultEntries }.isEmpty)
        }
    }

    @Test func `clearing all rules brings every listener back`() async throws {
        let rules = [self.rule(.gateway), self.rule(.feedback)]
        try await TestService.with { service in
            try await service.server.perform { host in
                for (number, var rule) in rules.enumerated() {
                    rule.id = "\(number)"
                    host.putFault(rule)
                }
            }
            #expect(try await self.isRefused(\.gateway, of: service))
            #expect(try await self.isRefused(\.feedback, of: service))
            #expect(try await service.server.perform { $0.resetFaults(of: nil) } == 2)
            #expect(try await !self.isRefused(\.gateway, of: service))
            #expect(try await !self.isRefused(\.feedback, of: service))
        }
    }

    @Test func `a server with a listener closed stops like any other`() async throws {
        let rule = self.rule(nil)
        try await TestService.with { service in
            try await service.server.perform { $0.putFault(rule) }
            #expect(try await self.isRefused(\.courier, of: service))
        }
    }
}
