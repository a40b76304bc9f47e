package import ControlAPI

extension ControlClient {
    /// Adds a rule behind the others, or replaces the one of the same id.
    package func addFault(_ rule: JSONValue) async throws(GatehouseError) -> CommandAnswer {
        let value = try await self.json("POST", "/v1/faults", body: rule)
        return CommandAnswer(text: FaultTable.sentence(about: value), value: value)
    }

    /// - Parameter topic: only rules that name it.
    package func faults(topic: String?, hasHeader: Bool) async throws(GatehouseError) -> CommandAnswer {
        let value = try await self.json("GET", "/v1/faults", query: topic.map { [("topic", $0)] } ?? [])
        guard case .array(let items)? = value["items"] else { throw self.stranger }
        return CommandAnswer(text: FaultTable.text(items, hasHeader: hasHeader && !items.isEmpty), value: value)
    }

    /// - Throws: `GatehouseError` when there is no such rule.
    package func removeFault(_ id: String) async throws(GatehouseError) {
        _ = try await self.request("DELETE", "/v1/faults/\(Self.escaped(id))")
    }

    /// - Parameter topic: only rules that name it.
    package func clearFaults(topic: String?) async throws(GatehouseError) -> CommandAnswer {
        let value = try await self.json("DELETE", "/v1/faults", query: topic.map { [("topic", $0)] } ?? [])
        let count = value["deleted"].map(FaultActionText.bare) ?? "0"
        return CommandAnswer(text: count == "1" ? "1 rule removed." : "\(count) rules removed.", value: value)
    }

    /// The answer's JSON.
    func json(
        _ method: String,
        _ path: String,
        query: [(String, String)] = [],
        body: JSONValue? = nil,
        timeout: Duration = .seconds(30)
    ) async throws(GatehouseError) -> JSONValue {
        let bytes = try await self.request(method, path, query: query, body: body?.bytes, timeout: timeout)
        guard let value = try? JSONReader.value(of: bytes) else { throw self.stranger }
        return value
    }

    var stranger: GatehouseError {
        GatehouseError(
            .unreachable,
            "What answers at \(self.url) is not a Gatehouse of this version. Check the address."
        )
    }
}
