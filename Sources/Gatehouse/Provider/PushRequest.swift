import APNSWire
import ControlAPI
package import PushVocabulary

/// One notification as a user asks for it.
package struct PushRequest: Sendable {
    /// How long a notification may wait for its device when nobody says.
    private static let usualLifetime: Duration = .seconds(86_400)

    let notification: OutgoingNotification
    /// Lowercase hexadecimal.
    let token: String
    /// `nil`: its format has none.
    let identifier: UInt32?

    /// - Parameters:
    ///   - token: hexadecimal.
    ///   - command: 0, 1 or 2.
    ///   - identifier: `nil`: a random one, so that the notification can be told from others.
    ///   - expiry: UNIX seconds, or a time from now such as `+1h`; `nil`: a day from now.
    ///   - now: what such a time is counted from.
    /// - Throws: `GatehouseError` that names the option that cannot be.
    package init(
        token: String,
        payload: [UInt8],
        command: UInt8 = 2,
        identifier: UInt32? = nil,
        expiry: String? = nil,
        now: Instant = ProductClock.systemNow(),
        priority: UInt8? = nil
    ) throws(GatehouseError) {
        if let flaw = TokenText.flaw(in: token) {
            throw GatehouseError(.usage, "--token `\(token)` is no device token: \(flaw).")
        }
        let format: OutgoingNotification.Format =
            switch command {
            case 0: .simple
            case 1: .enhanced
            default: .usualItems
            }
        self.token = token.lowercased()
        self.identifier = command == 0 ? nil : identifier ?? UInt32.random(in: 1...UInt32.max)
        self.notification = OutgoingNotification(
            format: format,
            token: DeviceToken(hexadecimal: token)?.bytes ?? [],
            payload: payload,
            identifier: self.identifier,
            expiry: try Self.expiry(expiry, now: now),
            priority: priority
        )
    }

    /// The payload to send.
    ///
    /// - Parameter json: taken as it is, whether or not it is JSON: what the gateway makes of it may be the question;
    ///   `@` and a path names a file.
    /// - Throws: `GatehouseError` when there is none, or its file cannot be read.
    package static func payload(alert: String?, json: String?) throws(GatehouseError) -> [UInt8] {
        if let alert {
            let payload: JSONValue = ["aps": ["alert": .string(alert)]]
            return payload.bytes
        }
        guard let json else {
            throw GatehouseError(.usage, "There is nothing to send: say --alert TEXT, or --payload JSON.")
        }
        guard json.hasPrefix("@") else { return Array(json.utf8) }
        let path = String(json.dropFirst())
        guard let bytes = try FileSystem.bytes(of: path) else {
            throw GatehouseError(.unavailable, "\(path): there is no such file. Correct --payload.")
        }
        return bytes
    }

    static func expiry(_ text: String?, now: Instant) throws(GatehouseError) -> UInt32 {
        guard let text else { return UInt32(clamping: (now + Self.usualLifetime).unixSeconds) }
        if text.hasPrefix("+"), let duration = Duration(typed: String(text.dropFirst())) {
            return UInt32(clamping: (now + duration).unixSeconds)
        }
        if let seconds = UInt32(text) { return seconds }
        throw GatehouseError(
            .usage,
            "--expiry `\(text)` is neither UNIX seconds nor a time from now, such as +1h, nor 0 for not to be stored."
        )
    }
}
