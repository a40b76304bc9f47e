import NIOCore
import PushBroker
import PushLedger
import PushVocabulary

/// Writes the pieces of an event stream; a piece is one buffer, and so one write.
struct EventEncoder: Sendable {
    /// Milliseconds after which a browser whose stream was cut comes back.
    private static let retryMilliseconds = 1_000

    let format: EventFormat
    let version: String

    func encode(_ piece: EventStreamPiece) -> ByteBuffer {
        var buffer = ByteBuffer()
        switch piece {
        case .hello(let id, let cursor):
            if self.format == .sse { buffer.writeString("retry: \(Self.retryMilliseconds)\n") }
            let data: JSONValue = ["version": .string(self.version), "cursor": .string(cursor.description)]
            self.write("hello", id: id, data, to: &buffer)
        case .events(let reports):
            for report in reports {
                self.write(report.type.rawValue, id: report.id, at: report.at, report.json, to: &buffer)
            }
        case .resync(let id, let cursor, let reason): self.write("resync", id: id, reason.json(cursor), to: &buffer)
        case .heartbeat:
            switch self.format {
            case .sse: buffer.writeString(": still here\n\n")
            case .ndjson: buffer.writeString("{\"event\":\"heartbeat\"}\n")
            }
        }
        return buffer
    }

    private func write(_ name: String, id: EventID, at: Instant? = nil, _ data: JSONValue, to buffer: inout ByteBuffer)
    {
        switch self.format {
        case .sse:
            buffer.writeString("id: \(id)\nevent: \(name)\ndata: ")
            buffer.writeBytes(data.bytes)
            buffer.writeString("\n\n")
        case .ndjson:
            var members = [JSONValue.Member("id", .string(id.description)), JSONValue.Member("event", .string(name))]
            if let at { members.append(JSONValue.Member("at", at.json)) }
            members.append(JSONValue.Member("data", data))
            buffer.writeBytes(JSONValue.object(members).bytes)
            buffer.writeString("\n")
        }
    }
}

extension EventStreamPiece.Resync {
    fileprivate func json(_ cursor: Cursor) -> JSONValue {
        switch self {
        case .missed(let count):
            ["reason": "missed", "missed": .number(count), "cursor": .string(cursor.description)]
        case .unknownID: ["reason": "unknown-id", "cursor": .string(cursor.description)]
        }
    }
}

extension EventReport {
    /// The event's data: a notification or connection as its own route answers it, else what changed and when.
    package var json: JSONValue {
        switch self.subject {
        case .notification(let entry): return entry.json
        case .connection(let entry): return entry.json
        case .device(let change): return .object([self.atMember] + change.members)
        case .fault(let change): return .object([self.atMember] + change.members)
        case .feedback(let change): return .object([self.atMember] + change.members)
        case .other(let change): return .object([self.atMember] + change.members)
        }
    }

    private var atMember: JSONValue.Member { JSONValue.Member("at", self.at.json) }
}

extension DeviceChange {
    fileprivate var members: [JSONValue.Member] {
        [
            JSONValue.Member("name", .string(self.name)),
            JSONValue.Member("environment", .string(self.environment.rawValue)),
            JSONValue.Member("connected", .bool(self.isConnected)),
            JSONValue.Member("topics", .names(of: self.topics)),
        ] + JSONValue.member("token", self.token.map { .string($0.hexadecimal) })
    }
}

extension FaultChange {
    fileprivate var members: [JSONValue.Member] {
        [JSONValue.Member("id", .string(self.rule)), JSONValue.Member("topics", .names(of: self.topics))]
            + JSONValue.member("environment", self.environment.map { .string($0.rawValue) })
            + JSONValue.member("connectionId", self.connection.map { .string($0.description) })
            + JSONValue.member("hits", self.hits.map { .number($0) })
            + JSONValue.member("remaining", self.remaining.map { .number($0) })
    }
}

extension FeedbackChange {
    fileprivate var members: [JSONValue.Member] {
        [JSONValue.Member("topics", .names(of: self.topics))]
            + JSONValue.member("environment", self.environment.map { .string($0.rawValue) })
            + JSONValue.member("token", self.entry.map { .string($0.token.hexadecimal) })
            + JSONValue.member("since", self.entry.map { $0.since.json })
            + JSONValue.member("connectionId", self.connection.map { .string($0.description) })
            + JSONValue.member("count", self.count.map { .number($0) })
    }
}

extension OtherChange {
    fileprivate var members: [JSONValue.Member] {
        switch self {
        case .clock(let mode, let now):
            [JSONValue.Member("mode", .string(mode.rawValue)), JSONValue.Member("now", now.json)]
        case .reset(let topic, let count, let cursor):
            JSONValue.member("topic", topic.map { .string($0.name) }) + [
                JSONValue.Member("notifications", .number(count)),
                JSONValue.Member("cursor", .string(cursor.description)),
            ]
        case .pruned(let through, let count):
            [
                JSONValue.Member("through", .string(through.description)),
                JSONValue.Member("count", .number(count)),
            ]
        }
    }
}

extension JSONValue {
    fileprivate static func names(of topics: [Topic]) -> JSONValue { .array(topics.map { .string($0.name) }) }

    /// No member where there is no value.
    fileprivate static func member(_ name: String, _ value: JSONValue?) -> [Member] {
        value.map { [Member(name, $0)] } ?? []
    }
}
