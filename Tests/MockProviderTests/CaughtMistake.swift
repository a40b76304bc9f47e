import Testing

/// A mistake of a gateway and the rows that catch it.
struct CaughtMistake: Sendable, CustomTestStringConvertible {
    let mistake: FaultyGateway.Mistake
    let rows: Set<String>
    /// Rows that catch it or not, as the reads happen to fall.
    var perhaps: Set<String> = []
    /// Which rows or groups run; `nil`: all.
    var only: [String]?
    /// Where some answers never come, not to wait for them too long.
    var answerTimeout = Duration.seconds(4)

    var testDescription: String { self.mistake.rawValue }

    static let all: [CaughtMistake] = [
        CaughtMistake(mistake: .none, rows: []),
        CaughtMistake(mistake: .successIsStatusZero, rows: Self.silence.union(Self.goodBeforeBad)),
        CaughtMistake(
            mistake: .closesBehindSuccess,
            rows: Self.silence.union(Self.goodBeforeBad).subtracting(["frame-length-too-small"])
        ),
        CaughtMistake(mistake: .packetStartsWithOne, rows: Self.packets.union(Self.packetsWithoutIdentifier)),
        CaughtMistake(mistake: .identifierIsAlwaysZero, rows: Self.packets),
        CaughtMistake(
            mistake: .identifierOfTheLastAccepted,
            rows: Self.packets.union(Self.silence).union(["client-pushy-shutdown"])
                .subtracting(["success-command-0", "item-3-omitted", "only-token-and-payload"])
        ),
        CaughtMistake(
            mistake: .identifierReadAhead,
            rows: ["vector-known-bad-token-first", "identifier-before-item-3"]
        ),
        CaughtMistake(
            mistake: .payloadJudgedBeforeToken,
            rows: [
                "vector-known-bad", "vector-known-bad-token-first", "client-pushy-shutdown",
                "token-and-payload-empty-command-1", "token-and-payload-empty-command-2",
                "token-size-before-payload-size-command-1", "token-size-before-payload-size-command-2",
            ],
            perhaps: Self.cuts
        ),
        CaughtMistake(
            mistake: .wrongTokenSizeIsMissing,
            rows: [
                "token-too-short-command-1", "token-too-short-command-2", "token-too-long-command-1",
                "token-too-long-command-2", "token-size-before-payload-size-command-1",
                "token-size-before-payload-size-command-2", "token-size-judged-early", "identifier-command-1",
                "identifier-item-3-first", "identifier-before-item-3",
            ]
        ),
        CaughtMistake(mistake: .simpleErrorsAnswered, rows: ["vector-command-0", "command-0-refused-silently"]),
        CaughtMistake(
            mistake: .everyTokenAccepted,
            rows: [
                "vector-command-0", "vector-command-1", "vector-command-2", "unknown-token",
                "identifier-item-3-late", "identifier-without-item-3", "command-0-refused-silently",
            ],
            answerTimeout: .seconds(2)
        ),
        CaughtMistake(
            mistake: .allItemsRequired,
            rows: [
                "item-3-omitted", "item-4-omitted", "item-5-omitted", "only-token-and-payload", "item-unknown",
                "identifier-without-item-3", "frame-length-too-small",
            ]
        ),
        CaughtMistake(mistake: .unknownCommandSkipped, rows: ["unknown-command"]),
        CaughtMistake(mistake: .unknownCommandAnswered, rows: ["unknown-command", "frame-length-too-small"]),
        CaughtMistake(
            mistake: .lengthsJudgedLate,
            rows: [
                "frame-length-absurd", "token-longer-than-stated", "token-size-judged-early",
                "payload-size-judged-early",
            ],
            answerTimeout: .seconds(2)
        ),
        CaughtMistake(mistake: .smallPayloadLimit, rows: ["payload-at-limit", "payload-limit-counts-bytes"]),
        CaughtMistake(
            mistake: .oneFramePerRead,
            rows: [
                "success-command-0", "success-command-1", "success-command-2", "success-mixed-commands",
                "success-keeps-open", "frames-in-one-write", "batch-of-1000-frames", "unfinished-frame-waits",
                "answers-behind-half-close", "frame-length-too-small",
            ],
            perhaps: Self.cuts,
            only: ["vectors", "success", "framing"],
            answerTimeout: .seconds(1)
        ),
        CaughtMistake(
            mistake: .splitFramesSwallowed,
            rows: [
                "frame-split-everywhere", "frame-split-at-fields", "frame-and-a-half", "batch-of-1000-frames",
                "unfinished-frame-waits",
            ]
        ),
        CaughtMistake(
            mistake: .unfinishedFrameAnswered,
            rows: ["unfinished-frame-then-end", "frame-length-too-large"]
        ),
        CaughtMistake(
            mistake: .staysOpen,
            rows: [
                "vector-command-0", "frame-length-too-small", "error-ends-connection", "error-close-notify",
                "error-one-packet", "error-drops-what-follows", "command-0-refused-silently", "unknown-command",
            ],
            perhaps: Self.cuts,
            answerTimeout: .seconds(1)
        ),
        CaughtMistake(
            mistake: .endsWithoutCloseNotify,
            rows: ["error-close-notify"],
            // Its end may come before the last of what is written on.
            perhaps: ["error-survives-writing-on"]
        ),
        CaughtMistake(mistake: .resets, rows: ["error-close-notify", "error-survives-writing-on"]),
        CaughtMistake(mistake: .admitsAnybody, rows: ["tls-no-certificate"]),
    ]

    // MARK: - Rows of a kind

    /// Rows in which the gateway's own reads decide what a half-wrong parser makes of them.
    private static let cuts: Set<String> = ["frame-split-everywhere", "frame-split-at-fields", "frame-and-a-half"]

    /// Rows in which nothing may be answered before the known bad frame.
    private static let silence: Set<String> = [
        "success-command-0", "success-command-1", "success-command-2", "success-mixed-commands", "success-keeps-open",
        "frame-split-everywhere", "frame-split-at-fields", "frames-in-one-write", "frame-and-a-half",
        "batch-of-1000-frames", "unfinished-frame-waits", "item-orders", "item-3-omitted", "item-4-omitted",
        "item-5-omitted", "only-token-and-payload", "item-unknown", "payload-at-limit", "payload-limit-counts-bytes",
        "payload-without-aps", "payload-utf-16", "payload-odd-values", "payload-content-available",
        "payload-malformed", "priority-5", "priority-unlisted", "expiry-values", "tls-1.0", "tls-1.1", "tls-1.2",
    ]

    /// Rows in which a good frame stands before one that is answered or ends the connection.
    private static let goodBeforeBad: Set<String> = [
        "answers-behind-half-close", "frame-length-too-small", "identifier-of-the-refused", "error-drops-what-follows",
        "client-pushy-shutdown",
    ]

    /// Rows that expect a packet with an identifier other than 0.
    private static let packets: Set<String> = [
        "vector-command-1", "vector-command-2", "vector-known-bad", "frame-split-everywhere", "frame-split-at-fields",
        "frames-in-one-write", "frame-and-a-half", "answers-behind-half-close", "item-1-missing", "item-2-missing",
        "item-wrong-size", "item-duplicate", "item-overrun", "token-empty-command-1", "token-empty-command-2",
        "token-too-short-command-1", "token-too-short-command-2", "token-too-long-command-1",
        "token-too-long-command-2", "token-and-payload-empty-command-1", "token-and-payload-empty-command-2",
        "token-size-before-payload-size-command-1", "token-size-before-payload-size-command-2",
        "token-longer-than-stated", "token-size-judged-early", "payload-empty-command-1", "payload-empty-command-2",
        "payload-too-long-command-1", "payload-too-long-command-2", "payload-size-before-identity-command-1",
        "payload-size-before-identity-command-2", "payload-limit-counts-bytes", "payload-size-judged-early",
        "identifier-echoed", "identifier-command-1", "identifier-item-3-late", "identifier-item-3-first",
        "identifier-of-the-refused", "unknown-token", "error-one-packet", "error-drops-what-follows",
        "error-survives-writing-on",
    ]

    /// Rows that expect a packet with identifier 0, or would take one.
    private static let packetsWithoutIdentifier: Set<String> = [
        "vector-known-bad-token-first", "frame-length-zero", "frame-length-absurd", "item-token-size-misstated",
        "identifier-before-item-3", "identifier-without-item-3", "client-pushy-shutdown",
    ]
}
