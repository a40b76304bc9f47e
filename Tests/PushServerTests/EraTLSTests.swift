import APNSWire
import MockProvider
import NIOCore
import NIOPosix
import NIOSSL
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Clients that speak the TLS of their time.
struct EraTLSTests {
    @Test(arguments: [(TLSVersion.tlsv1, "TLSv1"), (.tlsv11, "TLSv1.1"), (.tlsv12, "TLSv1.2")])
    func `a client of TLS 1.0, 1.1 or 1.2 only is served on both ports`(
        _ version: TLSVersion,
        _ name: String
    ) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let client = try service.client().speaking(version)
            let provider = try await client.connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .delivered))
            #expect(try await client.readFeedback().isEmpty)
            let versions = try await service.server.perform { host in
                (host.ledger.connections(service: .gateway) + host.ledger.connections(service: .feedback))
                    .map(\.tls?.version)
            }
            #expect(versions == [name, name])
        }
    }

    @Test func `there is no TLS 1.3 on a provider's port, and the ledger says which there are`() async throws {
        try await TestService.with { service in
            let client = try service.client().speaking(.tlsv13)
            await #expect(throws: (any Error).self) { try await client.connect() }
            await #expect(throws: (any Error).self) { try await client.readFeedback() }
            let ends = try await service.server.perform { host in
                (host.ledger.connections(service: .gateway) + host.ledger.connections(service: .feedback))
                    .map { entry -> String in
                        if case .handshakeFailed(let end) = entry.outcome { end.code } else { "" }
                    }
            }
            #expect(ends == ["tls-version", "tls-version"])
        }
    }

    @Test func `a client that could speak 1.3 is talked down to 1.2`() async throws {
        try await TestService.with { service in
            let answer = try await self.answer(of: service, version: nil, suite: nil)
            #expect(answer == [8, 8, 0, 0, 0, 6])
            #expect(try await self.version(in: service) == "TLSv1.2")
        }
    }

    @Test(arguments: ["AES128-SHA", "AES256-SHA"])
    func `RSA key exchange with AES-CBC-SHA over TLS 1.0 is served, as the logs of the time show`(
        _ suite: String
    ) async throws {
        try await TestService.with { service in
            let answer = try await self.answer(of: service, version: .tlsv1, suite: suite)
            #expect(answer == [8, 8, 0, 0, 0, 6])
            #expect(try await self.version(in: service) == "TLSv1")
        }
    }

    private func version(in service: TestService) async throws -> String? {
        try await service.server.perform { $0.ledger.connections(service: .gateway).last?.tls?.version }
    }

    /// What a client with this version and this suite alone hears of a frame with an unknown token.
    private func answer(of service: TestService, version: TLSVersion?, suite: String?) async throws -> [UInt8] {
        let identity = try service.identities.provider(TestService.topic)
        let address = try #require(service.server.addresses[.sandbox]?.gateway)
        let certificate = try NIOSSLCertificate(bytes: identity.certificate.der, format: .der)
        let authority = try NIOSSLCertificate(bytes: service.identities.authority.certificate.der, format: .der)
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates([authority])
        configuration.minimumTLSVersion = version ?? .tlsv1
        configuration.maximumTLSVersion = version
        if let suite { configuration.cipherSuites = suite }
        configuration.certificateChain = [.certificate(certificate)]
        configuration.privateKey = .privateKey(
            try NIOSSLPrivateKey(bytes: Array(identity.privateKey.pem.utf8), format: .pem)
        )
        let context = try NIOSSLContext(configuration: configuration)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let result = eventLoop.makePromise(of: [UInt8].self)
        let channel = try await ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: "gateway.sandbox.push.apple.com"),
                        EverythingHeard(result: result),
                    ])
                }
            }
            .connect(host: address.host, port: address.port).get()
        try await channel.writeAndFlush(ByteBuffer(bytes: WireFrame.bytes(6)))
        return try await result.futureResult.get()
    }
}

/// Collects what comes until the end.
private final class EverythingHeard: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes = ByteBuffer()
    private let result: EventLoopPromise<[UInt8]>

    init(result: EventLoopPromise<[UInt8]>) {
        self.result = result
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes.writeImmutableBuffer(Self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) { self.result.succeed(Array(self.bytes.readableBytesView)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
