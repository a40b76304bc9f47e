import ControlAPI

/// What `doctor` found.
package struct DoctorReport: Sendable {
    package struct Finding: Hashable, Sendable {
        package enum Grade: String, Sendable {
            case ok
            case warn
            case fail
        }

        package let grade: Grade
        /// What was looked at, in a word or two.
        package let subject: String
        /// What was seen.
        package let detail: String
        /// What to do about it; `nil`: nothing.
        package let remedy: String?

        init(_ grade: Grade, _ subject: String, _ detail: String, remedy: String? = nil) {
            self.grade = grade
            self.subject = subject
            self.detail = detail
            self.remedy = remedy
        }
    }

    package let findings: [Finding]

    /// Whether a server can start here and be used.
    package var isSound: Bool { self.findings.allSatisfy { $0.grade != .fail } }

    package var answer: CommandAnswer {
        let lines = self.findings.map { finding in
            let remedy = finding.remedy.map { " \($0)" } ?? ""
            return [finding.grade.rawValue, finding.subject, finding.detail + remedy]
        }
        let values = self.findings.map { finding -> JSONValue in
            [
                "grade": .string(finding.grade.rawValue), "subject": .string(finding.subject),
                "detail": .string(finding.detail), "remedy": finding.remedy.map { .string($0) } ?? .null,
            ]
        }
        return CommandAnswer(
            text: TextTable(lines).text,
            value: ["sound": .bool(self.isSound), "findings": .array(values)]
        )
    }
}
