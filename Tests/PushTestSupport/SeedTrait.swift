package import Testing

/// Says which described behaviour a test covers. The numbers are those of the list of behaviours that
/// `tools/coverage-of-behaviours` compares with what it finds in the tests.
package struct SeedTrait: TestTrait, SuiteTrait {
    /// Such as `004-20`.
    package let numbers: [String]

    package var comments: [Comment] { self.numbers.map { "covers behaviour \($0)" } }
}

extension Trait where Self == SeedTrait {
    /// - Parameter numbers: such as `"004-20"`, each as a literal, so that a script finds it.
    package static func seed(_ numbers: String...) -> Self { SeedTrait(numbers: numbers) }
}
