package import PushBroker

/// Sentences for people: `ls`, `show` and the demo print them.
extension Verdict {
    package var explanation: String {
        switch self {
        case .accepted:
            "The gateway took it. The real one answers nothing either; whether it reaches the device is told by its fate."
        case .rejected(let status): Self.explanation(status: status)
        case .discarded(let cause):
            """
            It stood behind a refused frame\(cause.map { " (\($0))" } ?? "") on the same connection: the gateway throws \
            away everything after an error, and a provider sends it again on a new connection.
            """
        }
    }

    private static func explanation(status: UInt8) -> String {
        switch status {
        case 0:
            "The gateway refused it and cut the connection without a word."
        case 1: "Refused with status 1, processing error: trouble on the gateway's own side. Sending it again is right."
        case 2: "Refused with status 2, missing device token: the token is empty or absent."
        case 3: "Refused with status 3, missing topic: the provider's certificate names no app."
        case 4: "Refused with status 4, missing payload: the payload is empty or absent, or a wrong length hid it."
        case 5: "Refused with status 5, invalid token size: a device token has 32 bytes."
        case 6: "Refused with status 6, invalid topic size."
        case 7: "Refused with status 7, invalid payload size: the payload is longer than the limit."
        case 8:
            """
            Refused with status 8, invalid token: no device has this token for this app in this environment. Most often \
            it belongs to the other environment, to another app, or is out of date (TN2265).
            """
        case 10:
            """
            Refused with status 10, shutdown: the gateway goes down for maintenance. The notification it names was the \
            last one processed; everything after it has to be sent again on a new connection.
            """
        case 128: "Refused with status 128, protocol error: the frame could not be read."
        default: "Refused with status \(status)."
        }
    }
}

extension NotificationEntry {
    /// What became of the notification and why, for people.
    package var explanation: String {
        self.fate?.explanation ?? self.verdict.explanation(replySent: self.replySent, command: self.wire.command)
    }
}

extension NotificationEntry {
    /// What to do about it; `nil`: nothing is wrong with it.
    package var hint: String? {
        switch (self.verdict, self.fate) {
        case (.rejected(let status), _): Self.hint(status: status)
        case (.discarded, _): "Send it again on a new connection, and do not send again the one that was refused."
        case (_, .undeliverable(.unusablePayload)?): "Send a JSON dictionary in UTF-8 with an `aps` member in it."
        case (_, .undeliverable(.appRemoved)?): "Read the feedback service, and stop sending to the tokens it lists."
        case (_, .expired(.notStored)?): "Give it an expiry in the future, and it waits for the device."
        default: nil
        }
    }

    private static func hint(status: UInt8) -> String? {
        switch status {
        case 1: "Send it again on a new connection, a little later."
        case 2: "Put the 32 bytes of the device token into the frame, in binary."
        case 3: "Show a certificate that names an app: its subject's UID is the bundle identifier."
        case 4: "Put a payload into the frame, and see that its length is that of its bytes in UTF-8."
        case 5: "Send the token's 32 bytes: not its 64 hexadecimal digits, and no part of it."
        case 6: "Show a certificate whose topic is a bundle identifier."
        case 7: "Shorten the payload: count the bytes of its JSON in UTF-8, not its characters."
        case 8: "Take the token out of your list. One of the sandbox is valid in the sandbox only, and for one app."
        case 10: "Connect anew, and send again what stood behind the notification that the error packet names."
        case 128: "Compare the frame with the format of its command: every length has to fit what follows it."
        default: nil
        }
    }
}

extension Verdict {
    /// - Parameters:
    ///   - replySent: whether an error packet was written.
    ///   - command: that of the frame.
    package func explanation(replySent: Bool, command: UInt8) -> String {
        guard case .rejected(let status) = self, !replySent, status != 0 else { return self.explanation }
        let silence =
            command == 0
            ? "The simple format (command 0) knows no error packet, so the provider saw only the end of the connection "
                + "(TN2265)."
            : "No error packet was sent."
        return "\(self.explanation) \(silence)"
    }
}

extension Fate {
    package var explanation: String {
        switch self {
        case .inFlight:
            """
            Sent to the device, which has not acknowledged it yet. Until it does, the service treats the device as \
            offline and keeps the notification (TN2265).
            """
        case .stored(let reason): reason.explanation
        case .delivered: "The device acknowledged it."
        case .coalesced(let newer):
            """
            Replaced by \(newer) before it could be sent: the service keeps one notification for each app on each \
            device, and a newer one overwrites it (TN2265).
            """
        case .expired(let reason): reason.explanation
        case .undeliverable(let reason): reason.explanation
        case .lost(let rule): "Swallowed by the fault rule \(rule), as a real service now and then loses one."
        }
    }
}

extension Fate.StoredReason {
    package var explanation: String {
        switch self {
        case .deviceAway:
            "The device was not connected; the notification waits for it, as the only one for this app (TN2265)."
        case .awaitingAcknowledgement:
            """
            An earlier one was on its way and not acknowledged, so the service treated the device as offline and kept \
            this one; a newer one would overwrite it (TN2265).
            """
        case .topicPaused: "The device was connected but had paused this app's notifications; this one waits."
        case .topicIgnored: "The device was connected but ignored this app's notifications; this one waits."
        case .topicUnlisted: "The device was connected but had not asked for this app's notifications; this one waits."
        case .connectionLost:
            """
            The device's connection went before it acknowledged the notification: it was gone already, or went just \
            then, and the service had not noticed. It will be sent again (TN2265).
            """
        case .heldBack:
            """
            Its priority is 5, so the service waits a while before it wakes the device; a newer one for this app would \
            take its place.
            """
        }
    }
}

extension Fate.ExpiredReason {
    package var explanation: String {
        switch self {
        case .notStored:
            """
            Its expiry forbids storing it, and the one attempt could not reach the device: it was away, took nothing \
            for this app, or went before it acknowledged. Give it an expiry in the future to let it wait.
            """
        case .timePassed: "It waited for the device until its expiry had passed. The provider is not told."
        }
    }
}

extension Fate.UndeliverableReason {
    package var explanation: String {
        switch self {
        case .appRemoved:
            """
            The app is no longer on the device. The push that finds this out puts the token on the feedback list; stop \
            sending to it (TN2265).
            """
        case .tokenVoid:
            """
            The device was set up anew while it waited, which made its apps' tokens void; the app has another one once \
            it asks (TN2265).
            """
        case .deviceRemoved: "The device was taken out of this service, and its tokens with it."
        case .unusablePayload:
            "The gateway took it, but no device can use its payload: it must be a JSON dictionary in UTF-8."
        }
    }
}
