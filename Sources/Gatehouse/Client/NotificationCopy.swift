import APNSWire
import ControlAPI
import NIOCore
import PushVocabulary

/// In which form a captured notification is copied.
package enum CopyForm: String, CaseIterable, Sendable {
    /// A `gatehouse push` that sends the same bytes.
    case push
    /// The frame in hexadecimal, for `gatehouse push --raw`.
    case hex
    /// One JSON object with the frame and what became of it, for a test and for `gatehouse push --raw @FILE`.
    case fixture
    /// The request that shows it.
    case curl
}

extension ControlClient {
    /// A captured notification, to be used elsewhere.
    ///
    /// - Throws: `GatehouseError` when there is no such notification.
    package func copy(_ id: String, as form: CopyForm) async throws(GatehouseError) -> String {
        let path = "/v1/notifications/\(Self.escaped(id))"
        let entry = try await self.json("GET", path)
        if form == .curl {
            let header = self.token == nil ? "" : "-H \"Authorization: Bearer $GATEHOUSE_ADMIN_TOKEN\" "
            return "curl -s \(header)\(ShellWord.quoted(self.url + path))"
        }
        let frame = try await self.request("GET", path + "/raw")
        switch form {
        case .push: return NotificationCopy.pushCommand(entry, frame: frame)
        case .fixture: return NotificationCopy.fixture(entry, frame: frame).description
        default: return Hexadecimal.string(from: frame)
        }
    }

    /// The bytes of a captured notification, and what it takes to send them again.
    ///
    /// - Throws: `GatehouseError` when there is no such notification.
    package func replay(_ id: String) async throws(GatehouseError) -> (frame: [UInt8], wishes: ProviderAccess.Wishes) {
        let path = "/v1/notifications/\(Self.escaped(id))"
        let entry = try await self.json("GET", path)
        let wishes = ProviderAccess.Wishes(
            topic: entry["topic"].map(FaultActionText.bare),
            environment: entry["environment"].map(FaultActionText.bare).flatMap { PushEnvironment(rawValue: $0) }
        )
        return (try await self.request("GET", path + "/raw"), wishes)
    }
}

/// What a captured notification looks like elsewhere. Pure.
enum NotificationCopy {
    /// Readable options where these give the same bytes; otherwise the bytes themselves.
    static func pushCommand(_ entry: JSONValue, frame: [UInt8]) -> String {
        func text(_ value: JSONValue?) -> String? { value.flatMap { $0 == .null ? nil : FaultActionText.bare($0) } }
        let wire = entry["wire"]
        var words = ["gatehouse", "push"]
        func add(_ option: String, _ value: String?) {
            if let value { words += ["--\(option)", ShellWord.quoted(value)] }
        }
        add("topic", text(entry["topic"]))
        if text(entry["environment"]) == PushEnvironment.production.rawValue { add("environment", "production") }
        let payload = Self.payload(of: frame)
        if let payload, let token = text(entry["token"]), let command = text(wire?["command"]).flatMap({ UInt8($0) }) {
            let identifier = text(wire?["identifier"])
            let (expiry, priority) = (text(wire?["expiry"]), text(wire?["priority"]))
            let request = try? PushRequest(
                token: token,
                payload: Array(payload.utf8),
                command: command,
                identifier: identifier.flatMap { UInt32($0) },
                expiry: expiry,
                priority: priority.flatMap { UInt8($0) }
            )
            if let request, request.frame == frame, !payload.hasPrefix("@") {
                add("token", token)
                add("payload", payload)
                add("command", String(command))
                if command != 0 { add("identifier", identifier) }
                if command != 0 { add("expiry", expiry) }
                if command == 2 { add("priority", priority) }
                return words.joined(separator: " ")
            }
        }
        add("raw", Hexadecimal.string(from: frame))
        return words.joined(separator: " ")
    }

    static func fixture(_ entry: JSONValue, frame: [UInt8]) -> JSONValue {
        let names = ["topic", "environment", "token", "payload", "verdict", "status", "wire"]
        let members = names.compactMap { name in entry[name].map { JSONValue.Member(name, $0) } }
        return .object([JSONValue.Member("frame", .string(Hexadecimal.string(from: frame)))] + members)
    }

    /// The payload as text, where it is text and the frame is well-formed.
    private static func payload(of frame: [UInt8]) -> String? {
        var buffer = ByteBuffer(bytes: frame)
        var decoder = ProviderFrameDecoder(limits: .anything)
        guard case .frame(let decoded) = decoder.next(in: &buffer), buffer.readableBytes == 0 else { return nil }
        return String(validating: decoded.payload, as: UTF8.self)
    }
}

extension PushRequest {
    /// The bytes on the wire.
    var frame: [UInt8] {
        var buffer = ByteBuffer()
        self.notification.write(into: &buffer)
        return Array(buffer.readableBytesView)
    }
}
