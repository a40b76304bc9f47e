/// A topic known to the broker.
package struct TopicID: Hashable, Sendable {
    let index: Int32
}

/// A phone in one environment: the far end of one courier connection.
package struct DeviceID: Hashable, Sendable {
    let index: Int32

    /// From 0 up. A forgotten device's is given to a new one.
    package var number: Int { Int(self.index) }
}

/// An app on a device: what a device token addresses.
package struct AppID: Hashable, Sendable {
    let index: Int32
}

/// How a device sorts a topic in its Filter message. The first three are delivered, the others wait.
package enum TopicClass: Hashable, Sendable, CaseIterable {
    case enabled
    case opportunistic
    case nonWaking
    case paused
    case ignored

    package var isDelivered: Bool {
        switch self {
        case .enabled, .opportunistic, .nonWaking: true
        case .paused, .ignored: false
        }
    }
}
