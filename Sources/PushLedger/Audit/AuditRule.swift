/// What a provider is judged by. The raw values are stable: the control API and the command line use them.
///
/// The order of the cases decides between findings of one severity that begin at the same moment.
package enum AuditRule: String, Hashable, Sendable, CaseIterable, Codable {
    /// What stood behind an error was never sent again.
    case lostBehindError = "lost-behind-error"
    /// The very notification refused with status 8 was sent again, and refused again.
    case resendingInvalid = "resending-invalid"
    /// Another notification was sent to a token after status 8 for it, and refused too.
    case sendingToInvalidTokens = "sending-to-invalid-tokens"
    /// A token was sent to after the feedback service had listed it.
    case sendingToReportedTokens = "sending-to-reported-tokens"
    /// A token of the one environment was used in the other.
    case wrongEnvironmentTokens = "wrong-environment-tokens"
    /// Refused with status 7.
    case oversize
    /// Refused as malformed: status 2, 4, 5, 6 or 128, or an unknown command.
    case malformed
    /// No device can use the payload.
    case unusablePayload = "unusable-payload"
    /// The priority is neither 5 nor 10.
    case unlistedPriority = "unlisted-priority"
    /// The expiry is a number of seconds from now instead of a date.
    case expiryIsADuration = "expiry-is-a-duration"
    /// A TLS handshake with the gateway or the feedback service failed: one finding for each reason.
    case failedHandshakes = "failed-handshakes"
    /// The provider went on writing long after the error packet.
    case errorsNotRead = "errors-not-read"
    /// What had been accepted was sent once more after a reconnect.
    case duplicatesAfterReconnect = "duplicates-after-reconnect"
    /// Notifications were sent and feedback was never read.
    case feedbackNeverRead = "feedback-never-read"
    /// Feedback was read, but less than daily.
    case feedbackNotReadDaily = "feedback-not-read-daily"
    /// An identifier came twice on one connection.
    case identifierReuse = "identifier-reuse"
    /// Identifier 0, or none, on a notification whose format has one.
    case identifierZero = "identifier-zero"
    /// A connection was opened and closed for a notification or a few.
    case connectionPerPush = "connection-per-push"
    /// Connections were opened and closed in quick succession.
    case connectsTooOften = "connects-too-often"
    /// The expiry had passed when the notification came.
    case expiredOnArrival = "expired-on-arrival"
    /// Only the simple format, which knows no errors, was used.
    case simpleFormatOnly = "simple-format-only"
    /// Of several notifications to one token only the last counted.
    case coalescedBursts = "coalesced-bursts"
    /// The expiry forbade storing, and the device was away.
    case neverStored = "never-stored"
}
