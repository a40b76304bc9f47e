package import PushBroker
package import PushVocabulary

/// One thing a provider did against a rule, with the evidence.
package struct AuditFinding: Hashable, Sendable {
    package let rule: AuditRule
    package let severity: AuditSeverity
    /// What within the rule, in kebab-case: the reason's code of failed handshakes; `nil` elsewhere.
    package let subject: String?
    /// How many notifications break the rule; connections where `notifications` is empty.
    package let count: Int
    /// What was seen, in one sentence with its numbers.
    package let summary: String
    /// The first of the notifications, oldest first; never more than `AuditSettings.maximumEvidence`.
    package let notifications: [NotificationID]
    /// The first of the connections concerned, in order of their evidence; never more than
    /// `AuditSettings.maximumEvidence`.
    package let connections: [ConnectionID]
    /// The first of the topics concerned, likewise.
    package let topics: [Topic]
    /// When it began, product time.
    package let firstAt: Instant
    /// How to mend it.
    package let remedy: String

    /// The rule in one sentence.
    package var requirement: String { self.rule.requirement }
    /// Where the rule comes from, such as `TN2265`.
    package var source: String { self.rule.source }
    /// Numbers in the list of described behaviours.
    package var behaviours: [String] { self.rule.behaviours }
}
