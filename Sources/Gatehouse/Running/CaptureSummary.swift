/// What was captured while a command ran, for whoever has to find out why it failed.
package struct CaptureSummary: Sendable {
    /// The newest of them are told one by one.
    package static let maximumRows = 50

    /// Lines without the last one's end.
    package let text: String

    init(_ reports: [NotificationReport], received: Int) {
        guard !reports.isEmpty else {
            self.text = "No push was captured."
            return
        }
        let counted = received == 1 ? "1 push was captured" : "\(received) pushes were captured"
        let shown = reports.suffix(Self.maximumRows)
        let extent = shown.count < received ? "\(counted); the last \(shown.count):" : "\(counted):"
        self.text = extent + "\n" + NotificationTable(Array(shown), hasHeader: true).text
    }
}

extension Gatehouse {
    /// What was captured, the oldest first.
    package func captureSummary() async throws(GatehouseError) -> CaptureSummary {
        CaptureSummary(try await self.notifications(), received: try await self.counters().received)
    }
}
