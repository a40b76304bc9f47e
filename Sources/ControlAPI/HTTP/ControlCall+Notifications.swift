import PushBroker
import PushLedger
import PushVocabulary

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
        let filter = try self.filter(body["match"] ?? [:], at: body.pointer(to: "match"))
        let outcome = try await self.operations.wait(
            for: filter,
            count: count ?? 1,
            after: cursor,
            timeout: .milliseconds(milliseconds ?? Self.usualWaitMilliseconds)
        )
        var members = [
            JSONValue.Member("satisfied", .bool(outcome.satisfied)),
            JSONValue.Member("items", .array(outcome.items.map(\.json))),
            JSONValue.Member("cursor", .string(outcome.cursor.description)),
        ]
        if !outcome.satisfied, count != 0 {
            let misses = try await self.operations.nearMisses(of: filter, after: cursor)
            members.append(JSONValue.Member("nearMisses", .array(misses.map(\.json))))
        }
        return .json(.object(members))
    }

    /// Checks the count now, and says what came closest when there are too few.
    func verify() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["match", "count", "atLeast", "atMost", "after"])
        let cursor = try body.string("after").map { text in
            try body.reading("after") { () throws(ValueDefect) in try Self.cursor(text) }
        }
        let result = try await self.operations.verify(
            try self.filter(body["match"] ?? [:], at: body.pointer(to: "match")),
            try Self.expectedCount(body),
            after: cursor
        )
        return .json([
            "satisfied": .bool(result.satisfied), "matched": .number(result.matched),
            "expected": .string(result.expected.description), "nearMisses": .array(result.nearMisses.map(\.json)),
        ])
    }

    private static func expectedCount(_ body: BodyReader) throws(ControlError) -> ExpectedCount {
        let count = try body.integer("count", in: 0...Int(Int32.max))
        let least = try body.integer("atLeast", in: 0...Int(Int32.max))
        let most = try body.integer("atMost", in: 0...Int(Int32.max))
        if let count {
            guard least == nil, most == nil else { throw body.invalid("count", "excludes atLeast and atMost") }
            return ExpectedCount(count...count)
        }
        let low = least ?? (most == nil ? 1 : 0)
        guard low <= most ?? .max else { throw body.invalid("atMost", "must not be less than atLeast") }
        return ExpectedCount(low...(most ?? .max))
    }

    /// Forgets what matches; without conditions, everything.
    func deleteNotifications() async throws -> ControlAnswer {
        .json(["deleted": .number(try await self.operations.deleteNotifications(matching: try self.filter()))])
    }

    // MARK: - Waits

    func waits() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        let items = try await self.operations.openWaits(topic: topic)
        return .json(["items": .array(items.map(\.json)), "total": .number(items.count)])
    }

    func endWaits() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        return .json(["ended": .number(try await self.operations.endWaits(topic: topic))])
    }

    // MARK: - Conditions

    /// Beside the filter fields: what is not plain equality.
    static let filterParameters = FilterField.names + ["q"]
    private static let matchFields = FilterField.names + ["q", "payload"]

    private func filter() throws(ControlError) -> NotificationFilter {
        var filter = NotificationFilter()
        for field in FilterField.allCases {
            try self.query.value(field.rawValue) { text throws(ValueDefect) in try field.set(text, in: &filter) }
        }
        let now = self.operations.clock.now
        let terms = try self.query.value("q") { text throws(ValueDefect) in try SearchLanguage.terms(text, now: now) }
        filter.terms = terms ?? []
        return filter
    }

    private func filter(_ value: JSONValue, at pointer: String) throws(ControlError) -> NotificationFilter {
        let match = try BodyReader(value, at: pointer, fields: Self.matchFields)
        var filter = NotificationFilter()
        for field in FilterField.allCases {
            let name = field.rawValue
            guard let text = try field.isNumber ? match.number(name) : match.string(name) else { continue }
            try match.reading(name) { () throws(ValueDefect) in try field.set(text, in: &filter) }
        }
        if let text = try match.string("q") {
            let now = self.operations.clock.now
            filter.terms = try match.reading("q") { () throws(ValueDefect) in try SearchLanguage.terms(text, now: now) }
        }
        if let subset = match["payload"] {
            guard case .object = subset else { throw match.invalid("payload", "must be an object, not \(subset.kind)") }
            filter.terms.append(SearchTerm(.payload(.including(subset))))
        }
        return filter
    }

    private static func cursor(_ text: String) throws(ValueDefect) -> Cursor {
        guard let cursor = Cursor(text) else { throw ValueDefect("must be a cursor of an earlier answer") }
        return cursor
    }
}
