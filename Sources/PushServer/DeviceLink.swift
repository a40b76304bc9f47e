package import PushBroker
package import PushVocabulary

/// A device's live connection, as the broker's host sees it.
package protocol DeviceLink: AnyObject {
    /// Writes one notification; it leaves with the next `flush`.
    func deliver(_ delivery: Delivery)
    /// Tells the device that nothing waits for it; leaves with the next `flush`.
    func tellNothingStored(baseToken: DeviceToken)
    func flush()
    /// Ends the connection from the service's side.
    func end(_ reason: DeviceLinkEnd)
}

package enum DeviceLinkEnd: Hashable, Sendable {
    /// The same device connected again.
    case replaced
    /// A control call took the device away.
    case deviceRemoved
}

/// One notification on its way to one device.
package struct Delivery: Hashable, Sendable {
    package let notification: PushNotification
    package let token: DeviceToken
    package let topic: TopicHash
    package let baseToken: DeviceToken
    package let storage: StorageFlags
    package let sentAt: Instant
}

extension NotificationID {
    /// The number by which the courier protocol acknowledges it: 1 to 2^31 - 1, so that it stays positive where a
    /// client reads it as signed, and unique for as long as a device could still mean it.
    var messageIdentifier: UInt32 { UInt32((self.rawValue - 1) % 0x7FFF_FFFF) + 1 }
}
