import NIOCore
import NIOPosix
import PushTransport

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Talks to the control API of a running server: one connection a request.
package struct ControlClient: Sendable {
    /// Such as `http://127.0.0.1:8195`.
    package let url: String
    let address: ServiceAddress
    /// What is shown to a server that was started with it.
    let token: String?

    /// - Parameters:
    ///   - text: a URL without a path, or just host and port.
    ///   - token: the server's, where it was started with one.
    /// - Throws: `GatehouseError` for anything else.
    package init(_ text: String, token: String? = nil) throws(GatehouseError) {
        var bare = Substring(text)
        if bare.hasPrefix("http://") { bare = bare.dropFirst(7) }
        while bare.last == "/" { bare = bare.dropLast() }
        guard let address = ServiceAddress(String(bare)), address.port != 0 else {
            throw GatehouseError(.usage, "`\(text)` is no address of a control API, such as http://127.0.0.1:8195.")
        }
        self.address = address
        self.token = token.flatMap { $0.isEmpty ? nil : $0 }
        self.url = "http://\(address)"
    }

    /// A problem as the API describes it (RFC 9457).
    private struct Problem: Decodable {
        var title: String?
        var detail: String?
        var hint: String?
    }

    /// Asks, and takes only success for an answer.
    ///
    /// - Parameter timeout: how long the answer may take, in real time.
    /// - Throws: `GatehouseError` when no server answers or it refuses.
    package func request(
        _ method: String,
        _ path: String,
        query: [(String, String)] = [],
        body: [UInt8]? = nil,
        timeout: Duration = .seconds(30)
    ) async throws(GatehouseError) -> [UInt8] {
        let answer = try await self.exchange(method, path, query: query, body: body, timeout: timeout)
        if 200..<300 ~= answer.status { return answer.body }
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(answer.body))
        let text = [problem?.detail ?? problem?.title ?? "no reason given", problem?.hint].compactMap(\.self)
        let category: GatehouseError.Category =
            switch answer.status {
            case 400, 413, 415, 422: .usage
            case 404, 409, 410: .notSatisfied
            default: .unreachable
            }
        throw GatehouseError(category, "The server answered \(answer.status): \(text.joined(separator: " "))")
    }

    /// The status code alone, whichever it is.
    ///
    /// - Throws: `GatehouseError` when no server answers.
    package func status(of path: String) async throws(GatehouseError) -> Int {
        try await self.exchange("GET", path, query: [], body: nil, timeout: .seconds(5)).status
    }

    private func exchange(
        _ method: String,
        _ path: String,
        query: [(String, String)],
        body: [UInt8]?,
        timeout: Duration
    ) async throws(GatehouseError) -> HTTPAnswer {
        let target =
            path + (query.isEmpty ? "" : "?" + query.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&"))
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(self.address)\r\nConnection: close\r\n\(self.authorization)"
        if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        let bytes: ByteBuffer
        do {
            bytes = try await self.send(Array((head + "\r\n").utf8) + (body ?? []), within: timeout)
        } catch {
            throw GatehouseError(
                .unreachable,
                "No server answers at \(self.url): \(Self.reason(error)). Start one with `gatehouse serve`, or say with"
                    + " --control where it is."
            )
        }
        do throws(HTTPAnswer.Flaw) {
            return try HTTPAnswer(Array(bytes.readableBytesView))
        } catch {
            throw GatehouseError(
                .unreachable,
                "What answers at \(self.url) is not a control API (\(error)). Check the address."
            )
        }
    }

    /// The header that shows the token; empty without one.
    var authorization: String { self.token.map { "Authorization: Bearer \($0)\r\n" } ?? "" }

    private func send(_ request: [UInt8], within timeout: Duration) async throws -> ByteBuffer {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = eventLoop.makePromise(of: ByteBuffer.self)
        let channel: any Channel
        do {
            channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(.seconds(5))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(AnswerCollector(answer))
                    }
                }
                .connect(host: self.address.host, port: self.address.port).get()
        } catch {
            answer.fail(error)
            throw error
        }
        let alarm = eventLoop.scheduleTask(in: .init(timeout)) {
            answer.fail(ChannelError.connectTimeout(.init(timeout)))
            channel.close(promise: nil)
        }
        defer { alarm.cancel() }
        channel.writeAndFlush(ByteBuffer(bytes: request), promise: nil)
        return try await answer.futureResult.get()
    }

    static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            guard let first = error.connectionErrors.first else { return "the name cannot be resolved" }
            return Self.reason(first.error)
        case let error as IOError:
            return error.errnoCode == ECONNREFUSED ? "the connection is refused" : String(describing: error)
        case ChannelError.connectTimeout: return "it takes too long"
        default: return String(describing: error)
        }
    }

    /// Percent-encodes what is not an unreserved character (RFC 3986, section 2.3).
    package static func escaped(_ text: String) -> String {
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.append(Character(UnicodeScalar(byte)))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return escaped
    }
}

/// Collects all that comes until the connection ends.
private final class AnswerCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Far more than any answer of ours: a stranger on that port shall not fill the memory.
    private static let maximumSize = 256 << 20

    private let answer: EventLoopPromise<ByteBuffer>
    private var collected = ByteBuffer()

    init(_ answer: EventLoopPromise<ByteBuffer>) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        self.collected.writeBuffer(&bytes)
        if self.collected.readableBytes > Self.maximumSize { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.answer.succeed(self.collected)
        context.fireChannelInactive()
    }
}
