/// Something is wrong with the directory of certificates: which file, what, and what to do about it.
package struct IdentityStoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file or directory concerned, absolute.
    package let path: String
    package let problem: String
    package let advice: String

    package init(path: String, problem: String, advice: String) {
        self.path = path
        self.problem = problem
        self.advice = advice
    }

    package var description: String { "\(self.path): \(self.problem). \(self.advice)" }
}
