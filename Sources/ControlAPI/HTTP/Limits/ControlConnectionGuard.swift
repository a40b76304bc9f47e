import NIOCore
import NIOHTTP1

/// Stands between the socket and HTTP on a connection of the control API: ends it when its caller takes too long, and
/// says so where something can still be said.
final class ControlConnectionGuard: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How often in the time that may pass it is looked at.
    private static let looks: Int64 = 4
    /// How long what a refused caller still sends is read, so that it finds the reason before the end.
    private static let linger = TimeAmount.seconds(1)

    private let connections: ControlConnections
    private let timeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var nextLook: Scheduled<Void>?
    private var unwritableSince: NIODeadline?
    private var isRefusing = false

    init(connections: ControlConnections, timeout: Duration) {
        self.connections = connections
        self.timeout = TimeAmount(timeout)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.nextLook?.cancel()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        switch self.connections.enter(context.channel) {
        case .admitted: break
        case .admittedFor(let other): other.close(promise: nil)
        case .refused:
            return self.refuse(
                ControlError(
                    .tooManyConnections,
                    "\(self.connections.maximum) connections are open, and all of them are being answered",
                    hint: "Close those that are not needed; --control-connection-limit allows more."
                )
            )
        }
        self.watch(context.eventLoop)
        context.fireChannelActive()
    }

    private func watch(_ eventLoop: any EventLoop) {
        let pause = TimeAmount.nanoseconds(max(1_000_000, self.timeout.nanoseconds / Self.looks))
        self.nextLook = eventLoop.assumeIsolated().scheduleTask(in: pause) { [weak self] in
            guard let self, self.context != nil else { return }
            self.look(at: .now())
            self.watch(eventLoop)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !self.isRefusing else { return }
        self.connections.received(on: context.channel)
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !self.isRefusing else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.unwritableSince = context.channel.isWritable ? nil : .now()
        context.fireChannelWritabilityChanged()
    }

    private func look(at now: NIODeadline) {
        guard let context, !self.isRefusing else { return }
        if let unwritableSince, now - unwritableSince >= self.timeout { return context.close(promise: nil) }
        guard let stage = self.connections.stage(of: context.channel), let since = stage.waitsSince,
            now - since >= self.timeout
        else { return }
        guard case .receiving = stage else { return context.close(promise: nil) }
        self.refuse(
            ControlError(
                .requestTimeout,
                "the request did not arrive within \(self.timeout.nanoseconds / 1_000_000_000) seconds",
                hint: "--control-timeout allows more."
            )
        )
    }

    /// What the HTTP decoder could not make sense of.
    func refuse(_ error: any Error) {
        guard let error = error as? HTTPParserError else { return }
        guard error == .headerOverflow else {
            return self.refuse(
                ControlError(
                    .malformedRequest,
                    "the request is not HTTP as it has to be: \(error.debugDescription)"
                )
            )
        }
        self.refuse(
            ControlError(
                .headersTooLarge,
                "the request's first line and headers are too large",
                hint: "--control-header-limit allows more."
            )
        )
    }

    /// Answers beneath HTTP, and ends the connection.
    private func refuse(_ error: ControlError) {
        guard let context, !self.isRefusing else { return }
        self.isRefusing = true
        let body = error.json(instance: "").bytes
        var bytes = ByteBuffer(
            string: "HTTP/1.1 \(error.code.status) \(error.code.title)\r\nConnection: close\r\n"
                + "Cache-Control: no-store\r\nContent-Type: application/problem+json\r\nContent-Length: \(body.count)\r\n\r\n"
        )
        bytes.writeBytes(body)
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { [weak self] in
            self?.context?.close(promise: nil)
        }
    }
}

/// Stands behind the HTTP decoder, and has the guard tell what that could not read.
final class ControlErrorCatcher: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Never

    private let connections: ControlConnections

    init(connections: ControlConnections) {
        self.connections = connections
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Behind an answer that is being written nothing can be said out of turn.
        if error is HTTPParserError, self.connections.stage(of: context.channel)?.waitsSince != nil,
            let guarding = try? context.pipeline.syncOperations.handler(type: ControlConnectionGuard.self)
        {
            guarding.refuse(error)
        } else {
            context.fireErrorCaught(error)
        }
    }
}
