import ControlAPI
import PushLedger

/// From which severity on a finding makes `audit` fail.
package enum AuditThreshold: String, CaseIterable, Sendable {
    case error
    case warning
    case note

    fileprivate var severity: AuditSeverity {
        switch self {
        case .error: .error
        case .warning: .warning
        case .note: .note
        }
    }
}

/// What an audit of a running server's providers found.
package struct AuditAnswer: Sendable {
    package let answer: CommandAnswer
    private let severities: [AuditSeverity]

    /// - Parameter severity: this bad or worse.
    package func hasFinding(atLeast severity: AuditThreshold) -> Bool {
        self.severities.contains { $0 >= severity.severity }
    }

    init(_ value: JSONValue) {
        let findings = if case .array(let findings)? = value["findings"] { findings } else { [JSONValue]() }
        self.severities = findings.compactMap { $0["severity"].map(FaultActionText.bare).flatMap(AuditSeverity.init) }
        let paragraphs = findings.map(Self.paragraph) + [Self.extent(value)]
        self.answer = CommandAnswer(text: paragraphs.joined(separator: "\n\n"), value: value)
    }

    private static func paragraph(_ finding: JSONValue) -> String {
        func text(_ name: String) -> String { finding[name].map(FaultActionText.bare) ?? "" }
        func list(_ name: String) -> [String] {
            guard case .array(let elements)? = finding[name] else { return [] }
            return elements.map(FaultActionText.bare)
        }
        let subject = text("subject")
        var lines = [
            "\(text("severity")): \(text("rule"))\(subject.isEmpty ? "" : " (\(subject))"), \(text("count")) times",
            "  \(text("summary"))",
        ]
        if text("count") == "1" { lines[0] = lines[0].replacingSuffix(", 1 times", with: ", once") }
        for (name, what) in [("notifications", "evidence"), ("connections", "connections"), ("topics", "topics")] {
            let elements = list(name)
            if !elements.isEmpty { lines.append(Self.row(what, elements.joined(separator: ", "))) }
        }
        lines.append(Self.row("since", text("firstAt")))
        lines.append(Self.row("the rule", "\(text("requirement")) (\(text("source")))"))
        lines.append(Self.row("what to do", text("remedy")))
        return lines.joined(separator: "\n")
    }

    private static func row(_ name: String, _ value: String) -> String {
        "  \(name)\(String(repeating: " ", count: max(1, 13 - name.count)))\(value)"
    }

    /// How much was looked at, which is what makes "nothing found" worth something.
    private static func extent(_ value: JSONValue) -> String {
        func number(_ name: String) -> String { value["examined"]?[name].map(FaultActionText.bare) ?? "0" }
        func counted(_ number: String, _ one: String, _ many: String) -> String {
            number == "1" ? "1 \(one)" : "\(number) \(many)"
        }
        let extent = [
            counted(number("notifications"), "notification", "notifications"),
            counted(number("connections"), "connection", "connections"),
            counted(number("feedbackReads"), "reading of feedback", "readings of feedback"),
        ].joined(separator: ", ")
        let hasFindings = if case .array(let findings)? = value["findings"] { !findings.isEmpty } else { false }
        var text = hasFindings ? "Examined: \(extent)." : "Nothing found. Examined: \(extent)."
        if value["incomplete"] == .bool(true) {
            text += " Older records were pruned: what they would have shown is missing."
        }
        return text
    }
}

extension ControlClient {
    /// Has the server judge the providers it saw.
    package func audit(
        topic: String?,
        environment: PushEnvironment?
    ) async throws(GatehouseError) -> AuditAnswer {
        var query: [(String, String)] = []
        if let topic { query.append(("topic", topic)) }
        if let environment { query.append(("environment", environment.rawValue)) }
        return AuditAnswer(try await self.json("GET", "/v1/audit", query: query))
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, with other: String) -> String {
        self.hasSuffix(suffix) ? self.dropLast(suffix.count) + other : self
    }
}
