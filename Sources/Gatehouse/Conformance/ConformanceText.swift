import ControlAPI
import MockProvider

/// What came of the conformance suite, for people and for programs.
enum ConformanceText {
    static func line(_ row: ConformanceRow, _ outcome: ConformanceOutcome) -> String {
        switch outcome {
        case .passed: "pass  \(row.id)  \(row.title)"
        case .skipped(let reason): "skip  \(row.id)  \(Self.bare(row.title)): \(reason)"
        case .error(let reason): "error \(row.id)  \(Self.bare(row.title)): \(reason)"
        case .failed(let expected, let seen, let hint):
            "fail  \(row.id)  \(row.title)\n      expected: \(expected)\n      seen:     \(seen)"
                + (hint.map { "\n      \($0)" } ?? "") + "\n      source:   \(row.source)"
        }
    }

    /// Without the full stop, where the sentence goes on.
    private static func bare(_ title: String) -> Substring { title.hasSuffix(".") ? title.dropLast() : title[...] }

    static func summary(_ summary: ConformanceSummary, isConformant: Bool) -> String {
        let counts = [
            "\(summary.count(.passed)) passed", "\(summary.count(.failed)) failed",
            "\(summary.count(.skipped)) skipped", "\(summary.count(.error)) not judged",
        ]
        let onlyChosen = isConformant && summary.count(.failed) > 0
        return counts.joined(separator: ", ")
            + (onlyChosen ? ". What failed is known of no real gateway, and does not count." : ".")
    }

    static func value(_ summary: ConformanceSummary, isConformant: Bool) -> JSONValue {
        [
            "conformant": .bool(isConformant),
            "passed": .number(summary.count(.passed)), "failed": .number(summary.count(.failed)),
            "skipped": .number(summary.count(.skipped)), "errors": .number(summary.count(.error)),
            "items": .array(
                summary.results.map { .object(Self.members($0.row) + Self.members($0.outcome)) }
            ),
        ]
    }

    static func members(_ row: ConformanceRow) -> [JSONValue.Member] {
        [
            .init("id", .string(row.id)), .init("title", .string(row.title)),
            .init("group", .string(row.group.rawValue)), .init("evidence", .string(row.evidence.rawValue)),
            .init("source", .string(row.source)),
        ]
    }

    private static func members(_ outcome: ConformanceOutcome) -> [JSONValue.Member] {
        var members = [JSONValue.Member("outcome", .string(outcome.kind.rawValue))]
        switch outcome {
        case .passed: break
        case .skipped(let reason), .error(let reason): members.append(.init("reason", .string(reason)))
        case .failed(let expected, let seen, let hint):
            members += [.init("expected", .string(expected)), .init("seen", .string(seen))]
            if let hint { members.append(.init("hint", .string(hint))) }
        }
        return members
    }
}
