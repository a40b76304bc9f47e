extension ControlClient {
    /// Where a server is that nobody changed the address of.
    package static let usualURL = "http://127.0.0.1:8195"

    /// The server meant: by the flag, by a variable, by the note a running server left, or at the usual address.
    ///
    /// - Parameter say: told when there were several to choose from.
    package static func find(
        _ flag: String?,
        variables: [String: String],
        say: (String) -> Void = { _ in }
    ) throws(GatehouseError) -> ControlClient {
        let token = variables[VariableNames.adminToken]
        if let flag { return try ControlClient(flag, token: token) }
        for name in ["GATEHOUSE_CONTROL_URL", "GATEHOUSE_CONTROL"] {
            if let text = variables[name], !text.isEmpty { return try ControlClient(text, token: token) }
        }
        let notes = ServerLocator(variables: variables).notes()
        guard let latest = notes.first else { return try ControlClient(Self.usualURL, token: token) }
        if notes.count > 1 {
            say("\(notes.count) servers run; this asks \(latest.control). Choose another with --control.")
        }
        return try ControlClient(latest.control, token: token)
    }
}
