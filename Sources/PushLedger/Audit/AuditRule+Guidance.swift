/// Sentences for people: what each rule demands, whose demand it is, and how to meet it.
extension AuditRule {
    /// The rule in one sentence.
    package var requirement: String {
        switch self {
        case .lostBehindError:
            """
            Everything written behind a refused notification is thrown away by the gateway, so it has to be sent again \
            on a new connection.
            """
        case .resendingInvalid: "A notification refused with status 8 (invalid token) is not to be sent again."
        case .sendingToInvalidTokens:
            "After status 8 (invalid token) nothing more is to be sent to that token until the app registers anew."
        case .sendingToReportedTokens:
            """
            Nothing more is to be sent to a token that the feedback service has listed, unless its app has registered \
            since.
            """
        case .wrongEnvironmentTokens:
            "A token is valid in one environment only; the app has another one in the other."
        case .oversize: "A payload must not be longer than the gateway's limit."
        case .malformed: "A frame must be well formed: the gateway refuses it and drops everything behind it."
        case .unusablePayload:
            "A payload is a JSON dictionary in UTF-8 without a NUL at its end; no device can use another."
        case .unlistedPriority: "A priority is 10 (at once) or 5 (considerate of the device's power)."
        case .expiryIsADuration: "The expiry is a date in seconds since 1970 UTC, not a number of seconds from now."
        case .failedHandshakes: "A provider has to complete the TLS handshake with its own certificate."
        case .errorsNotRead:
            "A provider has to read its connection while it writes: an error packet is the gateway's only word."
        case .duplicatesAfterReconnect:
            """
            What was written before the notification that an error packet names was accepted, and must not be sent \
            again.
            """
        case .feedbackNeverRead, .feedbackNotReadDaily:
            "While a provider sends, it has to read the feedback service at least once a day."
        case .identifierReuse:
            "Each notification on a connection needs an identifier of its own, or an error packet names several."
        case .identifierZero:
            """
            No notification should have identifier 0 or none: an error packet says 0 also when the identifier could \
            not be read.
            """
        case .connectionPerPush, .connectsTooOften:
            "A connection is to be kept and used again: quick connecting and disconnecting counts as an attack."
        case .expiredOnArrival: "An expiry in the past lets a notification reach only a device that is connected now."
        case .simpleFormatOnly:
            "The simple format (command 0) has no error packet: its sender never learns which notification was refused."
        case .coalescedBursts:
            "The service keeps one notification for each app on each device; a newer one replaces it."
        case .neverStored: "A notification with expiry 0 is not kept for a device that is away."
        }
    }

    /// Where the rule comes from.
    package var source: String {
        switch self {
        case .lostBehindError, .errorsNotRead, .duplicatesAfterReconnect, .oversize, .malformed:
            "Apple, Binary Provider API; TN2265"
        case .resendingInvalid, .sendingToInvalidTokens, .wrongEnvironmentTokens: "TN2265"
        case .sendingToReportedTokens: "Apple, Binary Provider API (The Feedback Service); TN2265"
        case .feedbackNeverRead, .feedbackNotReadDaily: "Apple, Binary Provider API (The Feedback Service); TN2265"
        case .unusablePayload: "Apple, Binary Provider API; what a device made of it: field reports"
        case .unlistedPriority: "Apple, Binary Provider API (priority); what the gateway made of others is not known"
        case .expiryIsADuration: "Apple, Binary Provider API; rpush #416"
        case .failedHandshakes: "Apple, Binary Provider API; TN2265"
        case .identifierReuse: "Apple, Binary Provider API (an identifier is returned as it came)"
        case .identifierZero: "node-apn #149 and pushy: identifier 0 in error packets; PyAPNs #123: what came of it"
        case .connectionPerPush, .connectsTooOften: "TN2265"
        case .expiredOnArrival, .neverStored: "Apple, Binary Provider API (expiration date)"
        case .simpleFormatOnly: "Apple, Legacy Notification Format; TN2265"
        case .coalescedBursts: "TN2265 (Some Notifications Received, but Not All)"
        }
    }

    /// Numbers in the list of described behaviours, such as `004-25`.
    package var behaviours: [String] {
        switch self {
        case .lostBehindError, .errorsNotRead, .duplicatesAfterReconnect: ["004-12"]
        case .resendingInvalid: ["004-14"]
        case .sendingToInvalidTokens: ["004-14", "004-32"]
        case .sendingToReportedTokens: ["004-15", "004-26"]
        case .wrongEnvironmentTokens: ["004-14", "004-19"]
        case .oversize: ["004-16"]
        case .malformed: ["004-17"]
        case .unusablePayload: ["004-18"]
        case .expiryIsADuration, .expiredOnArrival, .neverStored: ["004-13"]
        case .failedHandshakes: ["004-02", "004-04", "004-05"]
        case .feedbackNeverRead, .feedbackNotReadDaily: ["004-25"]
        case .simpleFormatOnly: ["004-11"]
        case .coalescedBursts: ["004-20", "004-21"]
        case .identifierReuse, .identifierZero, .connectionPerPush, .connectsTooOften, .unlistedPriority: []
        }
    }

    /// How to mend it.
    package var remedy: String {
        switch self {
        case .lostBehindError:
            """
            Keep what was written until an error can no longer name it; on an error packet open a new connection and \
            send again everything behind the notification it names, in order.
            """
        case .resendingInvalid:
            "On status 8 drop the named notification and its token; send again only what stood behind it."
        case .sendingToInvalidTokens:
            "On status 8 take the token out of the list, and let the app send its token at each launch: it can change."
        case .sendingToReportedTokens:
            """
            After each reading of feedback, delete the listed tokens whose app has not registered since the time \
            stamp beside them.
            """
        case .wrongEnvironmentTokens:
            "Store with each token the environment it was registered in, and send to it on that environment's gateway."
        case .oversize: "Measure the payload in bytes of UTF-8 before sending, and shorten the alert's text."
        case .malformed:
            "Compare the frame's bytes (`gatehouse show ID`) with the format; write lengths from what is really sent."
        case .unusablePayload:
            "Let a JSON encoder write the payload, in UTF-8; send the exact bytes without a terminator."
        case .unlistedPriority: "Write 10 or 5 into item 5, or leave the item out, which means 10."
        case .expiryIsADuration: "Add the number of seconds to the present time, as seconds since 1970 UTC."
        case .failedHandshakes: "See the connection's reason and its hint."
        case .errorsNotRead: "Read in parallel with writing, or poll for an error packet between batches."
        case .duplicatesAfterReconnect:
            "Send again only what was written after the notification that the error packet names."
        case .feedbackNeverRead, .feedbackNotReadDaily:
            "Connect to the feedback port daily, read to the end of the stream, and drop the tokens it lists."
        case .identifierReuse: "Count identifiers up for each connection, or better for the whole process."
        case .identifierZero: "Begin with identifier 1, and write it as the frame's first item."
        case .connectionPerPush: "Keep one connection open and write all notifications to it."
        case .connectsTooOften: "Keep connections open; after a failure wait longer each time before the next attempt."
        case .expiredOnArrival: "Compute the expiry when sending, not when queueing, and check the clock."
        case .simpleFormatOnly: "Write the enhanced format: command 2, or at least command 1."
        case .coalescedBursts: "Put the whole news into one notification, or let the app fetch it when it opens."
        case .neverStored: "Where a late notification is still of use, give it an expiry in the future."
        }
    }
}
