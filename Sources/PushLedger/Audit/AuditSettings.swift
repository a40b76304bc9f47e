/// From when on the audit finds fault. All durations are product time unless they say otherwise.
package struct AuditSettings: Hashable, Sendable {
    /// Most notifications, connections and topics named in one finding; its count is exact all the same.
    package var maximumEvidence = 20
    /// How long what was lost behind an error may stay unsent before it counts as lost.
    package var patience = Duration.zero
    /// From this time after a refusal, wall time, a connection that was already open must have taken notice of it.
    /// A connection opened later has at once.
    package var reactionTime = Duration.seconds(1)
    /// How long after a connection's end the same token and payload count as a duplicate; later they are taken for a
    /// new notification with the same words.
    package var duplicateWindow = Duration.seconds(60)
    /// The longest time between a notification and the next reading of feedback: a day, and an hour's grace because
    /// daily jobs never start to the second.
    package var feedbackInterval = Duration.seconds(25 * 3_600)
    /// The time within which connections are counted.
    package var connectionWindow = Duration.seconds(60)
    /// A connection that carried no more notifications than this is a short one.
    package var shortConnectionNotifications = 1
    /// So many short connections within the window are too many.
    package var tooManyShortConnections = 5
    /// So many connections of any kind within the window are too many.
    package var tooManyConnections = 20
    /// An expiry up to this many seconds is a duration: ten years, so as a date one of 1979 or before.
    package var maximumDurationExpiry: UInt32 = 315_360_000
    /// A notification replaced within this time, wall time, was part of a burst.
    package var burstInterval = Duration.seconds(10)
    /// How long a provider may go on writing after an error packet was sent to it.
    package var maximumTimeBehindError = Duration.seconds(1)
    /// Most frames it may write after that: clients are known that write batches of a thousand before they read.
    package var maximumFramesBehindError = 2_000
    /// Most bytes it may write behind the refused frame.
    package var maximumBytesBehindError: UInt64 = 1 << 20

    package init() {}

    package static let standard = AuditSettings()
}
