import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1.1, with a guard between it and the socket.
struct GuardedHTTPChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let channel: HTTP1Channel
    private let connections: ControlConnections
    private let timeout: Duration

    /// - Parameter respond: answers a request; it calls `complete` when it has read what it wants of it.
    init(
        limits: ControlLimits,
        respond: @escaping @Sendable (Request, _ complete: @Sendable () -> Void) async -> Response
    ) {
        let connections = ControlConnections(maximum: limits.maximumConnections)
        self.connections = connections
        self.timeout = limits.timeout
        self.channel = HTTP1Channel(
            responder: { request, writer, channel in
                let response = await respond(request) { connections.requestIsComplete(on: channel) }
                // However it was, what follows is the answer.
                connections.requestIsComplete(on: channel)
                defer { connections.isAnswered(on: channel) }
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ControlErrorCatcher(connections: connections)],
                httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
                    maxHeaderFieldSize: limits.maximumHeaderSize,
                    maxHeaderListSize: limits.maximumHeaderSize,
                    maxHeaderFieldCount: ControlLimits.maximumHeaderCount
                )
            )
        )
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let (connections, timeout) = (self.connections, self.timeout)
        let http = self.channel
        return channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(
                ControlConnectionGuard(connections: connections, timeout: timeout)
            )
        }.flatMap { http.setup(channel: channel, logger: logger) }
    }

    func handle(value: Value, logger: Logger) async { await self.channel.handle(value: value, logger: logger) }
}
