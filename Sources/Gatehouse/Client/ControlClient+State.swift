extension ControlClient {
    /// The document's bytes, as the server wrote them.
    package func exportState() async throws(GatehouseError) -> [UInt8] {
        try await self.request("GET", "/v1/state", timeout: .seconds(120))
    }

    /// - Parameter document: as `exportState` gave it.
    /// - Returns: what the server is made of afterwards.
    package func importState(_ document: [UInt8]) async throws(GatehouseError) -> [UInt8] {
        try await self.request("PUT", "/v1/state", body: document, timeout: .seconds(120))
    }
}
