import APNSWire
import MockDevice
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

/// Clients that say nothing, say nonsense or vanish harm nobody else and leave nothing behind.
struct HostileClientTests {
    /// Plain TCP to a service, the bytes sent, and the wait for the service to hang up.
    private func speak(_ bytes: [UInt8], to address: ServiceAddress, thenClose: Bool = false) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: address.host, port: address.port).get()
        if !bytes.isEmpty { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
        if thenClose { try? await channel.close() }
        try await channel.closeFuture.get()
    }

    private func everyAddress(of service: TestService) -> [ServiceAddress] {
        guard let addresses = service.server.addresses[.sandbox] else { return [] }
        return [addresses.gateway, addresses.feedback, addresses.courier]
    }

    private func noConnectionIsLeft(in service: TestService) async throws {
        for _ in 0..<100_000 {
            if try await service.server.perform({ $0.ledger.openConnectionCount }) == 0 { return }
            await Task.yield()
        }
        Issue.record("connections stayed open")
    }

    @Test func `a client that connects and says nothing is let go after a while`() async throws {
        try await TestService.with(limits: ConnectionLimits(handshakeTimeout: .seconds(1))) { service in
            for address in everyAddress(of: service) { try await speak([], to: address) }
            let outcomes = try await service.server.perform { $0.ledger.connections().map(\.outcome) }
            #expect(outcomes == Array(repeating: .handshakeFailed(.handshakeTimeout), count: 3))
        }
    }

    /// They are ended a few at a time, so that others are served in between.
    @Test(.mayTake(minutes: 5))
    func `of a hundred handshakes that are overdue at once none is forgotten`() async throws {
        try await TestService.with(limits: ConnectionLimits(handshakeTimeout: .seconds(1))) { service in
            let address = try #require(service.server.addresses[.sandbox]?.gateway)
            try await withThrowingTaskGroup(of: Void.self) { clients in
                for _ in 0..<100 { clients.addTask { try await self.speak([], to: address) } }
                try await clients.waitForAll()
            }
            let outcomes = try await service.server.perform { $0.ledger.connections().map(\.outcome) }
            #expect(outcomes == Array(repeating: .handshakeFailed(.handshakeTimeout), count: 100))
        }
    }

    @Test func `garbage ends its own connection and is explained`() async throws {
        try await TestService.with { service in
            for address in everyAddress(of: service) {
                try await speak(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), to: address)
                try await speak(Array(repeating: 0xA5, count: 4_096), to: address)
            }
            try await noConnectionIsLeft(in: service)
            let outcomes = try await service.server.perform { $0.ledger.connections().map(\.outcome) }
            for case .handshakeFailed(let end) in outcomes { #expect(end.hint != nil, "\(end)") }
            #expect(outcomes.allSatisfy { if case .handshakeFailed = $0 { true } else { false } })
            let tokens = try await service.addPhone()
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .delivered))
        }
    }

    @Test func `a provider that vanishes in the middle of a frame leaves nothing behind`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            var buffer = ByteBuffer()
            OutgoingNotification.alert(to: tokens[0]).write(into: &buffer)
            for cut in stride(from: 1, to: buffer.readableBytes, by: 7) {
                let provider = try await service.client().connect()
                try await provider.send(bytes: Array(buffer.readableBytesView.prefix(cut)))
                await provider.close()
            }
            #expect(try await service.counters().received == 0)
            try await service.fleet.disconnect("phone")
            try await noConnectionIsLeft(in: service)
        }
    }

    @Test func `an absurd frame length is answered at once, without waiting for its bytes`() async throws {
        try await TestService.with { service in
            let provider = try await service.client().connect()
            try await provider.send(bytes: [2, 0xFF, 0xFF, 0xFF, 0xFF])
            #expect(
                await provider.answer(within: .seconds(5))
                    == .packet(ErrorPacket(status: .protocolError, identifier: 0))
            )
        }
    }
}
