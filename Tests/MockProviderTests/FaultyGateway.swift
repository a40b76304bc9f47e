import APNSWire
import MockProvider
import NIOCore
import NIOPosix
import NIOSSL
import PushIdentity
import PushTransport
import PushVocabulary
import ServiceTestSupport

/// A tiny gateway that knows one token and makes one mistake: what the conformance suite has to catch.
///
/// Without a mistake it is right, which the suite has to say as well.
struct FaultyGateway: Sendable {
    enum Mistake: String, Sendable, CaseIterable {
        case none
        case answersNothing
        case successIsStatusZero
        case packetStartsWithOne
        case identifierIsAlwaysZero
        case identifierOfTheLastAccepted
        case identifierReadAhead
        case payloadJudgedBeforeToken
        case wrongTokenSizeIsMissing
        case simpleErrorsAnswered
        case everyTokenAccepted
        case allItemsRequired
        case unknownCommandSkipped
        case unknownCommandAnswered
        case lengthsJudgedLate
        case smallPayloadLimit
        case oneFramePerRead
        case splitFramesSwallowed
        case unfinishedFrameAnswered
        case staysOpen
        case endsWithoutCloseNotify
        case resets
        case closesBehindSuccess
        case admitsAnybody
    }

    static let goodToken = DeviceToken(repeatElement(0x42, count: 32))

    let address: ServiceAddress
    private let listener: any Channel

    static func start(_ mistake: Mistake) async throws -> FaultyGateway {
        let context = try Self.context(mistake)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls =
                        if mistake == .admitsAnybody {
                            NIOSSLServerHandler(context: context)
                        } else {
                            NIOSSLServerHandler(context: context) { _, promise in promise.succeed(.certificateVerified)
                            }
                        }
                    try channel.pipeline.syncOperations.addHandlers([tls, FaultyGatewayHandler(mistake)])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = listener.localAddress?.port ?? 0
        return FaultyGateway(address: ServiceAddress(host: "127.0.0.1", port: port), listener: listener)
    }

    private static func context(_ mistake: Mistake) throws -> NIOSSLContext {
        let identity = TestIdentities.shared.providerServer
        guard mistake == .admitsAnybody else { return try TLSContexts.providerServer(identity) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: identity.certificate.der, format: .der))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKey.pem.utf8), format: .pem))
        )
        configuration.minimumTLSVersion = .tlsv1
        configuration.maximumTLSVersion = .tlsv12
        configuration.cipherSuites = "ALL"
        return try NIOSSLContext(configuration: configuration)
    }

    func stop() async {
        try? await self.listener.close()
    }

    func target(answer: Duration) throws -> ConformanceTarget {
        let client = try ProviderClient(
            gateway: self.address,
            identity: TestIdentities.shared.provider(TestService.topic),
            authority: TestIdentities.shared.authority.certificate,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        )
        guard let goodToken = Self.goodToken else { throw TestServiceError.noSuchEnvironment }
        return ConformanceTarget(
            client: client,
            goodToken: goodToken,
            timeouts: ConformanceTimeouts(answer: answer, silence: .milliseconds(100))
        )
    }
}
