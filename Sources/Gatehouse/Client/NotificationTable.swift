/// Notifications as lines of a table.
package struct NotificationTable: Sendable {
    package let text: String

    package init(_ reports: [NotificationReport], hasHeader: Bool) {
        let header = ["ID", "OUTCOME", "TOPIC", "DEVICE", "TOKEN", "IDENTIFIER"]
        self.text = TextTable((hasHeader ? [header] : []) + reports.map(Self.cells)).text
    }

    private static func cells(_ report: NotificationReport) -> [String] {
        [
            report.id, report.outcome, report.topic ?? "-", report.device ?? "-", report.token.map(Self.short) ?? "-",
            report.wire.identifier.map { String($0) } ?? "-",
        ]
    }

    private static func short(_ token: String) -> String {
        token.count > 12 ? "\(token.prefix(4))…\(token.suffix(4))" : token
    }
}
