import ControlAPI
import PushServer
import PushVocabulary

extension ControlOperations {
    /// Puts the configuration's rules in force, in their order.
    ///
    /// - Throws: `GatehouseError` for one that cannot be.
    func addFaults(_ rules: [JSONValue]) async throws {
        var taken = Set(rules.compactMap { $0["id"] })
        for (index, json) in rules.enumerated() {
            let id = Self.freeID(besides: taken)
            if json["id"] == nil { taken.insert(.string(id)) }
            do {
                _ = try await self.putFault(FaultRule(json, id: id, fixesID: false))
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
