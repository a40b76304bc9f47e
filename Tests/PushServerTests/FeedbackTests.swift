import APNSWire
import MockProvider
import NIOCore
import NIOPosix
import NIOSSL
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The feedback service, row by row of what is known of it, over real TLS.
struct FeedbackTests {
    private static let start = Instant(unixSeconds: 1_400_000_000)

    private func clock() -> ProductClock { ProductClock(.manual, start: Self.start) }

    /// A device that never connects, with one app.
    private func addApp(
        _ name: String,
        _ topic: Topic = TestService.topic,
        token: DeviceToken? = nil,
        in service: TestService
    ) async throws -> DeviceToken {
        try await service.server.perform { host in
            let app = DeviceProvision.App(topic: topic, token: token)
            _ = try host.provision(DeviceProvision(name: name, environment: .sandbox, apps: [app]))
            let device = try #require(host.broker.device(named: name).flatMap { host.broker.view(of: $0) })
            return try #require(device.apps.first { $0.topicHash == topic.hash }?.token)
        }
    }

    private func push(_ tokens: [DeviceToken], by client: ProviderClient, in service: TestService) async throws {
        let before = try await service.counters().undeliverable
        let provider = try await client.connect()
        try await provider.send(tokens.map { .alert(to: $0) })
        try await service.wait(NotificationFilter(fate: .undeliverable), count: before + tokens.count)
        await provider.close()
    }

    @Test(.seed("004-25"))
    func `a push after the app is gone lists it; the list is emptied by reading; another push lists it again`()
        async throws
    {
        let clock = self.clock()
        try await TestService.with(clock: clock) { service in
            let token = try await addApp("phone", in: service)
            let client = try service.client()
            try await service.removeApp(of: token)
            #expect(try await client.readFeedback().isEmpty, "being gone alone lists nothing")
            clock.freeze(at: Self.start + .seconds(60))
            try await push([token], by: client, in: service)
            let tuple = FeedbackTuple(timestamp: UInt32(Self.start.unixSeconds), token: token)
            #expect(try await client.readFeedback() == [tuple], "with the time when it went, not of the push")
            #expect(try await client.readFeedback().isEmpty)
            try await push([token], by: client, in: service)
            #expect(try await client.readFeedback() == [tuple])
        }
    }

    @Test func `pushed to many times, a token is listed once`() async throws {
        try await TestService.with { service in
            let token = try await addApp("phone", in: service)
            try await service.removeApp(of: token)
            try await push([token, token, token], by: service.client(), in: service)
            #expect(try await service.client().readFeedback().count == 1)
        }
    }

    @Test func `apps that went in the same second are all listed, and the order is that of time`() async throws {
        let clock = self.clock()
        try await TestService.with(clock: clock) { service in
            var tokens: [DeviceToken] = []
            for number in 0..<6 { tokens.append(try await addApp("phone-\(number)", in: service)) }
            clock.freeze(at: Self.start + .seconds(10))
            for number in 0..<3 { try await service.removeApp(of: tokens[number]) }
            clock.freeze(at: Self.start + .seconds(20))
            for number in 3..<6 { try await service.removeApp(of: tokens[number]) }
            try await push(tokens.reversed(), by: service.client(), in: service)
            let read = try await service.client().readFeedback()
            let start = UInt32(Self.start.unixSeconds)
            #expect(read.map(\.timestamp) == [10, 10, 10, 20, 20, 20].map { start + $0 })
            #expect(Set(read.prefix(3).map(\.token)) == Set(tokens[..<3]))
            #expect(Set(read.suffix(3).map(\.token)) == Set(tokens[3...]))
        }
    }

    @Test func `a provider for several topics reads the union, a token of two of them once with its latest time`()
        async throws
    {
        let clock = self.clock()
        try await TestService.with(clock: clock) { service in
            let twin = try #require(DeviceToken(Array(repeating: 0x22, count: 32)))
            let first = try await addApp("a", token: twin, in: service)
            let second = try await addApp("b", TestService.otherTopic, token: twin, in: service)
            let third = try await addApp("c", TestService.otherTopic, in: service)
            let stranger = try await addApp("d", "com.example.third", in: service)
            #expect(first == second, "the same token may occur for different topics")
            let names = ["a", "b", "c", "d"]
            for (number, name) in names.enumerated() {
                clock.freeze(at: Self.start + .seconds(number))
                try await service.server.perform { host in
                    let device = try #require(host.broker.device(named: name).flatMap { host.broker.view(of: $0) })
                    host.filtered(device.id, lists: [:], removed: device.apps.map(\.topicHash))
                }
            }
            try await push([first], by: service.client(), in: service)
            try await push([second, third], by: service.client(topic: TestService.otherTopic), in: service)
            try await push([stranger], by: service.client(topic: "com.example.third"), in: service)
            let identity = try service.identities.authority.issueProvider(
                ProviderRequest(
                    topic: TestService.topic,
                    kind: .development,
                    additionalTopics: [TestService.otherTopic]
                ),
                key: service.identities.provider(TestService.topic).privateKey
            )
            let both = try service.client(.sandbox, identity: identity)
            let start = UInt32(Self.start.unixSeconds)
            #expect(
                try await both.readFeedback() == [
                    FeedbackTuple(timestamp: start + 1, token: twin), FeedbackTuple(timestamp: start + 2, token: third),
                ]
            )
            #expect(try await service.client().readFeedback().isEmpty, "the union's reading emptied each list")
            #expect(try await service.client(topic: "com.example.third").readFeedback().map(\.token) == [stranger])
        }
    }

    @Test func `unknown tokens and those of the other environment are refused, and never listed`() async throws {
        try await TestService.with { service in
            let production = try await service.addPhone("p", environment: .production, connected: false)
            try await service.removeApp(of: production[0])
            for token in [production[0].bytes, Array(repeating: 0xEE, count: 32)] {
                let provider = try await service.client().connect()
                try await provider.send([OutgoingNotification(token: token, payload: Array("{}".utf8), identifier: 4)])
                let answer = await provider.answer(within: .seconds(5))
                #expect(answer == .packet(ErrorPacket(status: .invalidToken, identifier: 4)))
            }
            for environment in Environment.allCases {
                #expect(try await service.client(environment).readFeedback().isEmpty)
            }
        }
    }

    @Test func `a push that expires undelivered lists nothing`() async throws {
        try await TestService.with { service in
            let token = try await addApp("phone", in: service)
            let provider = try await service.client().connect()
            try await provider.send([.alert(to: token, expiry: 0)])
            try await service.wait(NotificationFilter(fate: .expired))
            #expect(try await service.client().readFeedback().isEmpty)
        }
    }

    @Test func `a tuple never straddles two TLS records, however long the list`() async throws {
        let count = 1_000
        try await TestService.with { service in
            try await service.server.perform { host in
                for number in 0..<count {
                    let token = try #require(
                        DeviceToken(WireFrame.bigEndian(UInt64(number)) + Array(repeating: 7, count: 24))
                    )
                    let entry = FeedbackEntry(token: token, since: Self.start)
                    host.addFeedback(entry, topic: TestService.topic, environment: .sandbox)
                }
            }
            let address = try #require(service.server.addresses[.sandbox]?.feedback)
            let lengths = try await RecordLengths.read(
                from: address,
                identity: service.identities.provider(TestService.topic)
            )
            #expect(lengths.reduce(0, +) == count * 38)
            #expect(lengths.count >= 3)
            #expect(lengths.allSatisfy { $0.isMultiple(of: 38) }, "\(lengths)")
        }
    }

    @Test func `the sandbox may say nothing at all, and production still tells`() async throws {
        var profile = ServiceProfile.standard
        profile.sandboxFeedback = .nothing
        try await TestService.with(profile: profile) { service in
            let token = try #require(DeviceToken(Array(repeating: 3, count: 32)))
            try await service.server.perform { host in
                for environment in Environment.allCases {
                    host.addFeedback(
                        FeedbackEntry(token: token, since: Self.start),
                        topic: TestService.topic,
                        environment: environment
                    )
                }
            }
            #expect(try await service.client(.sandbox).readFeedback().isEmpty)
            #expect(try await service.client(.production).readFeedback().count == 1)
            let kept = try await service.server.perform { $0.feedback(of: TestService.topic, in: .sandbox).count }
            #expect(kept == 1)
        }
    }

    @Test func `cleared after a clean close only, a list outlives a provider that just hangs up`() async throws {
        var profile = ServiceProfile.standard
        profile.feedbackClearing = .afterCleanClose
        try await TestService.with(profile: profile) { service in
            let token = try #require(DeviceToken(Array(repeating: 3, count: 32)))
            try await service.server.perform { host in
                host.addFeedback(
                    FeedbackEntry(token: token, since: Self.start),
                    topic: TestService.topic,
                    environment: .sandbox
                )
            }
            let address = try #require(service.server.addresses[.sandbox]?.feedback)
            let identity = try service.identities.provider(TestService.topic)
            let lengths = try await RecordLengths.read(from: address, identity: identity, hangsUp: true)
            #expect(lengths == [38])
            try await service.lastConnectionHasEnded(of: .feedback)
            #expect(try await service.client().readFeedback().map(\.token) == [token], "still listed")
            try await service.lastConnectionHasEnded(of: .feedback)
            #expect(try await service.client().readFeedback().isEmpty)
        }
    }
}

/// Reads a feedback service as a client that looks at the TLS records: the bytes of plain text in each.
private final class RecordLengths: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// AES-GCM under TLS 1.2 adds an explicit nonce of 8 bytes and a tag of 16.
    private static let overhead = 24

    private var bytes = ByteBuffer()
    private var lengths: [Int] = []
    private let result: EventLoopPromise<[Int]>
    private let hangsUp: Bool

    init(result: EventLoopPromise<[Int]>, hangsUp: Bool) {
        self.result = result
        self.hangsUp = hangsUp
    }

    static func read(from address: ServiceAddress, identity: Identity, hangsUp: Bool = false) async throws -> [Int] {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        configuration.maximumTLSVersion = .tlsv12
        configuration.cipherSuites = "ECDHE-RSA-AES128-GCM-SHA256"
        configuration.certificateChain = [
            .certificate(try NIOSSLCertificate(bytes: identity.certificate.der, format: .der))
        ]
        configuration.privateKey = .privateKey(
            try NIOSSLPrivateKey(bytes: Array(identity.privateKey.pem.utf8), format: .pem)
        )
        let context = try NIOSSLContext(configuration: configuration)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let result = eventLoop.makePromise(of: [Int].self)
        _ = try await ClientBootstrap(group: eventLoop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        RecordLengths(result: result, hangsUp: hangsUp),
                        try NIOSSLClientHandler(context: context, serverHostname: nil),
                    ])
                }
            }
            .connect(host: address.host, port: address.port).get()
        return try await result.futureResult.get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var arrived = Self.unwrapInboundIn(data)
        self.bytes.writeImmutableBuffer(arrived)
        while let type = self.bytes.getInteger(at: self.bytes.readerIndex, as: UInt8.self),
            let length = self.bytes.getInteger(at: self.bytes.readerIndex + 3, as: UInt16.self),
            self.bytes.readableBytes >= 5 + Int(length)
        {
            self.bytes.moveReaderIndex(forwardBy: 5 + Int(length))
            if type == 23 { self.lengths.append(Int(length) - Self.overhead) }
        }
        if self.hangsUp, !self.lengths.isEmpty {
            // From this side of TLS: no close_notify.
            context.close(promise: nil)
        } else {
            context.fireChannelRead(Self.wrapInboundOut(arrived))
        }
        arrived.clear()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.result.succeed(self.lengths)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
