/// A row and the way to judge it.
struct ConformanceCheck: Sendable {
    let row: ConformanceRow
    /// Throws `SkippedRow`, or what keeps it from connecting.
    let judge: @Sendable (ConformanceBench) async throws -> ConformanceOutcome

    /// A row that is judged in a way of its own.
    init(_ row: ConformanceRow, _ judge: @escaping @Sendable (ConformanceBench) async throws -> ConformanceOutcome) {
        self.row = row
        self.judge = judge
    }

    /// A row that passes when all its exchanges do, each on a connection of its own.
    ///
    /// - Parameter hint: what to look for in a gateway that fails.
    init(
        _ row: ConformanceRow,
        hint: String? = nil,
        exchanges: @escaping @Sendable (ConformanceTarget) throws -> [Exchange]
    ) {
        self.init(row) { bench in
            let known = Set(bench.target.expectations.commands)
            let exchanges = try exchanges(bench.target).filter { $0.commands.isSubset(of: known) }
            guard !exchanges.isEmpty else { throw SkippedRow.commands }
            for exchange in exchanges {
                guard let failure = try await bench.failure(of: exchange) else { continue }
                return failure.outcome(hint: hint)
            }
            return .passed
        }
    }

    static let all: [ConformanceCheck] =
        Self.vectors + Self.successes + Self.framings + Self.frameLengths + Self.items + Self.malformedItems
        + Self.tokenSizes + Self.payloadSizes + Self.identifiers + Self.errors + Self.payloads + Self.clients
        + Self.versions + Self.feedback
}

/// This target offers no way to judge the row.
struct SkippedRow: Error {
    static let commands = SkippedRow(reason: "this gateway is not expected to know the command that the row needs")

    let reason: String
}
