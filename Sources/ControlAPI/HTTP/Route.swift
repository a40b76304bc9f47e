/// One path and method of the control API.
struct Route: Sendable {
    enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case put = "PUT"
        case patch = "PATCH"
        case post = "POST"
        case delete = "DELETE"
    }

    enum Body: Sendable {
        /// What is sent is not looked at.
        case none
        case optional
        case required
    }

    let method: Method
    /// Such as `/v1/notifications/{id}`.
    let path: String
    /// The parameters its query may have.
    let query: [String]
    let body: Body
    /// Whether its body may be as large as all that a service has accumulated.
    let takesWholeStates: Bool
    /// Whether it is answered without the server's token.
    let isOpen: Bool
    let handler: @Sendable (ControlCall) async throws -> ControlAnswer

    init(
        _ method: Method,
        _ path: String,
        query: [String] = [],
        body: Body = .none,
        takesWholeStates: Bool = false,
        isOpen: Bool = false,
        _ handler: @escaping @Sendable (ControlCall) async throws -> ControlAnswer
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.takesWholeStates = takesWholeStates
        self.isOpen = isOpen
        self.handler = handler
    }
}

extension Route {
    /// What a path leads to.
    struct Match {
        /// The routes of one path, one for each method.
        let routes: [Route]
        let parameters: [String: String]
    }

    /// Finds the routes for a path. A path with a fixed segment goes before one with a parameter in its place.
    ///
    /// - Parameter path: still percent-encoded, so that a `/` in a name does not divide it.
    static func match(_ path: String, in table: [Route] = Self.table) -> Match? {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var best: (routes: [Route], parameters: [String: String])?
        for route in table {
            guard let parameters = Self.parameters(of: route.path, in: segments) else { continue }
            if best?.routes.first?.path == route.path {
                best?.routes.append(route)
            } else if best.map({ parameters.count < $0.parameters.count }) ?? true {
                best = ([route], parameters)
            }
        }
        return best.map { Match(routes: $0.routes, parameters: $0.parameters) }
    }

    private static func parameters(of template: String, in segments: [Substring]) -> [String: String]? {
        let parts = template.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            if part.hasPrefix("{") {
                guard !segment.isEmpty, let value = PercentEncoding.decoded(segment) else { return nil }
                parameters[String(part.dropFirst().dropLast())] = value
            } else if part != segment {
                return nil
            }
        }
        return parameters
    }
}
