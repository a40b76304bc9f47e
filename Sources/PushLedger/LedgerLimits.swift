/// How much the ledger keeps. What is beyond is pruned, oldest first; counters stay exact.
package struct LedgerLimits: Hashable, Sendable {
    /// Notifications.
    package var maximumNotifications: Int
    /// Bytes of their frames, all together. The newest notification is kept whatever its size.
    package var maximumFrameBytes: Int
    /// Closed connections; open ones are always kept.
    package var maximumClosedConnections: Int
    package var maximumFeedbackReads: Int
    /// Tuples in all kept feedback reads together. The newest read is kept whatever its size.
    package var maximumFeedbackEntries: Int
    /// Events for those who read along, a few words each.
    package var maximumEvents: Int

    /// Each maximum is at least 1; what is smaller is taken as 1.
    package init(
        maximumNotifications: Int = 100_000,
        maximumFrameBytes: Int = 64 << 20,
        maximumClosedConnections: Int = 10_000,
        maximumFeedbackReads: Int = 1_000,
        maximumFeedbackEntries: Int = 100_000,
        maximumEvents: Int = 65_536
    ) {
        self.maximumNotifications = max(1, maximumNotifications)
        self.maximumFrameBytes = max(1, maximumFrameBytes)
        self.maximumClosedConnections = max(1, maximumClosedConnections)
        self.maximumFeedbackReads = max(1, maximumFeedbackReads)
        self.maximumFeedbackEntries = max(1, maximumFeedbackEntries)
        self.maximumEvents = max(1, maximumEvents)
    }
}
