import ControlAPI
import PushLedger
import PushVocabulary

/// Something a provider did against a rule, by what the service saw of it.
public struct AuditReportLine: Hashable, Sendable {
    /// Kebab-case and stable, such as `lost-behind-error`.
    public let rule: String
    /// `note`, `warning` or `error`.
    public let severity: String
    /// How many notifications, or connections, it is about.
    public let count: Int
    public let summary: String
    public let remedy: String
}

extension Gatehouse {
    /// Makes sure that exactly so many notifications match, now or within the time.
    ///
    /// - Parameters:
    ///   - query: what they are to be.
    ///   - count: 0: none may come within the time.
    ///   - timeout: real time.
    /// - Throws: `GatehouseError` of category ``GatehouseError/Category/notSatisfied`` that tells what came instead: where too
    ///   few match, what came closest and in what it differs.
    @discardableResult
    public func verify(
        _ query: NotificationQuery,
        count: Int = 1,
        within timeout: Duration = .seconds(5)
    ) async throws(GatehouseError) -> [NotificationReport] {
        let report = try await self.wait(for: query, count: count, timeout: timeout)
        let found = try await self.notifications(query)
        if report.satisfied, found.count == count { return found }
        let lines = found.count < count ? try await self.nearMisses(of: query) : found.suffix(20).map(Self.line)
        let heading = found.count < count ? "What came closest:" : "The last of them:"
        throw GatehouseError(
            .notSatisfied,
            "\(count) notifications were to match, and \(found.count) did. \(heading)"
                + (lines.isEmpty ? " nothing." : lines.map { "\n  \($0)" }.joined())
        )
    }

    private static func line(about report: NotificationReport) -> String {
        "\(report.id) \(report.topic ?? "-") \(report.token?.prefix(8) ?? "-"): \(report.outcome)"
    }

    /// A line for each, with what is not as asked for.
    private func nearMisses(of query: NotificationQuery) async throws(GatehouseError) -> [String] {
        let filter = try NotificationFilter(query, for: self.operations)
        return try await self.asking {
            try await self.operations.nearMisses(of: filter).map { miss in
                let flaws = miss.criteria.filter { !$0.passed }.map { criterion in
                    "\(criterion.field) is \(criterion.actual ?? "missing"), not \(criterion.expected)"
                }
                return "\(Self.line(about: NotificationReport(miss.entry))); \(flaws.joined(separator: "; "))"
            }
        }
    }

    /// Judges the provider by what the service saw of it: what it lost, ignored, or sent to tokens that are gone.
    ///
    /// - Parameter topic: only what concerns this topic.
    public func audit(topic: String? = nil) async throws(GatehouseError) -> [AuditReportLine] {
        try await self.asking {
            try await self.operations.audit(topic: topic.map { Topic($0) }).findings.map {
                AuditReportLine(
                    rule: $0.rule.rawValue,
                    severity: $0.severity.rawValue,
                    count: $0.count,
                    summary: $0.summary,
                    remedy: $0.remedy
                )
            }
        }
    }
}
