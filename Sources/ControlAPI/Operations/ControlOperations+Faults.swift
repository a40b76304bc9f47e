package import PushServer
package import PushVocabulary

extension ControlOperations {
    /// The rules in force, in the order in which they are asked.
    package func faults(topic: Topic? = nil) async throws -> [FaultPlan.Entry] {
        try await self.perform { host in
            host.faultEntries.filter { topic == nil || $0.rule.match.topic == topic }
        }
    }

    /// - Throws: `notFound`.
    package func fault(_ id: String) async throws -> FaultPlan.Entry {
        guard let entry = try await self.faults().first(where: { $0.rule.id == id }) else {
            throw ControlError(.notFound, "there is no fault rule \(id)")
        }
        return entry
    }

    /// Adds a rule behind the others, or replaces the one of the same id where it stands.
    ///
    /// - Parameter rule: without an id it gets one.
    /// - Returns: the rule as it is in force, and whether its id was not taken.
    package func putFault(_ rule: FaultRule) async throws -> (entry: FaultPlan.Entry, isNew: Bool) {
        try await self.perform { $0.addFault(rule) }
    }

    /// Changes a rule where it stands. What it has counted stays, and so does the time from which its own times count.
    ///
    /// - Parameter change: gets the rule as it is.
    /// - Returns: the rule as it is in force.
    /// - Throws: `notFound`, and what `change` throws.
    package func changeFault(
        _ id: String,
        _ change: @escaping @Sendable (FaultRule) throws(ControlError) -> FaultRule
    ) async throws -> FaultPlan.Entry {
        try await self.perform { host in
            guard let present = host.faultEntries.first(where: { $0.rule.id == id }),
                let entry = host.changeFault(try change(present.rule))
            else { throw ControlError(.notFound, "there is no fault rule \(id)") }
            return entry
        }
    }

    /// - Throws: `notFound`.
    package func deleteFault(_ id: String) async throws {
        guard try await self.perform({ $0.removeFault(id) }) else {
            throw ControlError(.notFound, "there is no fault rule \(id)")
        }
    }

    /// - Returns: how many there were.
    package func clearFaults(topic: Topic? = nil) async throws -> Int {
        try await self.perform { $0.resetFaults(of: topic) }
    }
}
