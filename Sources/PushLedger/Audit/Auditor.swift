import PushBroker
import PushVocabulary

/// Applies the rules to a trail. Each is one pass over it with tables, so an audit's time grows with the number of
/// records and not with its square. What each rule looks at is in the extensions.
struct Auditor {
    let ledger: Ledger
    let scope: AuditScope
    let trail: AuditTrail
    let settings: AuditSettings
    let now: Instant

    func findings() -> [AuditFinding] {
        let found: [AuditFinding?] =
            self.resending() + self.invalidTokens() + self.connectionsInQuickSuccession() + self.failedHandshakes()
            + self.feedbackReading() + self.identifiers() + self.expiries() + self.frames()
            + [self.sendingToReportedTokens(), self.errorsNotRead(), self.simpleFormatOnly(), self.coalescedBursts()]
        let order = AuditRule.allCases
        return found.compactMap { $0 }.enumerated()
            .map { (finding: $1, rule: order.firstIndex(of: $1.rule) ?? 0, position: $0) }
            .sorted { left, right in
                if left.finding.severity != right.finding.severity {
                    return left.finding.severity > right.finding.severity
                }
                return (left.finding.firstAt, left.rule, left.position)
                    < (right.finding.firstAt, right.rule, right.position)
            }
            .map(\.finding)
    }

    var examined: AuditReport.Extent {
        AuditReport.Extent(
            notifications: self.trail.observations.count { $0.isAudited },
            connections: self.ledger.connectionEntries.count { self.scope.contains($0) },
            reads: self.ledger.feedbackReads().count { self.scope.contains($0) }
        )
    }

    // MARK: - Parts of findings

    func evidence() -> Evidence { Evidence(maximum: self.settings.maximumEvidence) }

    /// - Returns: `nil` without evidence.
    func finding(
        _ rule: AuditRule,
        _ severity: AuditSeverity,
        _ evidence: Evidence,
        subject: String? = nil,
        remedy: String? = nil,
        _ summary: @autoclosure () -> String
    ) -> AuditFinding? {
        guard evidence.count > 0, let firstAt = evidence.firstAt else { return nil }
        return AuditFinding(
            rule: rule,
            severity: severity,
            subject: subject,
            count: evidence.count,
            summary: summary(),
            notifications: evidence.notifications,
            connections: evidence.connections,
            topics: evidence.topics.compactMap { self.ledger.name(of: $0) },
            firstAt: firstAt,
            remedy: remedy ?? rule.remedy
        )
    }

    /// Audited notifications for which `breaks` holds.
    func evidence(where breaks: (Observation) -> Bool) -> Evidence {
        var evidence = self.evidence()
        for seen in self.trail.observations where seen.isAudited && breaks(seen) { evidence.add(seen, of: self.trail) }
        return evidence
    }

    /// The first note of what is in evidence, in brackets with its notification, or nothing.
    func example(of evidence: Evidence) -> String {
        for id in evidence.notifications {
            if let note = self.ledger.records[id.rawValue].note { return " (\(id): \(note))" }
        }
        return ""
    }

    func entry(of seen: Observation) -> ConnectionEntry? { self.trail.connections[seen.connection].entry }

    /// Whether who wrote `later` must have known that `refusal` was refused.
    func knew(_ later: Observation, of refusal: Observation) -> Bool {
        if let entry = self.entry(of: later), entry.openedBefore > refusal.id { return true }
        return refusal.receivedAt.duration(to: later.receivedAt) >= self.settings.reactionTime
    }
}

/// Numbers with their nouns.
enum Phrase {
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// With its verb in the past tense: `1 frame was`, `2 frames were`.
    static func were(_ number: Int, _ noun: String) -> String {
        "\(self.count(number, noun)) \(number == 1 ? "was" : "were")"
    }

    /// In the largest unit that leaves at least two of it, rounded down.
    static func duration(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        if seconds >= 2 * 86_400 { return self.count(Int(seconds / 86_400), "day") }
        if seconds >= 2 * 3_600 { return self.count(Int(seconds / 3_600), "hour") }
        if seconds >= 2 * 60 { return self.count(Int(seconds / 60), "minute") }
        if seconds >= 1 { return self.count(Int(seconds), "second") }
        return "\(duration.wholeNanoseconds / 1_000_000) ms"
    }
}
