import ControlAPI
import PushVocabulary

/// The answer to a listing or a wait.
package struct NotificationAnswer: Decodable, Hashable, Sendable {
    package var items: [NotificationReport]
    package var cursor: String?
    package var nextCursor: String?
    package var satisfied: Bool?
    package var total: Int?
}

extension ControlClient {
    /// The answer's bytes, as the server wrote them.
    package func notifications(
        matching query: NotificationQuery,
        order: String? = nil,
        limit: Int? = nil,
        cursor: String? = nil
    ) async throws(GatehouseError) -> [UInt8] {
        var parameters = query.members.map { ($0.name, $0.text) }
        if let order { parameters.append(("order", order)) }
        if let limit { parameters.append(("limit", String(limit))) }
        if let cursor { parameters.append(("cursor", cursor)) }
        return try await self.request("GET", "/v1/notifications", query: parameters)
    }

    /// The answer's bytes, as the server wrote them.
    package func wait(
        for query: NotificationQuery,
        connection: String? = nil,
        count: Int,
        after cursor: String? = nil,
        timeout: Duration
    ) async throws(GatehouseError) -> [UInt8] {
        var match = query.members.map { JSONValue.Member($0.name, $0.value) }
        if let connection { match.append(JSONValue.Member("connectionId", .string(connection))) }
        var members = [
            JSONValue.Member("match", .object(match)), JSONValue.Member("count", .number(count)),
            JSONValue.Member("timeoutMs", .number(timeout.wholeNanoseconds / 1_000_000)),
        ]
        if let cursor { members.append(JSONValue.Member("after", .string(cursor))) }
        return try await self.request(
            "POST",
            "/v1/notifications/wait",
            body: JSONValue.object(members).bytes,
            timeout: timeout + .seconds(10)
        )
    }

    /// The answer's bytes, as the server wrote them.
    ///
    /// - Parameter scopes: empty: everything.
    package func reset(_ scopes: [String], topic: String?) async throws(GatehouseError) -> [UInt8] {
        var members: [JSONValue.Member] = []
        if !scopes.isEmpty { members.append(JSONValue.Member("what", .array(scopes.map { .string($0) }))) }
        if let topic { members.append(JSONValue.Member("topic", .string(topic))) }
        return try await self.request("POST", "/v1/reset", body: JSONValue.object(members).bytes)
    }

    package func answer(from body: [UInt8]) throws(GatehouseError) -> NotificationAnswer {
        try self.decode(NotificationAnswer.self, from: body)
    }

    /// One notification, told to people.
    package func details(from body: [UInt8]) throws(GatehouseError) -> String {
        let report = try self.decode(NotificationReport.self, from: body)
        let fields: [(String, String?)] = [
            ("outcome", report.outcome), ("topic", report.topic), ("environment", report.environment.rawValue),
            ("device", report.device), ("token", report.token), ("connection", report.connectionId),
            ("format", "command \(report.wire.command)"), ("identifier", report.wire.identifier.map { String($0) }),
            ("payload", (try? JSONReader.value(of: body))?["payload"]?.description),
        ]
        let lines = fields.compactMap { name, value in
            value.map { "\(name)\(String(repeating: " ", count: 13 - name.count))\($0)" }
        }
        let value = try? JSONReader.value(of: body)
        let hint = value?["hint"].map { ["What to do: \(FaultActionText.bare($0))"] } ?? []
        let note = value?["note"].map { ["It was noted: \(FaultActionText.bare($0))."] } ?? []
        var circumstances: [String] = []
        if case .array(let sentences)? = value?["circumstances"] { circumstances = sentences.map(FaultActionText.bare) }
        let words = [report.explanation] + note + hint + circumstances
        return ([report.id] + lines + words + Self.timeline(value?["timeline"], of: report)).joined(separator: "\n")
    }

    /// A line for each step: when, what, and what that means.
    private static func timeline(_ steps: JSONValue?, of report: NotificationReport) -> [String] {
        guard case .array(let steps)? = steps else { return [] }
        return steps.map { step in
            func text(_ value: JSONValue?) -> String? { value.map(FaultActionText.bare) }
            let event = text(step["event"]) ?? ""
            let reason = text(step["reason"]?["code"]).map {
                NotificationReport.Reason(
                    code: $0,
                    by: text(step["reason"]?["by"]),
                    rule: text(step["reason"]?["rule"])
                )
            }
            let sentence = NotificationReport.explanation(ofStep: event, reason, status: report.status)
            return "  \(text(step["at"]) ?? "") \(event)\(sentence.map { ": \($0)" } ?? "")"
        }
    }
}

extension NotificationQuery {
    /// What is set, by the names of the API.
    var members: [(name: String, text: String, value: JSONValue)] {
        var members: [(name: String, text: String, value: JSONValue)] = []
        func add(_ name: String, _ text: String?) {
            if let text { members.append((name, text, .string(text))) }
        }
        func add(_ name: String, _ number: (some BinaryInteger)?) {
            if let number { members.append((name, String(number), .number(number))) }
        }
        add("topic", self.topic)
        add("environment", self.environment?.rawValue)
        add("device", self.device)
        add("token", self.token?.lowercased())
        add("verdict", self.verdict?.rawValue)
        add("fate", self.fate?.rawValue)
        add("status", self.status)
        add("identifier", self.identifier)
        add("q", self.search)
        return members
    }
}
