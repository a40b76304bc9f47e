/// What became of one row.
package enum ConformanceOutcome: Hashable, Sendable {
    case passed
    /// - hint: what to look for in the gateway, where something can be said.
    case failed(expected: String, seen: String, hint: String?)
    /// The row cannot be judged with this target.
    case skipped(reason: String)
    /// The gateway could not be reached or refused the identity: nothing was judged.
    case error(String)

    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case passed
        case failed
        case skipped
        case error
    }

    package var kind: Kind {
        switch self {
        case .passed: .passed
        case .failed: .failed
        case .skipped: .skipped
        case .error: .error
        }
    }
}

/// What became of all rows of a run.
package struct ConformanceSummary: Sendable {
    package struct Result: Sendable {
        package let row: ConformanceRow
        package let outcome: ConformanceOutcome
        package let duration: Duration

        package init(row: ConformanceRow, outcome: ConformanceOutcome, duration: Duration) {
            self.row = row
            self.outcome = outcome
            self.duration = duration
        }
    }

    /// In the order in which the rows ran.
    package var results: [Result]

    package init(results: [Result] = []) {
        self.results = results
    }

    package func count(_ kind: ConformanceOutcome.Kind) -> Int {
        self.results.count { $0.outcome.kind == kind }
    }

    package func rows(_ kind: ConformanceOutcome.Kind) -> [ConformanceRow] {
        self.results.filter { $0.outcome.kind == kind }.map(\.row)
    }

    /// Whether the gateway did all that is expected. No row may have ended in an error, and at least one must have
    /// passed.
    ///
    /// - Parameter evidence: the weakest evidence that counts. Where nothing is known of the real gateway, doing
    ///   something else than Gatehouse is no mistake.
    package func isConformant(countingDownTo evidence: ConformanceEvidence = .inferred) -> Bool {
        self.count(.error) == 0 && self.count(.passed) > 0 && self.rows(.failed).allSatisfy { $0.evidence > evidence }
    }
}
