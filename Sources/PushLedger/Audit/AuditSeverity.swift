/// How bad a finding is. The greater, the worse.
package enum AuditSeverity: String, Hashable, Sendable, CaseIterable, Codable, Comparable {
    /// Worth knowing; may well be meant.
    case note
    /// It worked here, and will make trouble with the real service.
    case warning
    /// Notifications were lost, or the provider ignored what it was told.
    case error

    package static func < (left: AuditSeverity, right: AuditSeverity) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .note: 0
        case .warning: 1
        case .error: 2
        }
    }
}
