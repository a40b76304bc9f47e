import ControlAPI
import PushServer
import PushVocabulary

extension Gatehouse {
    /// Has something go wrong from now on.
    ///
    /// - Returns: the rule's id.
    /// - Throws: `GatehouseError` for a fault that cannot be, such as an action at a stage where it means nothing.
    @discardableResult
    public func inject(_ fault: PushFault) async throws(GatehouseError) -> String {
        var wishes = FaultWishes(action: fault.action.text)
        wishes.stage = fault.stage?.rawValue
        wishes.topic = fault.topic
        wishes.token = fault.token
        wishes.identifier = fault.identifier
        wishes.times = fault.times
        wishes.skipFirst = fault.skipFirst
        let json = try wishes.rule()
        return try await self.asking {
            try await self.operations.putFault(try FaultRule(json)).entry.rule.id
        }
    }

    /// The rules in force, in the order in which they are asked.
    ///
    /// - Parameter topic: only those that ask for this topic.
    public func faults(topic: String? = nil) async throws(GatehouseError) -> [PushFaultReport] {
        try await self.asking {
            try await self.operations.faults(topic: topic.map { Topic($0) }).map { PushFaultReport($0) }
        }
    }

    /// Has one thing go right again.
    public func removeFault(_ id: String) async throws(GatehouseError) {
        try await self.asking { try await self.operations.deleteFault(id) }
    }

    /// Has everything go right again.
    ///
    /// - Parameter topic: only what was asked for this topic; `nil`: everything.
    public func removeFaults(topic: String? = nil) async throws(GatehouseError) {
        try await self.asking { _ = try await self.operations.clearFaults(topic: topic.map { Topic($0) }) }
    }
}
