package import APNSWire
package import NIOCore
import NIOTLS

/// What a gateway said, as far as one has listened.
package enum GatewayAnswer: Hashable, Sendable {
    /// Nothing, in that time: which is what success sounds like.
    case silence
    case packet(ErrorPacket)
    /// The end of the stream without a packet: a simple frame was refused, or the command byte was unknown.
    case closed
}

/// A provider's connection to a gateway or feedback service.
package final class ProviderConnection: Sendable {
    /// Until when to listen.
    package enum Extent: Hashable, Sendable {
        case bytes(Int)
        case end
    }

    private let channel: any Channel
    private let handler: NIOLoopBound<ProviderHandler>

    init(channel: any Channel, handler: NIOLoopBound<ProviderHandler>) {
        self.channel = channel
        self.handler = handler
    }

    /// Sends notifications in one write.
    package func send(_ notifications: [OutgoingNotification]) async throws {
        var buffer = ByteBuffer()
        for notification in notifications { notification.write(into: &buffer) }
        try await self.channel.writeAndFlush(buffer)
    }

    /// Sends bytes as they are.
    package func send(bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Listens for an error packet, or for the end, for that long in real time.
    package func answer(within timeout: TimeAmount) async -> GatewayAnswer {
        let heard = await self.hear(until: .bytes(ErrorPacket.byteCount), within: timeout)
        var bytes = heard.bytes
        if let packet = ErrorPacket(readingFrom: &bytes) { return .packet(packet) }
        return heard.hasEnded ? .closed : .silence
    }

    /// Everything heard so far, after listening until `extent` or the timeout.
    package func hear(until extent: Extent, within timeout: TimeAmount) async -> (bytes: ByteBuffer, hasEnded: Bool) {
        let handler = self.handler
        let eventLoop = self.channel.eventLoop
        let promise = eventLoop.makePromise(of: Void.self)
        eventLoop.execute { handler.value.listen(until: extent, promise) }
        let alarm = eventLoop.scheduleTask(in: timeout) { promise.succeed() }
        try? await promise.futureResult.get()
        alarm.cancel()
        let heard = try? await eventLoop.submit { (handler.value.heard, handler.value.hasEnded) }.get()
        return heard ?? (ByteBuffer(), true)
    }

    package func close() async {
        try? await self.channel.close()
    }
}

/// Collects what a service says.
final class ProviderHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let ready: EventLoopPromise<Void>
    private(set) var heard = ByteBuffer()
    private(set) var hasEnded = false
    private var listeners: [(extent: ProviderConnection.Extent, promise: EventLoopPromise<Void>)] = []

    init(ready: EventLoopPromise<Void>) {
        self.ready = ready
    }

    func listen(until extent: ProviderConnection.Extent, _ promise: EventLoopPromise<Void>) {
        self.listeners.append((extent, promise))
        self.tellListeners()
    }

    private func tellListeners() {
        self.listeners.removeAll { listener in
            let isSatisfied =
                switch listener.extent {
                case .bytes(let count): self.heard.readableBytes >= count
                case .end: false
                }
            if isSatisfied || self.hasEnded { listener.promise.succeed() }
            return isSatisfied || self.hasEnded
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.ready.succeed()
        case ChannelEvent.inputClosed: self.end()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        self.heard.writeBuffer(&bytes)
        self.tellListeners()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.ready.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.ready.fail(ChannelError.eof)
        self.end()
        context.fireChannelInactive()
    }

    private func end() {
        self.hasEnded = true
        self.tellListeners()
    }
}
