import NIOCore
import NIOPosix
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Clients that go away before TLS stands.
struct HandshakeTests {
    /// The beginning of a TLS record that holds a ClientHello.
    private static let halfHello: [UInt8] = [0x16, 3, 1, 0, 0xC8, 1, 0, 0, 0xC4, 3, 3]

    @Test(arguments: [[], halfHello])
    func `a client that hangs up in the handshake is forgotten at once, not when its time is up`(
        _ bytes: [UInt8]
    ) async throws {
        try await TestService.with(limits: ConnectionLimits(handshakeTimeout: .seconds(3_600))) { service in
            let addresses = try #require(service.server.addresses[.sandbox])
            for address in [addresses.gateway, addresses.feedback, addresses.courier] {
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: address.host, port: address.port).get()
                if !bytes.isEmpty { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
                try await channel.close()
            }
            let ends = try await self.endsOfThree(in: service)
            #expect(ends == ["handshake-abandoned", "handshake-abandoned", "handshake-abandoned"])
        }
    }

    private func endsOfThree(in service: TestService) async throws -> [String] {
        for _ in 0..<100_000 {
            let ends = try await service.server.perform { host in
                host.ledger.connections().compactMap {
                    if case .handshakeFailed(let end) = $0.outcome { end.code } else { nil }
                }
            }
            if ends.count == 3 { return ends }
            await Task.yield()
        }
        throw TestServiceError.timedOut
    }
}
