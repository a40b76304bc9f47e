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

/// Each fault as a client at the other end sees it, over real TLS.
struct FaultTests {
    /// A service with one phone and one rule, and a provider's connection to it.
    private func with(
        _ stage: FaultStage,
        _ action: FaultAction,
        clock: ProductClock = ProductClock(),
        change: (inout FaultRule) -> Void = { _ in },
        body: (TestService, ProviderConnection, DeviceToken) async throws -> Void
    ) async throws {
        var rule = FaultRule(id: "rule", match: FaultMatch(stage: stage), action: action)
        change(&rule)
        let added = rule
        try await TestService.with(clock: clock) { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await service.server.perform { $0.putFault(added) }
            try await body(service, provider, tokens[0])
            await provider.close()
            #expect(try await service.counters().addUp)
        }
    }

    private func phone(in service: TestService, hasReceived count: Int) async throws {
        let deadline = ContinuousClock.now + .patience
        while await service.fleet.snapshot("phone")?.receivedCount != count {
            guard ContinuousClock.now < deadline else { throw TestServiceError.timedOut }
            await Task.yield()
        }
    }

    private func pushes(_ token: DeviceToken, _ identifiers: ClosedRange<UInt32>) -> [OutgoingNotification] {
        identifiers.map { .alert("\($0)", to: token, identifier: $0) }
    }

    @Test(
        arguments: [
            (FaultAction.IdentifierRule.own, 3), (.zero, 0), (.lastAccepted, 2), (.fixed(99), 99),
        ] as [(FaultAction.IdentifierRule, UInt32)]
    )
    func `any status with any identifier`(_ rule: FaultAction.IdentifierRule, _ seen: UInt32) async throws {
        try await self.with(
            .frame,
            .answer(status: 1, identifier: rule, keepsOpen: false),
            change: { $0.trigger.skipFirst = 2 }
        ) {
            service,
            provider,
            token in
            try await provider.send(self.pushes(token, 1...4))
            #expect(await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: 1, identifier: seen)))
            #expect(await provider.hear(until: .end, within: .seconds(5)).hasEnded)
            let verdicts = try await service.notifications().map(\.verdict.kind)
            #expect(verdicts == [.accepted, .accepted, .rejected, .discarded])
        }
    }

    @Test func `an answer may leave the connection open`() async throws {
        try await self.with(
            .frame,
            .answer(status: 8, identifier: .own, keepsOpen: true),
            change: { $0.trigger.times = 1 }
        ) {
            service,
            provider,
            token in
            try await provider.send(self.pushes(token, 1...1))
            #expect(await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: 8, identifier: 1)))
            try await provider.send(self.pushes(token, 2...2))
            try await service.wait(NotificationFilter(fate: .delivered, identifier: 2))
        }
    }

    @Test func `shutdown names the last frame accepted, and all later ones are to be sent again`() async throws {
        try await self.with(.frame, .shutdown, change: { $0.trigger.skipFirst = 3 }) { service, provider, token in
            try await provider.send(self.pushes(token, 1...6))
            #expect(
                await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: .shutdown, identifier: 3))
            )
            #expect(try await service.counters().accepted == 3)
        }
    }

    @Test func `a late answer comes after so many more frames`() async throws {
        try await self.with(.frame, .lateAnswer(status: 8, afterFrames: 3), change: { $0.trigger.skipFirst = 1 }) {
            service,
            provider,
            token in
            try await provider.send(self.pushes(token, 1...4))
            #expect(await provider.answer(within: .milliseconds(100)) == .silence)
            try await provider.send(self.pushes(token, 5...5))
            #expect(await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: 8, identifier: 2)))
            #expect(try await service.counters().discarded == 3)
        }
    }

    @Test func `a silent close says nothing`() async throws {
        try await self.with(.frame, .silentClose) { _, provider, token in
            try await provider.send(self.pushes(token, 1...1))
            #expect(await provider.answer(within: .seconds(5)) == .closed)
        }
    }

    @Test func `a reset ends the connection without a goodbye`() async throws {
        try await self.with(.frame, .reset) { service, provider, token in
            try await provider.send(self.pushes(token, 1...1))
            #expect(await provider.hear(until: .end, within: .seconds(5)).hasEnded)
            let outcome = try await service.server.perform { host in
                host.ledger.connections(service: .gateway).last?.outcome
            }
            guard case .closed(by: .fault, let end) = outcome else {
                Issue.record("ended otherwise: \(String(describing: outcome))")
                return
            }
            #expect(end.sentence.contains("rule"))
        }
    }

    @Test func `a half-close ends the service's direction only`() async throws {
        try await self.with(.frame, .halfClose, change: { $0.trigger.times = 1 }) { service, provider, token in
            try await provider.send(self.pushes(token, 1...1))
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.hasEnded)
            #expect(heard.bytes.readableBytes == 0)
            try await provider.send(self.pushes(token, 2...2))
            try await service.wait(NotificationFilter(verdict: .accepted, identifier: 2))
        }
    }

    @Test func `a delay holds everything up until the clock has moved on`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await self.with(.frame, .delay(.seconds(60)), clock: clock, change: { $0.trigger.times = 1 }) {
            service,
            provider,
            token in
            try await provider.send(self.pushes(token, 1...3))
            #expect(await provider.answer(within: .milliseconds(100)) == .silence)
            #expect(try await service.counters().received == 0)
            let fired = await clock.advance(to: clock.now + .seconds(61), keepers: [service.server, service.fleet])
            #expect(fired.map(\.purpose) == ["fault delay"])
            try await service.wait(NotificationFilter(verdict: .accepted), count: 3)
        }
    }

    @Test(arguments: [FaultAction.stall, .blackHole])
    func `a stalled or black connection stays open and silent`(_ action: FaultAction) async throws {
        try await self.with(.frame, action, change: { $0.trigger.skipFirst = 1 }) { service, provider, token in
            try await provider.send(self.pushes(token, 1...3))
            try await service.wait(NotificationFilter(verdict: .discarded))
            #expect(await provider.answer(within: .milliseconds(100)) == .silence)
            #expect(try await service.counters().accepted == 1)
        }
    }

    @Test func `a lost notification is accepted and never arrives`() async throws {
        try await self.with(.frame, .lose, change: { $0.trigger.times = 1 }) { service, provider, token in
            try await provider.send(self.pushes(token, 1...2))
            try await service.wait(NotificationFilter(fate: .delivered))
            let fates = try await service.notifications().map(\.fate)
            #expect(fates == [.lost(rule: "rule"), .delivered])
        }
    }

    @Test func `an idle connection is closed by the product clock`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await self.with(.frame, .closeWhenIdle(.seconds(300)), clock: clock) { service, provider, token in
            try await provider.send(self.pushes(token, 1...1))
            try await service.wait(NotificationFilter(verdict: .accepted))
            _ = await clock.advance(to: clock.now + .seconds(299), keepers: [service.server])
            #expect(await provider.answer(within: .milliseconds(50)) == .silence)
            _ = await clock.advance(to: clock.now + .seconds(2), keepers: [service.server])
            #expect(await provider.answer(within: .seconds(5)) == .closed)
        }
    }

    @Test func `an error packet can be split, cut short, or swallowed`() async throws {
        for (action, count) in [(FaultAction.split(bytes: 1), 6), (.truncate(bytes: 4), 4), (.silentClose, 0)] {
            try await self.with(.reply, action) { _, provider, token in
                var bad = OutgoingNotification.alert(to: token, identifier: 5)
                bad.token = Array(repeating: 1, count: 32)
                try await provider.send([bad])
                let heard = await provider.hear(until: .end, within: .seconds(5))
                #expect(heard.bytes.readableBytes == count)
                #expect(heard.hasEnded)
            }
        }
    }

    @Test func `connections can be refused before TLS and in the middle of it`() async throws {
        for (stage, action) in [
            (FaultStage.accept, FaultAction.silentClose), (.accept, .reset), (.handshake, .silentClose),
            (.handshake, .reset), (.handshake, .alert(80)),
        ] {
            try await self.with(stage, action, change: { $0.trigger.times = 1 }) { service, _, token in
                await #expect(throws: (any Error).self) { try await service.client().connect() }
                let provider = try await service.client().connect()
                try await provider.send(self.pushes(token, 1...1))
                try await service.wait(NotificationFilter(fate: .delivered))
            }
        }
    }

    @Test func `feedback can be held open, cut short, split, and say nothing`() async throws {
        try await TestService.with { service in
            let provider = try await service.client().connect()
            let gone = (1...3).map { number -> OutgoingNotification in
                var token = Array(repeating: UInt8(number), count: 32)
                token.replaceSubrange(0..<3, with: [0xFA, 0x17, 0xA4])
                return OutgoingNotification(token: token, payload: Array("{}".utf8), identifier: UInt32(number))
            }
            try await provider.send(gone)
            try await service.wait(NotificationFilter(fate: .undeliverable), count: 3)
            func put(_ action: FaultAction) async throws {
                try await service.server.perform { host in
                    var rule = FaultRule(id: "f", match: FaultMatch(stage: .feedback), action: action)
                    rule.trigger.times = 1
                    host.putFault(rule)
                }
            }
            let client = try service.client()
            try await put(.nothing)
            #expect(try await client.readFeedback().isEmpty)
            try await put(.split(bytes: 5))
            #expect(try await client.readFeedback().count == 3, "nothing was lost by saying nothing")
            try await provider.send(gone)
            try await service.wait(NotificationFilter(fate: .undeliverable), count: 6)
            try await put(.truncate(bytes: 40))
            await #expect(throws: ProviderError.truncatedTuple(bytes: 2)) { try await client.readFeedback() }
            try await put(.holdOpen)
            await #expect(throws: ProviderError.feedbackHeldOpen) {
                try await client.readFeedback(timeout: .milliseconds(200))
            }
        }
    }

    @Test func `a device's acknowledgement can be lost, and its push comes again`() async throws {
        let acknowledgement = CourierCommand.acknowledgement.rawValue
        try await self.with(
            .courier,
            .ignore,
            change: {
                $0.match.command = acknowledgement
                $0.trigger.times = 1
            }
        ) { service, provider, token in
            try await provider.send(self.pushes(token, 1...1))
            // In flight is not yet there: a phone that hangs up before it has received gets the push only once.
            try await self.phone(in: service, hasReceived: 1)
            try await service.fleet.disconnect("phone")
            try await service.serviceSees("phone", connected: false)
            try await service.fleet.connect("phone")
            try await service.wait(NotificationFilter(fate: .delivered))
            #expect(await service.fleet.snapshot("phone")?.receivedCount == 2)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 0x80, 0xFF] as [UInt8])
    func `a magic token gets its status with no set-up`(_ status: UInt8) async throws {
        try await TestService.with { service in
            let provider = try await service.client().connect()
            let token = [0xFA, 0x17, status] + Array(repeating: 0, count: 29)
            try await provider.send([
                OutgoingNotification(token: token, payload: Array("{}".utf8), identifier: 77)
            ])
            #expect(await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: status, identifier: 77)))
        }
    }
}
