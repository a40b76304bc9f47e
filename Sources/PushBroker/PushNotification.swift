package import PushVocabulary

/// Names one notification for as long as the process runs: its sequence number in the ledger, from 1 up.
package struct NotificationID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: NotificationID, right: NotificationID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { "n-\(self.rawValue)" }
}

/// The bytes of a notification as its front door received them, and where in them the payload stands.
///
/// The frame is copied out of the connection's buffer once and shared by ledger, slot and delivery.
package struct PushContent: Hashable, Sendable {
    package let frame: [UInt8]
    package let payloadRange: Range<Int>

    /// - Parameter payloadRange: must lie within `frame`.
    package init(frame: [UInt8], payloadRange: Range<Int>) {
        self.frame = frame
        self.payloadRange = payloadRange
    }

    package var payload: ArraySlice<UInt8> { self.frame[self.payloadRange] }
}

/// One accepted notification, as far as the service's rules care.
package struct PushNotification: Hashable, Sendable {
    package let id: NotificationID
    package let content: PushContent
    /// Until when it may wait for its device; `nil`: one attempt now, never stored.
    package let keptUntil: Instant?
    /// The expiry as the provider wrote it, UNIX seconds; carried to the device unchanged.
    package let wireExpiry: UInt32
    /// 10 (at once) or 5 (considerate of the device's power).
    package let priority: UInt8
    /// Until when the service may hold it back out of consideration for the device; `nil`: it is sent at once. One
    /// that may not be stored is never held back.
    package let notBefore: Instant?

    package init(
        id: NotificationID,
        content: PushContent,
        keptUntil: Instant?,
        wireExpiry: UInt32,
        priority: UInt8,
        notBefore: Instant? = nil
    ) {
        self.id = id
        self.content = content
        self.keptUntil = keptUntil
        self.wireExpiry = wireExpiry
        self.priority = priority
        self.notBefore = notBefore
    }
}
