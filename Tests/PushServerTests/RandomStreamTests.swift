import APNSWire
import MockProvider
import NIOCore
import NIOPosix
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Synchronization
import Testing

/// Long random streams with random faults: the ledger and the client tell the same story.
struct RandomStreamTests {
    private static let frameCount = LongTests.areWanted ? 10_000 : 500

    @Test func `for 200 seeds the counters add up, and the ledger says what the client saw`() async throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let gateway = try await PlainGateway(seed: seed)
            var random = SeededGenerator(seed: seed)
            let rules = RandomStream.rules(random: &random, resets: true)
            try await gateway.perform { host in for rule in rules { host.putFault(rule) } }
            let stream = RandomStream(count: Self.frameCount, tokens: gateway.tokens, random: &random)
            var rest = stream.frames[...]
            var connections = 0
            while !rest.isEmpty {
                let sent = Array(rest.prefix(Int.random(in: 1...300, using: &random)))
                rest = rest.dropFirst(sent.count)
                let story = try await gateway.tell(sent)
                connections += 1
                let contradictions = story.contradictions()
                #expect(contradictions.isEmpty, "seed \(seed), connection \(connections)")
            }
            let (counters, listed) = try await gateway.perform {
                ($0.ledger.counters, $0.ledger.notifications(limit: .max).items.count)
            }
            #expect(counters.addUp, "seed \(seed)")
            #expect(counters.received == listed)
            try await gateway.stop()
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `the same holds over TLS`(_ seed: UInt64) async throws {
        let run = try await Self.run(seed: seed)
        #expect(run.contradictions.isEmpty)
        #expect(run.countersAddUp)
    }

    @Test func `same seed and same bytes: same faults, same verdicts, same tokens, byte for byte`() async throws {
        let (first, second) = (try await Self.run(seed: 4), try await Self.run(seed: 4))
        #expect(first == second)
        #expect(first.entries.contains { $0.contains("fault rule") })
        let other = try await Self.run(seed: 5)
        #expect(other.entries != first.entries)
    }

    /// What can be told of a run over TLS but for its times.
    private struct Run: Equatable {
        var tokens: [DeviceToken] = []
        var heard: [[UInt8]] = []
        var entries: [String] = []
        var contradictions: [String] = []
        var countersAddUp = false
    }

    private static func run(seed: UInt64) async throws -> Run {
        var run = Run()
        try await TestService.with { service in
            run.tokens = try await service.addPhone(connected: false)
            var random = SeededGenerator(seed: seed)
            let rules = RandomStream.rules(random: &random, resets: false)
            try await service.server.perform { host in for rule in rules { host.putFault(rule) } }
            let stream = RandomStream(count: Self.frameCount, tokens: run.tokens, random: &random)
            let client = try service.client()
            var rest = stream.frames[...]
            while !rest.isEmpty {
                let sent = Array(rest.prefix(Int.random(in: 1...300, using: &random)))
                rest = rest.dropFirst(sent.count)
                let story = try await Self.tell(sent, client, service)
                run.contradictions += story.contradictions()
                run.heard.append(story.heard)
            }
            run.entries = try await service.notifications().map {
                "\($0.id) \($0.verdict) \(String(describing: $0.fate)) \($0.wire) \($0.tokenBytes) \($0.note ?? "")"
            }
            run.countersAddUp = try await service.counters().addUp
        }
        return run
    }

    private static func tell(
        _ sent: [RandomStream.Frame],
        _ client: ProviderClient,
        _ service: TestService
    ) async throws -> ConnectionStory {
        let provider = try await client.connect()
        let bytes = sent.flatMap(\.bytes)
        provider.post(bytes: bytes)
        provider.endOutput()
        let heard = await provider.hear(until: .end, within: .seconds(10))
        await provider.close()
        let deadline = ContinuousClock.now + .patience
        while true {
            let entry = try await service.server.perform { $0.ledger.connections(service: .gateway).last }
            let connection = try #require(entry)
            if connection.bytesIn == bytes.count, !connection.isOpen {
                let entries = try await service.server.perform { host in
                    host.ledger.notifications(matching: NotificationFilter(connection: connection.id), limit: .max)
                        .items
                }
                return ConnectionStory(
                    sent: sent,
                    heard: Array(heard.bytes.readableBytesView),
                    entries: entries,
                    connection: connection
                )
            }
            guard ContinuousClock.now < deadline else { throw TestServiceError.timedOut }
            await Task.yield()
        }
    }
}

/// A gateway's real handlers behind plain TCP, reading in small pieces of random size.
private struct PlainGateway {
    let tokens: [DeviceToken]
    private let eventLoop: any EventLoop
    private let host: NIOLoopBound<BrokerHost>
    private let listener: any Channel
    private let accepted: AcceptedChannels

    private final class AcceptedChannels: Sendable {
        let ends = Mutex<[EventLoopFuture<Void>]>([])
        let random: Mutex<SeededGenerator>

        init(seed: UInt64) { self.random = Mutex(SeededGenerator(seed: seed)) }
    }

    init(seed: UInt64) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let certificate = try TestIdentities.shared.provider(TestService.topic).certificate
        let accepted = AcceptedChannels(seed: seed)
        let bound = try await eventLoop.submit {
            let host = BrokerHost(eventLoop: eventLoop, clock: ProductClock(), seed: seed)
            for number in 1...3 {
                let app = DeviceProvision.App(topic: TestService.topic)
                _ = try host.provision(DeviceProvision(name: "\(number)", environment: .sandbox, apps: [app]))
            }
            return NIOLoopBound(host, eventLoop: eventLoop)
        }.get()
        self.tokens = try await eventLoop.submit { bound.value.broker.deviceViews.flatMap { $0.apps.map(\.token) } }
            .get()
        self.listener = try await ServerBootstrap(group: eventLoop)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let size = accepted.random.withLock { Int.random(in: 1...900, using: &$0) }
                    let allocator = FixedSizeRecvByteBufferAllocator(capacity: size)
                    try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
                    accepted.ends.withLock { $0.append(channel.closeFuture) }
                    try bound.value.installPlainGateway(in: channel, for: certificate, environment: .sandbox)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        (self.eventLoop, self.host, self.accepted) = (eventLoop, bound, accepted)
    }

    func perform<Result: Sendable>(_ body: @escaping @Sendable (BrokerHost) throws -> Result) async throws -> Result {
        let host = self.host
        return try await self.eventLoop.submit { try body(host.value) }.get()
    }

    func stop() async throws { try await self.listener.close() }

    /// Sends frames on a connection of their own, says that this was all, and listens to the end.
    func tell(_ sent: [RandomStream.Frame]) async throws -> ConnectionStory {
        let result = self.eventLoop.makePromise(of: [UInt8].self)
        let address = try #require(self.listener.localAddress)
        let channel = try await ClientBootstrap(group: self.eventLoop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(PlainListener(result: result))
                }
            }
            .connect(to: address).get()
        // What is written into a connection that was reset is lost, as it would be to a provider.
        try? await channel.writeAndFlush(ByteBuffer(bytes: sent.flatMap(\.bytes)))
        try? await channel.close(mode: .output)
        let heard = try await result.futureResult.get()
        try? await channel.close()
        let end = self.accepted.ends.withLock { $0.last }
        try await end?.get()
        let (connection, entries) = try await self.perform { host in
            let connection = try #require(host.ledger.connections(service: .gateway).last)
            let filter = NotificationFilter(connection: connection.id)
            return (connection, host.ledger.notifications(matching: filter, limit: .max).items)
        }
        return ConnectionStory(sent: sent, heard: heard, entries: entries, connection: connection)
    }
}

/// Collects what a gateway says until it has said everything.
private final class PlainListener: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var bytes: [UInt8] = []
    private let result: EventLoopPromise<[UInt8]>

    init(result: EventLoopPromise<[UInt8]>) {
        self.result = result
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes += Self.unwrapInboundIn(data).readableBytesView
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // What this side has still to write keeps the connection open.
        if case ChannelEvent.inputClosed = event { self.result.succeed(self.bytes) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { self.result.succeed(self.bytes) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
