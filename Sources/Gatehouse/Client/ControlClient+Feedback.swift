import ControlAPI
import PushVocabulary

extension ControlClient {
    /// What is on the feedback lists, which stays there.
    ///
    /// - Parameter wishes: whose list, by topic and environment.
    package func feedback(_ wishes: ProviderAccess.Wishes) async throws(GatehouseError) -> CommandAnswer {
        var query: [(String, String)] = []
        if let topic = wishes.topic { query.append(("topic", topic)) }
        if let environment = wishes.environment { query.append(("environment", environment.rawValue)) }
        let value = try await self.json("GET", "/v1/feedback", query: query)
        guard case .array(let items)? = value["items"] else { throw self.stranger }
        let lines = items.map { item in
            ["since", "token", "topic"].compactMap { item[$0].map(FaultActionText.bare) }.joined(separator: " ")
        }
        return CommandAnswer(text: lines.joined(separator: "\n"), value: value)
    }

    /// Puts a token on the feedback list of its app, as if the service had noticed at that time that the app is gone.
    ///
    /// - Parameters:
    ///   - token: of an app on one of the server's devices, or any other together with a topic.
    ///   - time: such as `2014-05-01T00:00Z`; `nil`: now.
    /// - Throws: `GatehouseError` when nothing says whose token it is.
    package func expire(
        _ token: String,
        topic: String?,
        environment: PushEnvironment?,
        at time: String?
    ) async throws(GatehouseError) -> CommandAnswer {
        if let flaw = TokenText.flaw(in: token) {
            throw GatehouseError(.usage, "`\(token)` is no device token: \(flaw).")
        }
        var found: (topic: String, environment: String)?
        if topic == nil || environment == nil {
            found = try await self.app(of: token.lowercased(), topic, environment)
        }
        guard let topic = topic ?? found?.topic else {
            throw GatehouseError(
                .notSatisfied,
                "No device of the server has an app with this token. Say with --topic whose it is."
            )
        }
        var members: [JSONValue.Member] = [
            .init("topic", .string(topic)), .init("token", .string(token.lowercased())),
            .init("environment", .string(environment?.rawValue ?? found?.environment ?? "sandbox")),
        ]
        if let time { members.append(.init("since", .string(try Self.instant(time)))) }
        let value = try await self.json("POST", "/v1/feedback", body: .object(members))
        let text = ["since", "token", "topic"].compactMap { value[$0].map(FaultActionText.bare) }
        return CommandAnswer(text: text.joined(separator: " "), value: value)
    }

    private func app(
        of token: String,
        _ topic: String?,
        _ environment: PushEnvironment?
    ) async throws(GatehouseError) -> (String, String)? {
        guard case .array(let devices)? = try await self.json("GET", "/v1/devices")["items"] else {
            throw self.stranger
        }
        for device in devices {
            guard let world = device["environment"].map(FaultActionText.bare), case .array(let apps)? = device["apps"],
                environment == nil || environment?.rawValue == world
            else { continue }
            for app in apps where app["token"] == .string(token) {
                guard let name = app["topic"].map(FaultActionText.bare), topic == nil || topic == name else { continue }
                return (name, world)
            }
        }
        return nil
    }

    /// Seconds may be left out.
    private static func instant(_ text: String) throws(GatehouseError) -> String {
        if let instant = Instant(text) { return instant.description }
        if text.hasSuffix("Z"), let instant = Instant(text.dropLast() + ":00Z") { return instant.description }
        throw GatehouseError(.usage, "--at `\(text)` is not a time such as 2014-05-01T00:00Z.")
    }
}
