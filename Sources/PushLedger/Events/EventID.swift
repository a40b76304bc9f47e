/// Names one event across runs: the run it belongs to, and its number in it, from 1 up without gaps.
package struct EventID: Hashable, Sendable, CustomStringConvertible {
    package let run: UInt64
    package let number: UInt64

    package init(run: UInt64, number: UInt64) {
        self.run = run
        self.number = number
    }

    /// - Parameter text: as `description` wrote it, otherwise `nil`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "e", let run = Cursor.number(parts[1]), let number = Cursor.number(parts[2])
        else { return nil }
        self.init(run: run, number: number)
    }

    /// Such as `e-1700000000123-42`.
    package var description: String { "e-\(self.run)-\(self.number)" }
}
