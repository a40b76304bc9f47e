package import PushVocabulary

/// What an audit found.
package struct AuditReport: Hashable, Sendable {
    /// How much of each kind.
    package struct Extent: Hashable, Sendable {
        package internal(set) var notifications = 0
        /// Those to the gateway and to the feedback service.
        package internal(set) var connections = 0
        /// Readings of feedback.
        package internal(set) var reads = 0
    }

    /// Product time of the audit.
    package let at: Instant
    /// What was asked for; `nil`: everybody.
    package let topic: Topic?
    /// What was asked for; `nil`: both.
    package let environment: Environment?
    /// The worst first; among equals what began first.
    package let findings: [AuditFinding]
    package let examined: Extent
    /// Records, of whatever topic, that the ledger no longer has because newer ones needed the room.
    package let pruned: Extent

    /// Older records were pruned: what they would have shown is missing, all that is said holds.
    package var incomplete: Bool { self.pruned != Extent() }

    /// `nil`: nothing was found.
    package var worst: AuditSeverity? { self.findings.first?.severity }

    /// - Parameter severity: this bad or worse.
    package func findings(atLeast severity: AuditSeverity) -> [AuditFinding] {
        self.findings.filter { $0.severity >= severity }
    }
}
