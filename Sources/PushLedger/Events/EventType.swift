/// What an event tells of, by the name under which it is written and asked for.
package enum EventType: String, Hashable, Sendable, CaseIterable {
    /// A notification was received: its verdict, and its first fate if that came in the same batch.
    case notification
    /// A notification's fate changed.
    case fate
    case connectionOpened = "connection.opened"
    /// The handshake is done.
    case connectionReady = "connection.ready"
    case connectionClosed = "connection.closed"
    /// The handshake failed.
    case connectionFailed = "connection.failed"
    case deviceConnected = "device.connected"
    case deviceDisconnected = "device.disconnected"
    /// An app of a device has a token from now on.
    case deviceRegistered = "device.registered"
    /// The service learned that an app is gone.
    case deviceUnregistered = "device.unregistered"
    /// The device itself was forgotten.
    case deviceRemoved = "device.removed"
    case faultAdded = "fault.added"
    case faultRemoved = "fault.removed"
    case faultFired = "fault.fired"
    case feedbackListed = "feedback.listed"
    case feedbackRead = "feedback.read"
    case feedbackCleared = "feedback.cleared"
    /// The clock was stopped, moved, or set going again.
    case clock
    case reset
    /// Notifications aged out.
    case pruned

    /// Whether `name` asks for this type: its own name, or the part before its dot.
    package func isNamed(_ name: some StringProtocol) -> Bool {
        self.rawValue == name || self.rawValue.hasPrefix(name + ".")
    }
}
