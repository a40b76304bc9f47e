import PushServer
import PushVocabulary

extension ControlCall {
    func faults() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        let items = try await self.operations.faults(topic: topic)
        return .json(["items": .array(items.map(\.json)), "total": .number(items.count)])
    }

    func fault() async throws -> ControlAnswer { .json(try await self.operations.fault(self.parameter("id")).json) }

    func postFault() async throws -> ControlAnswer {
        let rule = try FaultRule(self.body ?? [:])
        let (entry, _) = try await self.operations.putFault(rule)
        return .made(entry.json, at: "/v1/faults/\(PercentEncoding.encoded(entry.rule.id))")
    }

    /// Safe to repeat; a rule that is replaced counts from the beginning.
    func putFault() async throws -> ControlAnswer {
        let id = self.parameter("id")
        let rule = try FaultRule(self.body ?? [:], id: id)
        let (entry, isNew) = try await self.operations.putFault(rule)
        return .made(entry.json, at: isNew ? "/v1/faults/\(PercentEncoding.encoded(id))" : nil)
    }

    /// Merges the body into the rule (RFC 7396), except that an action of another type takes the place of the old one.
    func patchFault() async throws -> ControlAnswer {
        let (id, patch) = (self.parameter("id"), self.body ?? [:])
        guard case .object = patch else {
            throw ControlError.invalid(.pointer(""), "must be an object, not \(patch.kind)")
        }
        let entry = try await self.operations.changeFault(id) { present throws(ControlError) in
            var base = present.json
            if let type = patch["action"]?["type"], type != base["action"]?["type"] {
                base = base.merged(with: ["action": .null])
            }
            return try FaultRule(base.merged(with: patch), id: id)
        }
        return .json(entry.json)
    }

    func deleteFault() async throws -> ControlAnswer {
        try await self.operations.deleteFault(self.parameter("id"))
        return .empty
    }

    func clearFaults() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        return .json(["deleted": .number(try await self.operations.clearFaults(topic: topic))])
    }
}
