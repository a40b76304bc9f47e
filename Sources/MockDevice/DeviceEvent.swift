package import PushVocabulary

/// Something that happened to a mock device, worded as the real daemon logged it where such a line is known (TN2265,
/// "Observing Push Status Messages").
package struct DeviceEvent: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case connecting(courier: String)
        case connected(courier: String)
        /// The connection went, or could not be made.
        case disconnected(reason: String)
        case registered(Topic, token: DeviceToken)
        /// - Parameter hash: the topic as it stood on the wire.
        case received(
            Topic?,
            hash: TopicHash?,
            payload: [UInt8],
            messageIdentifier: UInt32,
            fromStorage: Bool
        )
        case uninstalled(Topic)
        case keptAlive
    }

    package let device: String
    /// Product time.
    package let at: Instant
    package let kind: Kind

    package init(device: String, at: Instant, kind: Kind) {
        self.device = device
        self.at = at
        self.kind = kind
    }
}

extension DeviceEvent: CustomStringConvertible {
    package var description: String {
        switch self.kind {
        case .connecting(let courier): "Connecting to courier \(courier)"
        case .connected(let courier): "Connected to courier \(courier)"
        case .disconnected(let reason): "Disconnecting in response to connection failure: \(reason)"
        case .registered(let topic, let token): "Registered \(topic) with token \(token)"
        case .received(let topic, let hash, _, _, let fromStorage):
            // TN2265: some log lines name the topic by the SHA-1 of the bundle identifier.
            "Received message for enabled topic \(topic?.name ?? hash?.description ?? "(none)")"
                + (fromStorage ? ", from storage" : "")
        case .uninstalled(let topic): "Uninstalled \(topic)"
        case .keptAlive: "Keep-alive answered"
        }
    }
}
