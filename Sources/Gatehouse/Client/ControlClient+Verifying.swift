import ControlAPI

extension ControlClient {
    /// How many notifications are to match.
    package struct Check: Sendable {
        /// Exactly.
        let count: Int?
        let least: Int?
        let most: Int?
        /// Only behind this cursor.
        let after: String?

        package init(count: Int?, least: Int?, most: Int?, after: String?) {
            self.count = count
            self.least = least
            self.most = most
            self.after = after
        }

        fileprivate var members: [JSONValue.Member] {
            let numbers = [("count", self.count), ("atLeast", self.least), ("atMost", self.most)]
            var members = numbers.compactMap { name, number in number.map { JSONValue.Member(name, .number($0)) } }
            if let after { members.append(JSONValue.Member("after", .string(after))) }
            return members
        }
    }

    /// The outcome of a check.
    package struct CheckAnswer: Sendable {
        package let satisfied: Bool
        /// For people: how many match, and what came closest.
        package let text: String
    }

    /// The answer's bytes, as the server wrote them.
    package func verify(_ query: NotificationQuery, _ check: Check) async throws(GatehouseError) -> [UInt8] {
        let match = query.members.map { JSONValue.Member($0.name, $0.value) }
        let body = JSONValue.object([JSONValue.Member("match", .object(match))] + check.members)
        return try await self.request("POST", "/v1/notifications/verify", body: body.bytes)
    }

    package func checkAnswer(from body: [UInt8]) throws(GatehouseError) -> CheckAnswer {
        guard let answer = try? JSONReader.value(of: body), case .bool(let satisfied)? = answer["satisfied"] else {
            throw GatehouseError(.unreachable, "What answers at \(self.url) is not a control API. Check the address.")
        }
        func text(_ value: JSONValue?) -> String { value.map(FaultActionText.bare) ?? "" }
        let matched = text(answer["matched"])
        var lines = ["\(matched) \(matched == "1" ? "matches" : "match"); expected: \(text(answer["expected"]))."]
        guard case .array(let misses)? = answer["nearMisses"] else {
            return CheckAnswer(satisfied: satisfied, text: lines[0])
        }
        for miss in misses {
            let push = miss["notification"]
            let fate = push?["fate"].flatMap { $0 == .null ? nil : text($0) }
            let words = [text(push?["id"]), text(push?["verdict"]), fate].compactMap(\.self)
            lines.append("Close: \(words.joined(separator: " "))")
            guard case .array(let criteria)? = miss["criteria"] else { continue }
            lines += criteria.map { criterion in
                let (field, expected) = (text(criterion["field"]), text(criterion["expected"]))
                if criterion["pass"] == .bool(true) { return "  as expected  \(field) is \(expected)" }
                let actual = criterion["actual"].flatMap { $0 == .null ? nil : text($0) }
                return "  not          \(field) is \(actual ?? "missing"), not \(expected)"
            }
        }
        return CheckAnswer(satisfied: satisfied, text: lines.joined(separator: "\n"))
    }
}
