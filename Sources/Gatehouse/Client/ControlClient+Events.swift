import ControlAPI
import NIOCore
import NIOPosix
import PushTransport

/// One thing that happened, as the event stream tells it.
package struct TailedEvent: Sendable {
    /// Where the stream goes on behind it.
    package let id: String
    package let name: String
    /// A line for people, and the object of the stream.
    package let answer: CommandAnswer

    /// - Returns: `nil` for what is no event, such as a sign of life.
    init?(line: String) {
        guard let value = try? JSONReader.value(of: line.utf8), case .string(let id)? = value["id"],
            case .string(let name)? = value["event"]
        else { return nil }
        func text(_ member: JSONValue?) -> String? {
            member.flatMap { $0 == .null ? nil : FaultActionText.bare($0) }
        }
        let data = value["data"]
        let status = text(data?["status"]).map { " \($0)" } ?? ""
        let verdict = text(data?["verdict"]).map { $0 + status }
        let words = [
            text(value["at"]), name, text(data?["id"]) ?? text(data?["name"]), text(data?["fate"]) ?? verdict,
            text(data?["topic"]), text(data?["device"]),
            data?["payload"].flatMap { $0 == .null ? nil : $0.description },
        ]
        self.id = id
        self.name = name
        self.answer = CommandAnswer(text: words.compactMap(\.self).joined(separator: " "), value: value)
    }
}

extension ControlClient {
    /// What is followed.
    package struct Tailing: Sendable {
        /// Names of events, or what stands before their dot; empty: notifications and their fates.
        package var types: [String]
        package var topic: String?
        package var environment: PushEnvironment?
        /// The id of the last event known; `0`: begin with the oldest that is kept; `nil`: with the next one.
        package var from: String?

        package init(types: [String], topic: String?, environment: PushEnvironment?, from: String?) {
            self.types = types
            self.topic = topic
            self.environment = environment
            self.from = from
        }

        var query: [(String, String)] {
            let names = self.types.isEmpty ? ["notification", "fate"] : self.types
            var query = [("format", "ndjson"), ("types", names.joined(separator: ","))]
            if let topic { query.append(("topic", topic)) }
            if let environment { query.append(("environment", environment.rawValue)) }
            if let from { query.append(("lastEventId", from)) }
            return query
        }
    }

    /// A reader that was connected looks for the server so long before it gives up.
    private static let patience: Duration = .seconds(10)
    private static let pause: Duration = .milliseconds(200)

    /// Follows what happens. A stream that was cut is taken up again behind the last event that was told.
    ///
    /// - Parameters:
    ///   - tell: called for each event, in order; the stream waits for it.
    ///   - say: told when the stream is cut, and when events are missing.
    /// - Throws: `GatehouseError` when no server answers, or none does any more.
    package func tail(
        _ tailing: Tailing,
        tell: (TailedEvent) -> Void,
        say: (String) -> Void
    ) async throws(GatehouseError) {
        var tailing = tailing
        var giveUp: ContinuousClock.Instant?
        while true {
            do throws(GatehouseError) {
                try await self.stream(tailing.query) { line in
                    guard let event = TailedEvent(line: line) else { return }
                    giveUp = nil
                    tailing.from = event.id
                    if event.name == "resync" { say("Events are missing here: the server no longer has them.") }
                    if event.name != "hello" { tell(event) }
                }
            } catch {
                if giveUp.map({ .now >= $0 }) ?? (tailing.from == nil) { throw error }
            }
            if giveUp == nil {
                say("The stream was cut; looking for the server.")
                giveUp = .now + Self.patience
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    /// One connection to the event stream, until its end.
    private func stream(_ query: [(String, String)], _ tell: (String) -> Void) async throws(GatehouseError) {
        let target = "/v1/events?" + query.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
        let request =
            "GET \(target) HTTP/1.1\r\nHost: \(self.address)\r\nAccept: application/x-ndjson\r\n\(self.authorization)\r\n"
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(5))
                .connect(host: self.address.host, port: self.address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(string: request))
                var reader = EventReader()
                for try await buffer in inbound {
                    for line in try reader.read(buffer.readableBytesView) { tell(line) }
                }
            }
        } catch let flaw as EventReader.Flaw {
            throw GatehouseError(flaw.isUsage ? .usage : .unreachable, "\(self.url) does not give events: \(flaw).")
        } catch {
            throw GatehouseError(
                .unreachable,
                "No server answers at \(self.url): \(Self.reason(error)). Start one with `gatehouse serve`, or say with"
                    + " --control where it is."
            )
        }
    }
}
