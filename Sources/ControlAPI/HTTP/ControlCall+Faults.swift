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

    func deleteFault() async throws -> ControlAnswer {
        try await self.operations.deleteFault(self.parameter("id"))
        return .empty
    }

    func clearFaults() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        return .json(["deleted": .number(try await self.operations.clearFaults(topic: topic))])
    }
}
