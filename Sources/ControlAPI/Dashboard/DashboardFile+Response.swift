import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

extension DashboardFile {
    /// What the page may do: run its own scripts and talk to its own server, and nothing else. Markup cannot be made from
    /// text at all, so a payload shown in the page stays text even where somebody forgets that it is foreign.
    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ].joined(separator: "; ")

    /// The answer to everything but GET and HEAD.
    static func methodNotAllowed(_ request: Request) -> ControlAnswer {
        let error = ControlError(
            .methodNotAllowed,
            "\(request.method.rawValue) is not possible here",
            hint: "This is a file of the dashboard: GET it."
        )
        var answer = ControlAnswer.problem(error, instance: request.uri.path)
        answer.allow = "GET, HEAD"
        return answer
    }

    /// Answers GET and HEAD.
    func response(to request: Request) -> Response {
        var headers: HTTPFields = [
            .contentType: self.type, .eTag: self.entityTag,
            // Asked again each time, sent again only when it has changed: another version may answer next time.
            .cacheControl: "no-cache", .xContentTypeOptions: "nosniff",
            .contentSecurityPolicy: Self.contentSecurityPolicy,
        ]
        for (name, value) in [
            ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        if request.headers[.ifNoneMatch].map(self.matches) ?? false {
            return Response(status: .notModified, headers: headers, body: ResponseBody())
        }
        headers[.contentLength] = String(self.bytes.count)
        let body = request.method == .head ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: self.bytes))
        return Response(status: .ok, headers: headers, body: body)
    }

    /// - Parameter condition: the value of If-None-Match.
    private func matches(_ condition: String) -> Bool {
        condition.split(separator: ",").contains { entry in
            let tag = entry.drop { $0 == " " || $0 == "\t" }
            return tag == "*" || tag == self.entityTag || tag == "W/\(self.entityTag)"
        }
    }
}
