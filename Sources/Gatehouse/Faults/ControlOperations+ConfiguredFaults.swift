import ControlAPI
import PushServer
import PushVocabulary

extension ControlOperations {
    /// Puts the configuration's rules in force, in their order. One that an earlier process had goes on with its counts.
    ///
    /// - Throws: `GatehouseError` for one that cannot be.
    func addFaults(_ rules: [JSONValue]) async throws {
        let known = try await self.faults().map(\.rule)
        var taken = Set(rules.compactMap { $0["id"] })
        for (index, json) in rules.enumerated() {
            do {
                var rule = try FaultRule(json)
                if rule.id.isEmpty {
                    rule.id = Self.freeID(besides: taken)
                    taken.insert(.string(rule.id))
                }
                if !known.contains(rule) { _ = try await self.putFault(rule) }
            } catch let error as ControlError {
                throw GatehouseError(.usage, "faults[\(index)]: \(error)")
            }
        }
    }

    private static func freeID(besides taken: Set<JSONValue>) -> String {
        var number = 1
        while taken.contains(.string("f-\(number)")) { number += 1 }
        return "f-\(number)"
    }
}
