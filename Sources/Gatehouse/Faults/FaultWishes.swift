package import ControlAPI

/// A fault rule put together from options.
package struct FaultWishes: Sendable {
    package var id: String?
    package var stage: String?
    package var service: String?
    package var environment: PushEnvironment?
    package var topic: String?
    package var token: String?
    package var identifier: UInt32?
    package var connection: String?
    package var device: String?
    package var command: UInt8?
    package var priority: UInt8?
    package var payloadContains: String?
    package var times: Int?
    package var skipFirst: Int?
    package var everyNth: Int?
    package var probability: String?
    /// Two durations from now, such as `5s..10s`.
    package var between: String?
    package var timeToLive: Duration?
    package var action: String

    package init(action: String) {
        self.action = action
    }

    /// The rule as the API takes it.
    ///
    /// - Throws: `GatehouseError` that names the option that cannot be.
    package func rule() throws(GatehouseError) -> JSONValue {
        let action = try FaultActionText.json(self.action)
        var members: [JSONValue.Member] = []
        if let id { members.append(.init("id", .string(id))) }
        members.append(.init("stage", .string(self.stage ?? FaultActionText.usualStage(of: action))))
        let match = try self.match()
        if !match.isEmpty { members.append(.init("match", .object(match))) }
        let trigger = try self.trigger()
        if !trigger.isEmpty { members.append(.init("trigger", .object(trigger))) }
        members.append(.init("action", action))
        if let timeToLive { members.append(.init("ttlMs", .number(timeToLive.milliseconds))) }
        return .object(members)
    }

    private func match() throws(GatehouseError) -> [JSONValue.Member] {
        if let token, let flaw = TokenText.flaw(in: token) {
            throw GatehouseError(.usage, "--token `\(token)` is no device token: \(flaw).")
        }
        var members: [JSONValue.Member] = []
        func add(_ name: String, _ text: String?) {
            if let text { members.append(.init(name, .string(text))) }
        }
        func add(_ name: String, _ number: (some BinaryInteger)?) {
            if let number { members.append(.init(name, .number(number))) }
        }
        add("service", self.service)
        add("environment", self.environment?.rawValue)
        add("topic", self.topic)
        add("token", self.token?.lowercased())
        add("identifier", self.identifier)
        add("connectionId", self.connection)
        add("device", self.device)
        add("command", self.command)
        add("priority", self.priority)
        add("payloadContains", self.payloadContains)
        return members
    }

    private func trigger() throws(GatehouseError) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        if let times { members.append(.init("times", .number(times))) }
        if let skipFirst { members.append(.init("skipFirst", .number(skipFirst))) }
        if let everyNth { members.append(.init("everyNth", .number(everyNth))) }
        if let probability {
            guard let number = Double(probability), 0...1 ~= number else {
                throw GatehouseError(
                    .usage,
                    "--probability `\(probability)` is not a number from 0 to 1, such as 0.25."
                )
            }
            members.append(.init("probability", .number("\(number)")))
        }
        if let between { members.append(.init("betweenMs", try Self.bounds(between))) }
        return members
    }

    private static func bounds(_ text: String) throws(GatehouseError) -> JSONValue {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].isEmpty, let from = Duration(typed: String(parts[0])),
            let until = Duration(typed: String(parts[2])), from < until
        else {
            throw GatehouseError(
                .usage,
                "--between `\(text)` is not two times from now, the first before the second, such as 5s..10s."
            )
        }
        return [.number(from.milliseconds), .number(until.milliseconds)]
    }

    /// A rule that was written as JSON.
    ///
    /// - Parameter text: the rule; `@` and a path names a file.
    /// - Throws: `GatehouseError` when it is not JSON, or its file cannot be read.
    package static func rule(json text: String) throws(GatehouseError) -> JSONValue {
        var bytes = Array(text.utf8)
        var place = "--rule"
        if text.hasPrefix("@") {
            place = String(text.dropFirst())
            guard let content = try FileSystem.bytes(of: place) else {
                throw GatehouseError(.unavailable, "\(place): there is no such file. Correct --rule.")
            }
            bytes = content
        }
        do throws(JSONDefect) {
            return try JSONReader.value(of: bytes, refusesRepeatedNames: true)
        } catch {
            throw GatehouseError(.usage, "\(place): this is not JSON: \(error).")
        }
    }
}
