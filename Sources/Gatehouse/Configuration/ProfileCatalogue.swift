import ControlAPI
import PushServer

/// The profiles there are, for people and for programs.
package enum ProfileCatalogue {
    /// Each profile with what it chooses, and each choice with what is known of it.
    package static var answer: CommandAnswer { CommandAnswer(text: Self.text, value: Self.value) }

    /// What a choice is about and what may be chosen.
    package static func help(_ name: String) -> String {
        guard let choice = ServiceProfile.choices.first(where: { $0.name == name }) else { return name }
        return "\(choice.summary) (values: \(choice.values))"
    }

    // MARK: - For people

    private static var text: String {
        let profiles = ServiceProfile.all.map { profile in
            let differences = ServiceProfile.choices.filter { Self.differs($0, in: profile) }
            let title = profile.name == ServiceProfile.standard.name ? "\(profile.name) (default)" : profile.name
            guard !differences.isEmpty else { return "\(title)\n  every choice at its default" }
            let rows = differences.map { ["  \($0.name)", $0.value(in: profile)] }
            return "\(title)\n\(TextTable(rows).text)"
        }
        let choices = ServiceProfile.choices.map { choice in
            """
            \(choice.name) = \(choice.value(in: .standard))
              \(choice.summary)
              values: \(choice.values)
              evidence: \(Self.words(for: choice.grade)). \(choice.source)
            """
        }
        return "Profiles: where they differ from the default\n\n" + profiles.joined(separator: "\n")
            + "\n\nChoices: the default, what it is about, what else may be chosen, and what is known of it\n\n"
            + choices.joined(separator: "\n")
    }

    private static func differs(_ choice: ProfileChoice, in profile: ServiceProfile) -> Bool {
        choice.value(in: profile) != choice.value(in: .standard)
    }

    private static func words(for grade: EvidenceGrade) -> String {
        switch grade {
        case .apple: "stated by Apple"
        case .field: "seen in the field"
        case .inferred: "inferred"
        case .none: "nothing is known"
        }
    }

    // MARK: - For programs

    private static var value: JSONValue {
        [
            "default": .string(ServiceProfile.standard.name),
            "profiles": .array(ServiceProfile.all.map(Self.value)),
            "choices": .array(ServiceProfile.choices.map(Self.value)),
        ]
    }

    private static func value(of profile: ServiceProfile) -> JSONValue {
        let choices = ServiceProfile.choices.map { JSONValue.Member($0.name, .string($0.value(in: profile))) }
        return ["name": .string(profile.name), "choices": .object(choices)]
    }

    private static func value(of choice: ProfileChoice) -> JSONValue {
        [
            "name": .string(choice.name), "summary": .string(choice.summary),
            "default": .string(choice.value(in: .standard)), "values": .string(choice.values),
            "grade": .string(choice.grade.rawValue), "source": .string(choice.source),
        ]
    }
}
