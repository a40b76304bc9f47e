import APNSWire
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Synchronization

/// A tiny feedback service that makes one mistake, or none.
final class FaultyFeedback: Sendable {
    enum Mistake: String, Sendable, CaseIterable {
        case none
        case holdsOpen
        case endsWithoutCloseNotify
        case neverEmptied
        case lastTupleCutOff
        case countSentFirst
        case tokenOfAnotherSize
    }

    let address: ServiceAddress
    private let listener: any Channel

    private init(listener: any Channel) {
        self.listener = listener
        self.address = ServiceAddress(host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
    }

    static func start(_ mistake: Mistake) async throws -> FaultyFeedback {
        let context = try TLSContexts.providerServer(TestIdentities.shared.providerServer)
        let hasBeenRead = HasBeenRead()
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = NIOSSLServerHandler(context: context) { _, promise in
                        promise.succeed(.certificateVerified)
                    }
                    let handler = FaultyFeedbackHandler(mistake, hasBeenRead)
                    try channel.pipeline.syncOperations.addHandlers([tls, handler])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FaultyFeedback(listener: listener)
    }

    func stop() async {
        try? await self.listener.close()
    }
}

/// Whether the list has been emptied.
private final class HasBeenRead: Sendable {
    private let value = Mutex(false)

    /// - Returns: what it was before.
    func set() -> Bool {
        self.value.withLock { was in
            defer { was = true }
            return was
        }
    }
}

private final class FaultyFeedbackHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let mistake: FaultyFeedback.Mistake
    private let hasBeenRead: HasBeenRead

    init(_ mistake: FaultyFeedback.Mistake, _ hasBeenRead: HasBeenRead) {
        self.mistake = mistake
        self.hasBeenRead = hasBeenRead
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.speak(context: context)
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: break
        }
    }

    private func speak(context: ChannelHandlerContext) {
        if !self.hasBeenRead.set() || self.mistake == .neverEmptied {
            context.writeAndFlush(NIOAny(self.list), promise: nil)
        }
        switch self.mistake {
        case .holdsOpen: break
        case .endsWithoutCloseNotify:
            let tls = try? context.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            (tls ?? context).close(mode: .output, promise: nil)
        default: context.close(mode: .output, promise: nil)
        }
    }

    private var list: ByteBuffer {
        var bytes = ByteBuffer()
        if self.mistake == .countSentFirst { bytes.writeInteger(2 as UInt32) }
        for number in 1...2 as ClosedRange<UInt8> {
            let size = self.mistake == .tokenOfAnotherSize ? 31 : 32
            guard let token = DeviceToken(repeatElement(number, count: size)) else { continue }
            FeedbackTuple(timestamp: 1_400_000_000, token: token).write(into: &bytes)
        }
        if self.mistake == .lastTupleCutOff { bytes.moveWriterIndex(to: bytes.writerIndex - 1) }
        return bytes
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
