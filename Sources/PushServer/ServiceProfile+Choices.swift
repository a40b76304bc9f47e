extension ServiceProfile {
    /// Every choice of a profile, in the order in which people read about them.
    package static let choices: [ProfileChoice] =
        Self.frameChoices + Self.contentChoices + Self.storageChoices
        + Self.feedbackChoices + Self.alertChoices

    private static let frameChoices = [
        ProfileChoice(
            "commands",
            "The command bytes the gateway knows.",
            .apple,
            "Guide: command 0 from 2009-03, 1 from 2010-05, 2 from 2013-09.",
            \.commands,
            ProfileValueForm<UInt8>.span(within: 0...2)
        ),
        ProfileChoice(
            "unknown-command",
            "What any other command byte gets before the connection is closed.",
            .apple,
            "TN2265: zero bytes; the guide's last edition names 128.",
            \.unknownCommand,
            .silenceOr128
        ),
        ProfileChoice(
            "token-sizes",
            "Bytes of a device token; other sizes get status 5.",
            .field,
            "pushy #424; the guide's last edition says up to 100.",
            \.tokenSizes,
            ProfileValueForm<Int>.span(within: 1...100)
        ),
        ProfileChoice(
            "payload-limit",
            "Most bytes of a payload; more get status 7.",
            .field,
            "256 until mid-2014, then 2,048 (PushSharp #422, node-apn #181).",
            \.maximumPayloadSize,
            .number(in: 1...65_535)
        ),
        ProfileChoice(
            "voip-payload-limit",
            "The same, from a provider with a VoIP certificate.",
            .field,
            "node-apn #207.",
            \.maximumVoIPPayloadSize,
            .number(in: 1...65_535)
        ),
        ProfileChoice(
            "reply-delay",
            "How long an error packet takes.",
            .field,
            "75 to 411 ms (pushy #178, linphone #282, node-apn #299); 0 makes tests fast.",
            \.replyDelay,
            .duration
        ),
    ]

    private static let contentChoices = [
        ProfileChoice(
            "payload-defect",
            "What a payload gets that is no JSON dictionary in UTF-8.",
            .none,
            "No answer was ever reported, only silent loss: recorded, never delivered.",
            \.payloadDefect,
            .recordOrStatus
        ),
        ProfileChoice(
            "other-priority",
            "What a priority other than 5 and 10 gets.",
            .none,
            "No report: taken as 10 and recorded.",
            \.otherPriority,
            .recordOrStatus
        ),
        ProfileChoice(
            "duplicate-item",
            "What an item that stands in a command 2 frame twice gets.",
            .none,
            "Apple demands exactly one token and payload; other fakes answer 255 or take the last.",
            \.duplicateItem,
            .keepLastOrStatus
        ),
        ProfileChoice(
            "dead-token-pushes",
            "Pushes to a removed app taken in silence, with feedback, before its token gets status 8.",
            .field,
            "Silence first, 8 hours to days later (node-apn #334, java-apns #104).",
            \.invalidAfterPushes,
            .countOrNever
        ),
        ProfileChoice(
            "mark-tolerance",
            "Whether the ledger marks what is accepted although the gateway of 2014 would have refused it.",
            .none,
            "A rule of Gatehouse: tolerance is never silent.",
            \.marksTolerance,
            .yesOrNo
        ),
    ]

    private static let storageChoices = [
        ProfileChoice(
            "expiry-signed",
            "Whether an expiry is a signed number, so that those from 0x80000000 up forbid storing.",
            .apple,
            "Guide of 2010: zero or below means do not store; PushSharp sends 0xFFFFFFFF for it.",
            \.expiryIsSigned,
            .yesOrNo
        ),
        ProfileChoice(
            "store-without-expiry",
            "Whether command 2 without item 4 may be stored.",
            .inferred,
            "pushy and PushSharp took it for no.",
            \.storesWithoutExpiry,
            .yesOrNo
        ),
        ProfileChoice(
            "try-expired",
            "Whether a push whose time has passed is tried once.",
            .apple,
            "Guide: no longer valid, and tried at least once; it does not say which wins.",
            \.triesExpired,
            .yesOrNo
        ),
        ProfileChoice(
            "low-priority-delay",
            "How long a push of priority 5 that may be stored is held back; a newer one takes its place meanwhile.",
            .apple,
            "Guide: 5 may be grouped, delayed, throttled or dropped; no figures.",
            \.lowPriorityDelay,
            .duration
        ),
        ProfileChoice(
            "storage-limit",
            "The longest a notification waits for its device.",
            .apple,
            "Of the later HTTP/2 API: 30 days or less.",
            \.maximumStorage,
            .duration
        ),
    ]

    private static let feedbackChoices = [
        ProfileChoice(
            "feedback-clearing",
            "When reading empties a feedback list.",
            .none,
            "Apple: cleared by reading, without a moment.",
            \.feedbackClearing,
            .word
        ),
        ProfileChoice(
            "sandbox-feedback",
            "What the sandbox's feedback service says.",
            .field,
            "Often nothing at all (rpush wiki, PushSharp #97).",
            \.sandboxFeedback,
            .word
        ),
    ]

    private static let alertChoices = [
        ProfileChoice(
            "alert-wrong-environment",
            "The TLS alert for a sandbox certificate on production.",
            .apple,
            "TN2265: 44; 46 in node-apn #335, #446 and pushy #53.",
            \.alerts.wrongEnvironment,
            .alert
        ),
        ProfileChoice(
            "alert-expired",
            "The TLS alert for an expired certificate.",
            .field,
            "java-apns #41, #353: 45; the sandbox of 2016 and later: 80 (NotificationPusher #133).",
            \.alerts.expired,
            .alert
        ),
        ProfileChoice(
            "alert-revoked",
            "The TLS alert for a revoked certificate.",
            .field,
            "rpush PR #68: 44.",
            \.alerts.revoked,
            .alert
        ),
        ProfileChoice(
            "alert-no-certificate",
            "The TLS alert for no certificate.",
            .field,
            "ejabberd_mod_apns #21, one weak report: 40.",
            \.alerts.noCertificate,
            .alert
        ),
    ]
}
