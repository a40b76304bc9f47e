import APNSWire

/// What is odd about a payload that is well-formed: taken by the gateway, and not what the provider meant.
enum PayloadOddity: String, Hashable, Sendable {
    /// F: node-apn #344; management pushes have none by design.
    case noAps = "the payload has no aps: a device shows nothing"
    /// Apple calls it an error, the gateway took it (F: pushy wiki, 2014-04).
    case urgentAndSilent = "priority 10 for content-available alone: the guide asks for 5"
    /// F: dropped by the device.
    case textualBadge = "aps.badge is a string, not a number"

    /// - Parameters:
    ///   - traits: of one JSON dictionary in UTF-8; of one in UTF-16 nothing is said.
    ///   - isUrgent: whether its frame could have asked for priority 5 and did not.
    init?(_ traits: PayloadTraits, isUrgent: Bool) {
        if traits.contains(.hasTextualBadge) {
            self = .textualBadge
        } else if traits.contains(.hasEscapedKeys) {
            return nil
        } else if !traits.contains(.hasAps) {
            self = .noAps
        } else if isUrgent, traits.contains(.isSilent), !traits.contains(.isShown) {
            self = .urgentAndSilent
        } else {
            return nil
        }
    }
}
