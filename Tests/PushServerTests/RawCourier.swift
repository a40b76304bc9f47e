import APNSWire
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import PushIdentity
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport

/// A device's end of a courier connection that does what a test tells it to, and nothing by itself.
final class RawCourier: Sendable {
    /// What TLS agreed on.
    let applicationProtocol: String?
    private let channel: any Channel
    private let handler: NIOLoopBound<RawCourierHandler>

    private init(applicationProtocol: String?, channel: any Channel, handler: NIOLoopBound<RawCourierHandler>) {
        self.applicationProtocol = applicationProtocol
        self.channel = channel
        self.handler = handler
    }

    /// TCP and TLS; Connect is the test's affair.
    static func open(
        to service: TestService,
        _ environment: Environment = .sandbox,
        protocols: [String] = ["apns-security-v3"],
        showing identity: Identity? = nil
    ) async throws -> RawCourier {
        guard let address = service.server.addresses[environment]?.courier else {
            throw TestServiceError.noSuchEnvironment
        }
        var configuration = TLSConfiguration.makeClientConfiguration()
        let authority = service.identities.authority.certificate.der
        configuration.trustRoots = .certificates([try NIOSSLCertificate(bytes: authority, format: .der)])
        configuration.applicationProtocols = protocols
        if let identity {
            let certificate = try NIOSSLCertificate(bytes: identity.certificate.der, format: .der)
            configuration.certificateChain = [.certificate(certificate)]
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(identity.privateKey.pem.utf8), format: .pem)
            )
        }
        let context = try NIOSSLContext(configuration: configuration)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let ready = eventLoop.makePromise(of: String?.self)
        let handler = try await eventLoop.submit {
            NIOLoopBound(RawCourierHandler(ready: ready), eventLoop: eventLoop)
        }.get()
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let tls = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
                        try channel.pipeline.syncOperations.addHandlers([tls, handler.value])
                    }
                }
                .connect(host: address.host, port: address.port).get()
            let agreed = try await ready.futureResult.get()
            return RawCourier(applicationProtocol: agreed, channel: channel, handler: handler)
        } catch {
            ready.fail(error)
            throw error
        }
    }

    func send(_ messages: CourierMessage...) async throws {
        var buffer = ByteBuffer()
        for message in messages { message.write(into: &buffer) }
        try await self.channel.writeAndFlush(buffer)
    }

    func send(bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// The next message; `nil` when the courier closed the connection instead.
    func next() async throws -> CourierMessage? { try await self.nextFrame().map { try CourierMessage($0) } }

    func nextFrame() async throws -> CourierFrame? {
        let (handler, eventLoop) = (self.handler, self.channel.eventLoop)
        return try await eventLoop.flatSubmit {
            let promise = eventLoop.makePromise(of: CourierFrame?.self)
            let alarm = eventLoop.scheduleTask(in: TimeAmount(.patience)) { promise.fail(TestServiceError.timedOut) }
            promise.futureResult.whenComplete { _ in alarm.cancel() }
            handler.value.tellNext(promise)
            return promise.futureResult
        }.get()
    }

    func nextNotification() async throws -> CourierNotification {
        let message = try await self.next()
        guard case .notification(let notification) = message else {
            throw RawCourierError.unexpected(String(describing: message))
        }
        return notification
    }

    /// Acknowledges and waits until the courier has read that.
    func acknowledge(_ notification: CourierNotification) async throws {
        try await self.send(
            .acknowledgement(
                CourierAcknowledgement(token: notification.token, messageIdentifier: notification.messageIdentifier)
            )
        )
    }

    /// Hangs up, and waits until that is done.
    func close() async { try? await self.channel.close() }
}

enum RawCourierError: Error {
    case unexpected(String)
}

private final class RawCourierHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let ready: EventLoopPromise<String?>
    private var received = ByteBuffer()
    private var frames: [CourierFrame] = []
    private var hasEnded = false
    private var waiting: [EventLoopPromise<CourierFrame?>] = []

    init(ready: EventLoopPromise<String?>) {
        self.ready = ready
    }

    func tellNext(_ promise: EventLoopPromise<CourierFrame?>) {
        self.waiting.append(promise)
        self.tell()
    }

    private func tell() {
        while !self.waiting.isEmpty, !self.frames.isEmpty || self.hasEnded {
            self.waiting.removeFirst().succeed(self.frames.isEmpty ? nil : self.frames.removeFirst())
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted(let agreed) = event { self.ready.succeed(agreed) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        self.received.writeBuffer(&bytes)
        do {
            while let frame = try CourierFrameDecoder().next(in: &self.received) { self.frames.append(frame) }
        } catch {
            for promise in self.waiting { promise.fail(error) }
            self.waiting = []
        }
        self.tell()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.ready.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.ready.fail(ChannelError.eof)
        self.hasEnded = true
        self.tell()
        context.fireChannelInactive()
    }
}

/// Who a raw device claims to be.
struct RawPhone: Sendable {
    let identity: Identity

    init(_ name: String) throws {
        let identities = TestIdentities.shared
        self.identity = try identities.authority.issueDevice(commonName: name, key: identities.deviceKey)
    }

    func connect(presenting token: DeviceToken? = nil) throws -> CourierConnect {
        var connect = CourierConnect(baseToken: token)
        let time = UInt64(ProductClock.systemNow().unixMilliseconds)
        let nonce = [0] + WireFrame.bigEndian(time) + Array(repeating: 0x33, count: 8)
        connect.credentials = CourierConnect.Credentials(
            certificate: self.identity.certificate.der,
            nonce: nonce,
            signature: [1, 1] + (try self.identity.privateKey.signSHA1(nonce))
        )
        return connect
    }

    /// Opens a connection, presents this phone, and waits until it is taken.
    func online(in service: TestService, presenting token: DeviceToken? = nil) async throws -> OnlinePhone {
        let courier = try await RawCourier.open(to: service)
        try await courier.send(.connect(try self.connect(presenting: token)))
        guard case .connectResponse(let response) = try await courier.next(), let token = response.baseToken else {
            throw RawCourierError.unexpected("no Connect response with a token")
        }
        return OnlinePhone(courier: courier, baseToken: token)
    }
}

/// A raw device whose Connect was accepted.
struct OnlinePhone: Sendable {
    let courier: RawCourier
    let baseToken: DeviceToken

    /// Asks for an app's token; nothing else may come in between.
    func appToken(_ topic: Topic) async throws -> DeviceToken {
        try await self.courier.send(
            .appTokenRequest(CourierAppTokenRequest(baseToken: self.baseToken, topic: topic.hash))
        )
        guard case .appTokenResponse(let response) = try await self.courier.next() else {
            throw RawCourierError.unexpected("no app token")
        }
        return response.token
    }

    func filter(
        enabled: [Topic] = [],
        paused: [Topic] = [],
        ignored: [Topic] = [],
        removed: [Topic] = []
    ) async throws {
        var filter = CourierFilter(baseToken: self.baseToken)
        filter.enabled = enabled.map(\.hash)
        filter.paused = paused.map(\.hash)
        filter.ignored = ignored.map(\.hash)
        filter.removed = removed.map(\.hash)
        try await self.courier.send(.filter(filter))
    }

    /// A keep-alive and its answer: the courier has read all that was sent before, and said all it had to say.
    func expectQuiet() async throws {
        try await self.courier.send(.keepAlive(CourierKeepAlive()))
        let message = try await self.courier.next()
        guard message == .keepAliveResponse(status: nil) else {
            throw RawCourierError.unexpected(String(describing: message))
        }
    }
}
