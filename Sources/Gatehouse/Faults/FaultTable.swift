import ControlAPI

/// Fault rules as lines for people.
enum FaultTable {
    static func text(_ rules: [JSONValue], hasHeader: Bool) -> String {
        let header = ["ID", "STAGE", "ACTION", "MATCH", "TRIGGER", "MATCHES", "HITS", "LEFT"]
        return TextTable((hasHeader ? [header] : []) + rules.map(Self.cells)).text
    }

    private static func cells(_ rule: JSONValue) -> [String] {
        func text(_ name: String) -> String { rule[name].map(FaultActionText.bare) ?? "-" }
        let left = rule["remaining"] == .null ? "unlimited" : text("remaining")
        return [
            text("id"), text("stage"), rule["action"].map(FaultActionText.text) ?? "-", Self.settings(rule["match"]),
            Self.settings(rule["trigger"]), text("matches"), text("hits"), left,
        ]
    }

    /// `topic=com.example.app,command=2`; `-`: none.
    private static func settings(_ value: JSONValue?) -> String {
        guard case .object(let members)? = value, !members.isEmpty else { return "-" }
        return members.map { "\($0.name)=\(Self.short(FaultActionText.bare($0.value)))" }.joined(separator: ",")
    }

    private static func short(_ text: String) -> String {
        text.count > 40 ? "\(text.prefix(4))…\(text.suffix(4))" : text
    }

    /// What was added.
    static func sentence(about rule: JSONValue) -> String {
        func text(_ name: String) -> String { rule[name].map(FaultActionText.bare) ?? "" }
        var sentence = "\(text("id")): \(rule["action"].map(FaultActionText.text) ?? "") at stage \(text("stage"))"
        let match = Self.settings(rule["match"])
        sentence += match == "-" ? ", whatever comes" : ", where \(match)"
        let trigger = Self.settings(rule["trigger"])
        if trigger != "-" { sentence += ", \(trigger)" }
        if rule["expiresAt"] != nil { sentence += ", until \(text("expiresAt"))" }
        return sentence
    }
}
