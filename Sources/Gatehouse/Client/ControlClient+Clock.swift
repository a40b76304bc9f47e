import ControlAPI
import PushVocabulary

/// What can be done to the clock of a running server.
package enum ClockOrder: Sendable {
    case show
    /// Stops it where it stands.
    case freeze
    /// Stops it, and moves it forward to a time.
    case set(String)
    /// Stops it, and moves it forward.
    case advance(Duration)
    /// Lets it go on from where it stands.
    case run
}

extension ControlClient {
    /// Moving through much that is due takes its time.
    private static let advancing: Duration = .seconds(300)

    package func clock(_ order: ClockOrder) async throws(GatehouseError) -> CommandAnswer {
        let value: JSONValue
        switch order {
        case .show: value = try await self.json("GET", "/v1/clock")
        case .freeze: value = try await self.json("PUT", "/v1/clock", body: ["mode": "manual"])
        case .run: value = try await self.json("PUT", "/v1/clock", body: ["mode": "real"])
        case .advance(let step):
            let body: JSONValue = ["ms": .number(step.milliseconds)]
            value = try await self.json("POST", "/v1/clock/advance", body: body, timeout: Self.advancing)
        case .set(let text):
            guard Instant(text) != nil else {
                throw GatehouseError(.usage, "`\(text)` is not a time such as 2014-05-01T00:00:00Z.")
            }
            let body: JSONValue = ["to": .string(text)]
            value = try await self.json("POST", "/v1/clock/advance", body: body, timeout: Self.advancing)
        }
        return CommandAnswer(text: Self.clockText(value), value: value)
    }

    private static func clockText(_ value: JSONValue) -> String {
        let now = value["now"].map(FaultActionText.bare) ?? ""
        let mode = value["mode"].map(FaultActionText.bare) ?? ""
        var lines = ["\(now) \(mode)"]
        if case .array(let fired)? = value["fired"] {
            lines += fired.map {
                "\($0["at"].map(FaultActionText.bare) ?? "") \($0["purpose"].map(FaultActionText.bare) ?? "")"
            }
        }
        return lines.joined(separator: "\n")
    }
}
