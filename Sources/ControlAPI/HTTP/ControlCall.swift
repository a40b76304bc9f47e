import HTTPTypes
import NIOCore

/// A request to the control API, its path, query and body understood.
struct ControlCall: Sendable {
    let operations: ControlOperations
    /// The API's URL, without a slash at the end.
    let controlURL: String
    /// By their names in the route's path.
    let parameters: [String: String]
    let query: QueryReader
    let headers: HTTPFields
    /// `nil`: there was none.
    let body: JSONValue?

    /// - Parameter name: must stand in the route's path.
    func parameter(_ name: String) -> String { self.parameters[name] ?? "" }
}

/// What the control API answers.
struct ControlAnswer: Sendable {
    enum Content: Sendable {
        case none
        case json(JSONValue)
        case problem(JSONValue)
        case bytes([UInt8], type: String)
        /// Goes on until the body ends, its caller leaves, or the server stops.
        case stream(type: String, @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void)
    }

    var status = 200
    var content: Content
    /// The path of what was made.
    var location: String?
    /// The methods a path takes.
    var allow: String?
    /// Seconds after which to try again.
    var retryAfter: Int?
    /// How a caller may show that it may call (RFC 9110, section 11.6.1).
    var challenge: String?
    /// The name under which a browser is to save it.
    var fileName: String?

    static let empty = ControlAnswer(status: 204, content: .none)

    static func json(_ value: JSONValue) -> ControlAnswer { ControlAnswer(content: .json(value)) }

    /// - Parameter location: the path of what was made; `nil`: it was there before.
    static func made(_ value: JSONValue, at location: String?) -> ControlAnswer {
        guard let location else { return .json(value) }
        return ControlAnswer(status: 201, content: .json(value), location: location)
    }

    static func problem(_ error: ControlError, instance: String) -> ControlAnswer {
        ControlAnswer(
            status: error.code.status,
            content: .problem(error.json(instance: instance)),
            retryAfter: error.code.status == 503 ? 1 : nil,
            challenge: error.code == .unauthorized ? AdminToken.challenge : nil
        )
    }
}
