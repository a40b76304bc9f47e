/// What became, or is becoming, of an accepted notification. Each has exactly one fate at any moment.
package enum Fate: Hashable, Sendable {
    /// Written to the device's connection, not acknowledged yet.
    case inFlight
    /// Waiting in its slot.
    case stored(StoredReason)
    /// The device acknowledged it.
    case delivered
    /// Replaced in its slot before it could be sent, by a newer one.
    case coalesced(by: NotificationID)
    case expired(ExpiredReason)
    case undeliverable(UndeliverableReason)
    /// Swallowed by a fault rule.
    case lost(rule: String)

    package enum StoredReason: String, Hashable, Sendable, CaseIterable {
        case deviceAway
        /// An earlier one is on its way and not acknowledged (TN2265, "Some Notifications Received, but Not All").
        case awaitingAcknowledgement
        case topicPaused
        case topicIgnored
        /// The device is connected, but none of its Filter lists names the topic.
        case topicUnlisted
        /// It was in flight when the connection went.
        case connectionLost
        /// Its priority is 5, and the service is considerate of the device's power.
        case heldBack
    }

    package enum ExpiredReason: String, Hashable, Sendable, CaseIterable {
        /// Its expiry forbids storing and the one attempt was not possible.
        case notStored
        /// Its time passed while it waited.
        case timePassed
    }

    package enum UndeliverableReason: String, Hashable, Sendable, CaseIterable {
        case appRemoved
        case deviceRemoved
        /// The device was set up anew, and all its tokens with it.
        case tokenVoid
        /// Not JSON, not UTF-8 or not a dictionary: accepted on the wire, of no use to any device.
        case unusablePayload
    }
}
