import ControlAPI
import NIOCore
import NIOPosix
import PushTransport

/// Reads an answer that goes on, piece by piece.
enum StreamCaller {
    /// Opens the stream, hands its lines to `body` and closes it.
    static func with(
        _ scene: ControlScene,
        _ path: String,
        _ headers: [String: String] = [:],
        _ body: (inout Lines) async throws -> Void
    ) async throws {
        let (stream, source) = AsyncStream.makeStream(of: String.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(LineReader(source: source))
                }
            }
            .connect(host: scene.server.address.host, port: scene.server.address.port).get()
        var text = "GET \(path) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        try await channel.writeAndFlush(ByteBuffer(string: text + "\r\n")).get()
        var lines = Lines(iterator: stream.makeAsyncIterator())
        do {
            try await body(&lines)
        } catch {
            try? await channel.close().get()
            throw error
        }
        try? await channel.close().get()
    }

    struct Lines {
        var iterator: AsyncStream<String>.Iterator

        /// `nil`: the stream has ended.
        mutating func next() async -> String? { await self.iterator.next() }

        /// The status line's number, the header being read.
        mutating func status() async -> Int? {
            guard let first = await self.next(), first.split(separator: " ").count > 1 else { return nil }
            while let line = await self.next(), !line.isEmpty {}
            return Int(first.split(separator: " ")[1])
        }

        /// The next server-sent event, comments passed over.
        mutating func event() async throws -> StreamEvent? {
            var event = StreamEvent()
            while let line = await self.next() {
                if line.hasPrefix("id: ") { event.id = String(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { event.name = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") {
                    event.data = try JSONReader.value(of: Array(line.dropFirst(6).utf8))
                    return event
                }
            }
            return nil
        }

        /// The next event of this name.
        mutating func event(_ name: String) async throws -> StreamEvent? {
            while let event = try await self.event() {
                if event.name == name { return event }
            }
            return nil
        }

        /// The next object of a line that is one.
        mutating func object() async throws -> JSONValue? {
            while let line = await self.next() {
                if line.hasPrefix("{") { return try JSONReader.value(of: Array(line.utf8)) }
            }
            return nil
        }
    }
}

struct StreamEvent: Hashable {
    var id = ""
    var name = ""
    var data: JSONValue = .null
}

/// Cuts what comes into lines. Lengths of chunks are lines as well; who reads passes over them.
private final class LineReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let source: AsyncStream<String>.Continuation
    private var rest: [UInt8] = []

    init(source: AsyncStream<String>.Continuation) {
        self.source = source
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.rest += self.unwrapInboundIn(data).readableBytesView
        while let end = self.rest.firstIndex(of: UInt8(ascii: "\n")) {
            var line = self.rest[..<end]
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            self.source.yield(String(decoding: line, as: UTF8.self))
            self.rest.removeSubrange(...end)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { self.source.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
