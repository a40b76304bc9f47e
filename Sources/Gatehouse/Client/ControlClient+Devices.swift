import ControlAPI

extension ControlClient {
    /// The server's devices, a line for each app.
    package func devices(hasHeader: Bool) async throws(GatehouseError) -> CommandAnswer {
        let value = try await self.json("GET", "/v1/devices")
        guard case .array(let devices)? = value["items"] else { throw self.stranger }
        var rows: [[String]] = []
        for device in devices {
            func text(_ name: String) -> String { device[name].map(FaultActionText.bare) ?? "-" }
            let state = device["connected"] == .bool(true) ? "connected" : "away"
            let apps = if case .array(let apps)? = device["apps"] { apps } else { [JSONValue]() }
            for app in apps.isEmpty ? [.null] : apps {
                let names = ["topic", "token"].map { app[$0].map(FaultActionText.bare) ?? "-" }
                rows.append([text("name"), text("environment"), state] + names)
            }
        }
        let header = hasHeader && !rows.isEmpty ? [["DEVICE", "ENVIRONMENT", "STATE", "TOPIC", "TOKEN"]] : []
        return CommandAnswer(text: TextTable(header + rows).text, value: value)
    }
}
