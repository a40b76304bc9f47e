import ControlAPI
import NIOCore
import NIOPosix
import PushTransport

/// Sends requests as they are written, header by header, and reads one answer a connection.
struct HTTPCaller: Sendable {
    let address: ServiceAddress

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> HTTPReply {
        try await self.send("GET", path, headers)
    }

    func send(
        _ method: String,
        _ path: String,
        _ headers: [String: String] = [:],
        json: String? = nil
    ) async throws -> HTTPReply {
        var headers = headers
        if let json {
            headers["Content-Length"] = String(json.utf8.count)
            if headers["Content-Type"] == nil { headers["Content-Type"] = "application/json" }
        }
        if headers["Host"] == nil { headers["Host"] = self.address.description }
        headers["Connection"] = "close"
        var text = "\(method) \(path) HTTP/1.1\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
            text += "\(name): \(value)\r\n"
        }
        return try await self.send(text + "\r\n" + (json ?? ""))
    }

    func send(_ text: String) async throws -> HTTPReply {
        let done = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: [UInt8].self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Collector(done: done))
                    }
                }
                .connect(host: self.address.host, port: self.address.port).get()
        } catch {
            done.fail(error)
            throw error
        }
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
        return try HTTPReply(try await done.futureResult.get())
    }
}

/// Collects what comes until the other side closes.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let done: EventLoopPromise<[UInt8]>
    private var bytes: [UInt8] = []

    init(done: EventLoopPromise<[UInt8]>) {
        self.done = done
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.bytes += self.unwrapInboundIn(data).readableBytesView
    }

    func channelInactive(context: ChannelHandlerContext) { self.done.succeed(self.bytes) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

struct HTTPReply: Sendable {
    let status: Int
    /// By lowercase name.
    let headers: [String: String]
    let body: [UInt8]

    init(_ bytes: [UInt8]) throws {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= 4, let start = (0...bytes.count - 4).first(where: { Array(bytes[$0..<$0 + 4]) == end })
        else { throw SceneError.noAnswer }
        let lines = String(decoding: bytes[..<start], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, let status = Int(first.split(separator: " ")[1]) else {
            throw SceneError.noAnswer
        }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        self.headers = headers
        self.body = Array(bytes[(start + 4)...])
    }

    var json: JSONValue { get throws { try JSONReader.value(of: self.body) } }
    var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The code of a problem document.
    var code: String? { (try? self.json)?["code"]?.string }
    var items: [JSONValue] { (try? self.json)?["items"]?.array ?? [] }
}

extension JSONValue {
    var string: String? { if case .string(let text) = self { text } else { nil } }
    var array: [JSONValue]? { if case .array(let elements) = self { elements } else { nil } }
    var names: [String] { if case .object(let members) = self { members.map(\.name) } else { [] } }
    var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    /// Follows a JSON pointer's parts.
    func at(_ path: String...) -> JSONValue? {
        path.reduce(self) { value, part in
            if let index = Int(part), let elements = value?.array {
                return index < elements.count ? elements[index] : nil
            }
            return value?[part]
        }
    }
}
