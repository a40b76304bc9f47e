/// One of the two worlds of the push service: separate ports or host names, identities, tokens, device
/// connections and feedback lists (TN2265; Apple, Binary Provider API).
package enum Environment: String, CaseIterable, Codable, Hashable, Sendable {
    case sandbox
    case production

    package var other: Environment { self == .sandbox ? .production : .sandbox }
}
