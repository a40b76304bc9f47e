package import ControlAPI
import PushVocabulary

/// A fault rule's action as people type it: a name and its settings, separated by colons, such as `answer:8:zero`.
package enum FaultActionText {
    /// What can be typed, for help and for messages.
    package static let forms = [
        "answer:STATUS[:own|zero|last-accepted|N][:keep-open]", "shutdown", "late-answer:STATUS[:FRAMES]", "close",
        "reset", "half-close", "delay:DURATION", "stall", "black-hole", "lose", "close-when-idle:DURATION",
        "split:BYTES", "truncate:BYTES", "alert:NUMBER", "hold-open", "nothing", "ignore", "refuse",
    ]

    /// Those without settings, by the API's names.
    private static let plain = [
        "shutdown": "shutdown", "close": "close", "reset": "reset", "half-close": "halfClose", "stall": "stall",
        "black-hole": "blackHole", "lose": "lose", "hold-open": "holdOpen", "nothing": "nothing", "ignore": "ignore",
        "refuse": "refuse",
    ]

    /// Those with one setting: the API's name, the setting's name.
    private static let withNumber = [
        "split": ("split", "bytes"), "truncate": ("truncate", "bytes"), "alert": ("alert", "description"),
    ]
    private static let withDuration = [
        "delay": "delay", "close-when-idle": "closeWhenIdle",
    ]

    /// The action object of the API.
    ///
    /// - Throws: `GatehouseError` that says how the action is written.
    package static func json(_ text: String) throws(GatehouseError) -> JSONValue {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let (name, settings) = (parts[0], Array(parts.dropFirst()))
        if name == "answer" { return try Self.answer(settings, text) }
        if name == "late-answer" { return try Self.lateAnswer(settings, text) }
        if let type = Self.plain[name] {
            guard settings.isEmpty else { throw Self.wrong(text, name) }
            return ["type": .string(type)]
        }
        if let (type, setting) = Self.withNumber[name] {
            guard settings.count == 1, let number = UInt32(settings[0]) else { throw Self.wrong(text, name) }
            return .object([.init("type", .string(type)), .init(setting, .number(number))])
        }
        if let type = Self.withDuration[name] {
            guard settings.count == 1, let duration = Duration(typed: settings[0]) else {
                throw Self.wrong(text, name)
            }
            return ["type": .string(type), "ms": .number(duration.milliseconds)]
        }
        let names = Self.forms.map { String($0.prefix { $0 != ":" }) }
        let suggestion = NearestName.of(name, among: names).map { " Did you mean `\($0)`?" } ?? ""
        throw GatehouseError(
            .usage,
            "There is no action `\(name)`.\(suggestion) The actions are \(Self.forms.joined(separator: ", "))."
        )
    }

    private static func answer(_ settings: [String], _ text: String) throws(GatehouseError) -> JSONValue {
        guard let first = settings.first, let status = UInt8(first) else { throw Self.wrong(text, "answer") }
        var members: [JSONValue.Member] = [.init("type", "answer"), .init("status", .number(status))]
        var rest = settings.dropFirst()
        if rest.last == "keep-open" {
            members.append(.init("keepOpen", .bool(true)))
            rest = rest.dropLast()
        }
        guard rest.count <= 1 else { throw Self.wrong(text, "answer") }
        if let identifier = rest.first {
            switch identifier {
            case "own", "zero": members.append(.init("identifier", .string(identifier)))
            case "last-accepted": members.append(.init("identifier", "lastAccepted"))
            default:
                guard let number = UInt32(identifier) else { throw Self.wrong(text, "answer") }
                members.append(.init("identifier", .number(number)))
            }
        }
        return .object(members)
    }

    private static func lateAnswer(_ settings: [String], _ text: String) throws(GatehouseError) -> JSONValue {
        guard 1...2 ~= settings.count, let status = UInt8(settings[0]) else { throw Self.wrong(text, "late-answer") }
        var members: [JSONValue.Member] = [.init("type", "lateAnswer"), .init("status", .number(status))]
        if settings.count == 2 {
            guard let frames = UInt32(settings[1]) else { throw Self.wrong(text, "late-answer") }
            members.append(.init("afterFrames", .number(frames)))
        }
        return .object(members)
    }

    private static func wrong(_ text: String, _ name: String) -> GatehouseError {
        let form = Self.forms.first { $0 == name || $0.hasPrefix("\(name):") } ?? name
        return GatehouseError(.usage, "The action `\(text)` cannot be read: it is written \(form).")
    }

    // MARK: - Back

    /// How an action of the API is typed.
    package static func text(_ action: JSONValue) -> String {
        guard case .string(let type)? = action["type"] else { return action.description }
        func setting(_ name: String) -> String { action[name].map(Self.bare) ?? "" }
        switch type {
        case "answer":
            var parts = ["answer", setting("status")]
            if let identifier = action["identifier"].map(Self.bare), identifier != "own" {
                parts.append(identifier == "lastAccepted" ? "last-accepted" : identifier)
            }
            if action["keepOpen"] == .bool(true) { parts.append("keep-open") }
            return parts.joined(separator: ":")
        case "lateAnswer": return "late-answer:\(setting("status")):\(setting("afterFrames"))"
        default: break
        }
        if let name = Self.plain.first(where: { $0.value == type })?.key { return name }
        if let (name, what) = Self.withNumber.first(where: { $0.value.0 == type }) {
            return "\(name):\(setting(what.1))"
        }
        if let name = Self.withDuration.first(where: { $0.value == type })?.key { return "\(name):\(setting("ms"))ms" }
        return action.description
    }

    /// A number or a string without quotes.
    static func bare(_ value: JSONValue) -> String {
        switch value {
        case .string(let text), .number(let text): text
        default: value.description
        }
    }

    // MARK: - Stage

    /// Where an action is meant when nobody says.
    static func usualStage(of action: JSONValue) -> String {
        guard case .string(let type)? = action["type"] else { return "frame" }
        return switch type {
        case "alert": "handshake"
        case "split", "truncate", "holdOpen": "reply"
        case "nothing": "feedback"
        case "ignore", "refuse": "courier"
        default: "frame"
        }
    }
}
