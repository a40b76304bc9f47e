import PushBroker
import PushLedger

extension ControlCall {
    static let maximumWaitCount = 10_000
    static let usualWaitMilliseconds = 5_000
    static let maximumWaitMilliseconds = 600_000

    func notifications() async throws -> ControlAnswer {
        let cursor = try self.query.value("cursor") { text throws(ValueDefect) in try Self.cursor(text) }
        let page = try await self.operations.notifications(
            matching: try self.filter(),
            from: cursor,
            limit: try self.limit(),
            order: try self.order()
        )
        return .json([
            "items": .array(page.items.map(\.json)),
            "nextCursor": page.nextCursor.map { .string($0.description) } ?? .null,
            "total": .number(page.total),
            "cursor": .string(page.end.description),
        ])
    }

    func latestNotification() async throws -> ControlAnswer {
        guard let entry = try await self.operations.latestNotification(matching: try self.filter()) else {
            throw ControlError(.notFound, "no notification matches")
        }
        return .json(entry.json)
    }

    /// The notification object, with what is known now of why it was refused or waits.
    func notificationInFull() async throws -> ControlAnswer {
        let entry = try await self.notification()
        let sentences = try await self.operations.circumstances(of: entry)
        guard case .object(var members) = entry.json, !sentences.isEmpty else { return .json(entry.json) }
        members.append(JSONValue.Member("circumstances", .array(sentences.map { .string($0) })))
        return .json(.object(members))
    }

    func notification() async throws -> NotificationEntry {
        let text = self.parameter("id")
        guard let id = NotificationID(text) else {
            throw ControlError(.notFound, "there is no notification \(text)", hint: "Ids look like n-17.")
        }
        return try await self.operations.notification(id)
    }

    /// The frame as it stood on the wire.
    func frame() async throws -> ControlAnswer {
        let entry = try await self.notification()
        return ControlAnswer(content: .bytes(entry.content.frame, type: "application/octet-stream"))
    }

    /// The payload exactly as it was sent.
    func payload() async throws -> ControlAnswer {
        let entry = try await self.notification()
        let type = entry.payloadJSON == nil ? "application/octet-stream" : "application/json"
        return ControlAnswer(content: .bytes(Array(entry.content.payload), type: type))
    }

    func wait() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["match", "count", "after", "timeoutMs"])
        let count = try body.integer("count", in: 0...Self.maximumWaitCount)
        let milliseconds = try body.integer("timeoutMs", in: 0...Self.maximumWaitMilliseconds)
        let cursor = try body.string("after").map { text in
            try body.reading("after") { () throws(ValueDefect) in try Self.cursor(text) }
        }
        let outcome = try await self.operations.wait(
            for: try Self.filter(body["match"] ?? [:], at: body.pointer(to: "match")),
            count: count ?? 1,
            after: cursor,
            timeout: .milliseconds(milliseconds ?? Self.usualWaitMilliseconds)
        )
        return .json([
            "satisfied": .bool(outcome.satisfied),
            "items": .array(outcome.items.map(\.json)),
            "cursor": .string(outcome.cursor.description),
        ])
    }

    // MARK: - Conditions

    private func filter() throws(ControlError) -> NotificationFilter {
        var filter = NotificationFilter()
        for field in FilterField.allCases {
            try self.query.value(field.rawValue) { text throws(ValueDefect) in try field.set(text, in: &filter) }
        }
        return filter
    }

    private static func filter(_ value: JSONValue, at pointer: String) throws(ControlError) -> NotificationFilter {
        let match = try BodyReader(value, at: pointer, fields: FilterField.names)
        var filter = NotificationFilter()
        for field in FilterField.allCases {
            let name = field.rawValue
            guard let text = try field.isNumber ? match.number(name) : match.string(name) else { continue }
            try match.reading(name) { () throws(ValueDefect) in try field.set(text, in: &filter) }
        }
        return filter
    }

    private static func cursor(_ text: String) throws(ValueDefect) -> Cursor {
        guard let cursor = Cursor(text) else { throw ValueDefect("must be a cursor of an earlier answer") }
        return cursor
    }
}
