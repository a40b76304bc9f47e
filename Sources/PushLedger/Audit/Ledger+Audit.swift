package import PushVocabulary

extension Ledger {
    /// Judges the providers by what they were seen to do. The same ledger gives the same report.
    ///
    /// A rule that needs the time between events is silent while the product clock stands still between them.
    ///
    /// - Parameters:
    ///   - topic: only what was done under this topic; `nil`: everything. How one and the same notification fared
    ///     under the other topics of its certificate is known all the same.
    ///   - now: product time.
    package func audit(
        topic: Topic? = nil,
        environment: Environment? = nil,
        settings: AuditSettings = .standard,
        at now: Instant
    ) -> AuditReport {
        let scope = AuditScope(ledger: self, topic: topic, environment: environment)
        let auditor = Auditor(ledger: self, scope: scope, trail: AuditTrail(self, scope), settings: settings, now: now)
        return AuditReport(
            at: now,
            topic: topic,
            environment: environment,
            findings: auditor.findings(),
            examined: auditor.examined,
            pruned: self.pruned
        )
    }

    private var pruned: AuditReport.Extent {
        let connections = self.connectionEntries.count { $0.id.rawValue > self.resetMark.connections }
        let reads = self.reads.count { $0.number > self.resetMark.reads }
        return AuditReport.Extent(
            notifications: self.prunedCount,
            connections: self.openedConnectionCount - self.resetMark.connections - connections,
            reads: self.readCount - self.resetMark.reads - reads
        )
    }
}
