/// Notifications as lines of a table.
package struct NotificationTable: Sendable {
    package let text: String

    package init(_ reports: [NotificationReport], hasHeader: Bool) {
        let header = ["ID", "OUTCOME", "TOPIC", "DEVICE", "TOKEN", "IDENTIFIER"]
        let rows = (hasHeader ? [header] : []) + reports.map(Self.cells)
        let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        self.text = rows.map { row in
            let padded = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        .joined(separator: "\n")
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
