/// Judges a gateway of the binary provider protocol from outside: sends well-formed and malformed frames and compares
/// what comes back with what Apple's gateway is known to have answered.
///
/// Each row uses connections of its own, and every wait of it is bounded. Rows run one after the other, in their order.
package struct ConformanceSuite: Sendable {
    /// All rows, in the order in which they run.
    package static let rows: [ConformanceRow] = ConformanceCheck.all.map(\.row)

    package init() {}

    /// The names among these that are neither the identifier of a row nor a group of rows.
    package static func unknownNames(in names: [String]) -> [String] {
        names.filter { name in !Self.rows.contains { Self.answers($0, to: name) } }
    }

    private static func answers(_ row: ConformanceRow, to name: String) -> Bool {
        row.id == name || row.group.rawValue == name
    }

    /// Runs rows against a target. Accepted notifications reach the good token's device, and the rows about feedback
    /// empty the feedback list.
    ///
    /// - Parameters:
    ///   - names: identifiers of rows or groups; `nil` runs all.
    ///   - report: called behind each row.
    package func run(
        _ target: ConformanceTarget,
        only names: [String]? = nil,
        report: (ConformanceRow, ConformanceOutcome, Duration) -> Void = { _, _, _ in }
    ) async -> ConformanceSummary {
        let checks = ConformanceCheck.all.filter { check in
            names?.contains { Self.answers(check.row, to: $0) } ?? true
        }
        let clock = ContinuousClock()
        var summary = ConformanceSummary()
        let bench: Result<ConformanceBench, any Error>
        do {
            bench = .success(try await ConformanceBench.prepared(for: target))
        } catch {
            bench = .failure(error)
        }
        for check in checks {
            let start = clock.now
            let outcome = await Self.outcome(of: check, on: bench)
            let duration = clock.now - start
            summary.results.append(.init(row: check.row, outcome: outcome, duration: duration))
            report(check.row, outcome, duration)
        }
        return summary
    }

    private static func outcome(
        of check: ConformanceCheck,
        on bench: Result<ConformanceBench, any Error>
    ) async -> ConformanceOutcome {
        guard !Task.isCancelled else { return .skipped(reason: "the run was stopped") }
        do {
            return try await check.judge(try bench.get())
        } catch let skipped as SkippedRow {
            return .skipped(reason: skipped.reason)
        } catch {
            return .error(WireText.sentence(about: error))
        }
    }
}
