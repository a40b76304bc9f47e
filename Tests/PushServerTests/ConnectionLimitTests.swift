import APNSWire
import MockProvider
import NIOCore
import NIOPosix
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What clients may take is limited, others are served beyond the limit, and the list of connections says what happened.
struct ConnectionLimitTests {
    private func rawConnection(to address: ServiceAddress) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .connect(host: address.host, port: address.port).get()
    }

    private func gateway(of service: TestService) throws -> ServiceAddress {
        try #require(service.server.addresses[.sandbox]?.gateway)
    }

    private func outcomes(_ service: TestService, _ kind: PushService = .gateway) async throws -> [ConnectionOutcome] {
        try await service.server.perform { $0.ledger.connections(service: kind).map(\.outcome) }
    }

    /// The codes of connections that have ended, as many as are wanted.
    private func codes(_ count: Int, _ service: TestService, _ kind: PushService) async throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            let codes = try await self.outcomes(service, kind).compactMap { outcome -> String? in
                switch outcome {
                case .open: nil
                case .closed(_, let end), .handshakeFailed(let end): end.code
                }
            }
            if codes.count >= count { return codes }
            await Task.yield()
        }
        throw TestServiceError.timedOut
    }

    private func pushIsDelivered(by client: ProviderClient, to token: DeviceToken, _ service: TestService) async throws
    {
        let provider = try await client.connect()
        try await provider.send([.alert(to: token)])
        try await service.wait(NotificationFilter(fate: .delivered))
        await provider.close()
    }

    @Test func `a handshake beyond the limit takes the place of the oldest that is under way`() async throws {
        var limits = ConnectionLimits()
        limits.maximumHandshakes = 3
        try await TestService.with(limits: limits) { service in
            let tokens = try await service.addPhone()
            var silent: [any Channel] = []
            for _ in 0..<3 { silent.append(try await self.rawConnection(to: try self.gateway(of: service))) }
            try await self.pushIsDelivered(by: try service.client(), to: tokens[0], service)
            try await silent[0].closeFuture.get()
            let outcomes = try await self.outcomes(service)
            guard case .handshakeFailed(let end) = outcomes[0] else { throw TestServiceError.timedOut }
            #expect(end.code == "handshake-displaced")
            #expect(outcomes[1...2].allSatisfy { $0 == .open })
            for channel in silent { try? await channel.close() }
        }
    }

    @Test func `a connection beyond the limit is closed at once, and its reason stands in the list`() async throws {
        var limits = ConnectionLimits()
        limits.maximumConnections = 2
        try await TestService.with(limits: limits) { service in
            let client = try service.client()
            let first = try await client.connect()
            let second = try await client.connect()
            let third = try await self.rawConnection(to: try self.gateway(of: service))
            try await third.closeFuture.get()
            guard case .handshakeFailed(let end) = try await self.outcomes(service)[2] else {
                throw TestServiceError.timedOut
            }
            #expect(end.code == "too-many-connections" && end.sentence.contains("2 connections"))
            #expect(end.hint?.contains("--connection-limit") == true)
            // Other ports are not concerned, and one that goes makes room.
            let feedback = try await self.rawConnection(
                to: try #require(service.server.addresses[.sandbox]?.feedback)
            )
            #expect(feedback.isActive)
            try? await feedback.close()
            await first.close()
            _ = try await self.codes(2, service, .gateway)
            await (try await client.connect()).close()
            await second.close()
        }
    }

    @Test func `where the port is full, a client that has not finished its handshake makes room`() async throws {
        var limits = ConnectionLimits()
        limits.maximumConnections = 2
        try await TestService.with(limits: limits) { service in
            let client = try service.client()
            let first = try await client.connect()
            let silent = try await self.rawConnection(to: try self.gateway(of: service))
            let second = try await client.connect()
            try await silent.closeFuture.get()
            #expect(try await self.codes(1, service, .gateway) == ["handshake-displaced"])
            await first.close()
            await second.close()
        }
    }

    @Test func `where the process is full, the fullest port makes room`() async throws {
        var limits = ConnectionLimits()
        limits.maximumOpenConnections = 3
        try await TestService.with(limits: limits) { service in
            let courier = try #require(service.server.addresses[.sandbox]?.courier)
            let silent = [try await self.rawConnection(to: courier), try await self.rawConnection(to: courier)]
            let first = try await service.client().connect()
            let second = try await service.client().connect()
            let third = try await service.client().connect()
            for channel in silent { try await channel.closeFuture.get() }
            #expect(try await self.codes(2, service, .courier) == Array(repeating: "handshake-displaced", count: 2))
            let last = try await self.rawConnection(to: courier)
            try await last.closeFuture.get()
            guard case .handshakeFailed(let end)? = try await self.outcomes(service, .courier).last else {
                throw TestServiceError.timedOut
            }
            #expect(end.code == "too-many-connections" && end.hint?.contains("ulimit") == true)
            for provider in [first, second, third] { await provider.close() }
        }
    }

    @Test func `a frame that is not finished ends its connection, however slowly its bytes drip`() async throws {
        let limits = ConnectionLimits(unfinishedTimeout: .milliseconds(400))
        try await TestService.with(limits: limits) { service in
            let tokens = try await service.addPhone()
            let client = try service.client()
            // Silent between two frames is what a provider may be.
            let idle = try await client.connect()
            try await idle.send([.alert(to: tokens[0])])
            let slow = try await client.connect()
            var buffer = ByteBuffer()
            OutgoingNotification.alert(to: tokens[0]).write(into: &buffer)
            let frame = Array(buffer.readableBytesView)
            try await slow.send(bytes: Array(frame.dropLast(20)))
            let drip = MultiThreadedEventLoopGroup.singleton.any().scheduleRepeatedTask(
                initialDelay: .milliseconds(50),
                delay: .milliseconds(150)
            ) { _ in _ = slow.post(bytes: [0x20]) }
            #expect(try await self.codes(1, service, .gateway) == ["unfinished-frame"])
            drip.cancel()
            let received = try await service.counters().received
            #expect(received == 1)
            try await idle.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .delivered), count: 2)
            await idle.close()
            await slow.close()
        }
    }

    @Test func `a device that sends no Connect, or half a message, is let go`() async throws {
        let limits = ConnectionLimits(unfinishedTimeout: .milliseconds(Sanitizers.areActive ? 8_000 : 400))
        try await TestService.with(limits: limits) { service in
            let silent = try await RawCourier.open(to: service)
            #expect(try await silent.next() == nil)
            #expect(try await self.codes(1, service, .courier) == ["no-connect"])
            let phone = try await RawPhone("phone").online(in: service)
            try await phone.courier.send(bytes: [0x0C, 0, 0, 1, 0, 1])
            #expect(try await phone.courier.next() == nil)
            #expect(try await self.codes(2, service, .courier) == ["no-connect", "unfinished-message"])
            await silent.close()
            await phone.courier.close()
        }
    }

    @Test func `without a limit of time half a frame may wait`() async throws {
        try await TestService.with(limits: ConnectionLimits(unfinishedTimeout: nil)) { service in
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            var buffer = ByteBuffer()
            OutgoingNotification.alert(to: tokens[0]).write(into: &buffer)
            let frame = Array(buffer.readableBytesView)
            try await provider.send(bytes: Array(frame.prefix(20)))
            try await provider.send(bytes: Array(frame.dropFirst(20)))
            try await service.wait(NotificationFilter(fate: .delivered))
            await provider.close()
        }
    }

    @Test func `a gateway that is to close silent connections does so by the product clock`() async throws {
        let clock = ProductClock(.manual, start: ProductClock.systemNow())
        let start = clock.now
        try await TestService.with(clock: clock, gatewayIdleTimeout: .seconds(3_600)) { service in
            let provider = try await service.client().connect()
            clock.freeze(at: start + .seconds(3_599))
            #expect(try await self.outcomes(service) == [.open])
            clock.freeze(at: start + .seconds(3_600))
            #expect(await provider.hear(until: .end, within: .seconds(10)).hasEnded)
            guard case .closed(by: .service, let end)? = try await self.outcomes(service).first else {
                throw TestServiceError.timedOut
            }
            #expect(end.code == "idle")
            await provider.close()
        }
    }

    @Test(.mayTake(minutes: 5))
    func `many half-open handshakes cost what the limit says, and others are served`() async throws {
        var limits = ConnectionLimits()
        limits.maximumHandshakes = 100
        try await TestService.with(limits: limits) { service in
            let tokens = try await service.addPhone()
            let address = try self.gateway(of: service)
            var halfOpen: [any Channel] = []
            for _ in 0..<500 {
                let channel = try await self.rawConnection(to: address)
                // The first bytes of a ClientHello.
                try? await channel.writeAndFlush(ByteBuffer(bytes: [22, 3, 1, 0, 200, 1]))
                halfOpen.append(channel)
            }
            try await self.pushIsDelivered(by: try service.client(), to: tokens[0], service)
            let open = try await service.server.perform { $0.ledger.openConnectionCount }
            #expect(open <= 102, "\(open) are open")
            for channel in halfOpen { try? await channel.close() }
        }
    }
}
