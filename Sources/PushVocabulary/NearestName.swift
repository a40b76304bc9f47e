/// Finds what somebody may have meant.
package enum NearestName {
    /// The name that takes the fewest changes to come to; `nil` when none is near.
    package static func of(_ name: String, among names: [String]) -> String? {
        let ranked = names.map { (name: $0, distance: Self.distance(name, $0)) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, name.count / 3) ? best.name : nil
    }

    /// What to tell somebody who wrote a name that does not exist.
    ///
    /// - Parameter kind: what the names are, in the plural.
    package static func hint(for name: String, among names: [String], called kind: String) -> String {
        let suggestion = Self.of(name, among: names).map { "Did you mean \($0)? " } ?? ""
        return "\(suggestion)The \(kind) are \(names.joined(separator: ", "))."
    }

    /// Single characters to be added, removed, replaced, or swapped with the next one.
    package static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var rows = [Array(0...right.count)]
        for row in 0..<left.count {
            var next = [row + 1]
            for column in 0..<right.count {
                let replaced = rows[row][column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, rows[row][column + 1] + 1, next[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, rows[row - 1][column - 1] + 1)
                }
                next.append(best)
            }
            rows.append(next)
        }
        return rows[left.count][right.count]
    }
}
