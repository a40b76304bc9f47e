/// How well a behaviour is known.
package enum EvidenceGrade: String, Hashable, Sendable, CaseIterable {
    /// Apple states it.
    case apple = "A"
    /// Seen in the field by people who said where.
    case field = "F"
    /// Follows from the others.
    case inferred = "I"
    /// Nothing is known: a decision of ours.
    case none = "N"
}

/// One choice of a profile as data: what it is about, what may be chosen, what is known of it, and how to set it
/// alone.
package struct ProfileChoice: Sendable {
    /// Kebab-case and stable.
    package let name: String
    package let summary: String
    /// What may be written, for people.
    package let values: String
    package let grade: EvidenceGrade
    /// Where the default comes from, in one line.
    package let source: String
    private let read: @Sendable (ServiceProfile) -> String
    private let write: @Sendable (inout ServiceProfile, String) -> Bool

    init<Value>(
        _ name: String,
        _ summary: String,
        _ grade: EvidenceGrade,
        _ source: String,
        _ path: any WritableKeyPath<ServiceProfile, Value> & Sendable,
        _ form: ProfileValueForm<Value>
    ) {
        self.name = name
        self.summary = summary
        self.values = form.values
        self.grade = grade
        self.source = source
        self.read = { form.text($0[keyPath: path]) }
        self.write = { profile, text in
            guard let value = form.value(text) else { return false }
            profile[keyPath: path] = value
            return true
        }
    }

    /// The profile's value, as it would be written.
    package func value(in profile: ServiceProfile) -> String { self.read(profile) }
}

/// A choice could not be made.
package enum ProfileChoiceError: Error, Hashable, Sendable, CustomStringConvertible {
    case noSuchChoice(String)
    case noSuchValue(String, choice: String, values: String)

    package var description: String {
        switch self {
        case .noSuchChoice(let name):
            "a profile has no choice \"\(name)\"; there are "
                + ServiceProfile.choices.map(\.name).joined(separator: ", ")
        case .noSuchValue(let value, let choice, let values):
            "\"\(value)\" is no value of the profile's choice \(choice): write \(values)"
        }
    }
}

extension ServiceProfile {
    /// Sets one choice alone, by the names and values that `choices` lists.
    package mutating func set(_ choice: String, to value: String) throws(ProfileChoiceError) {
        guard let found = Self.choices.first(where: { $0.name == choice }) else { throw .noSuchChoice(choice) }
        guard found.set(value, in: &self) else {
            throw .noSuchValue(value, choice: choice, values: found.values)
        }
    }
}

extension ProfileChoice {
    /// - Returns: whether the value is one of this choice's; if not, nothing changes.
    package func set(_ value: String, in profile: inout ServiceProfile) -> Bool { self.write(&profile, value) }
}
