import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Answers one request after the other of a control connection: checks, token, route, body, handler, in this order. The
/// dashboard's files, which say nothing of this server, are served without the token: the page asks for it.
struct ControlResponder: Sendable {
    let operations: ControlOperations
    let requestGuard: RequestGuard
    /// `nil`: whoever gets here may call.
    let adminToken: AdminToken?
    let controlURL: String
    /// Bytes that a body may have, unless its route takes more.
    let maximumBodySize: Int
    let logger: Logger

    /// - Parameter complete: called once, when what is wanted of the request has arrived.
    func respond(to request: Request, complete: () -> Void) async -> Response {
        let path = request.uri.path
        let answer: ControlAnswer
        do {
            if let file = DashboardFile.at(path) {
                try self.requestGuard.check(host: request.head.authority, origin: request.headers[.origin])
                complete()
                if request.method == .get || request.method == .head { return file.response(to: request) }
                answer = DashboardFile.methodNotAllowed(request)
            } else {
                answer = try await self.answer(request, complete)
            }
        } catch let error as ControlError {
            answer = .problem(error, instance: path)
        } catch is CancellationError {
            answer = .problem(.stopping, instance: path)
        } catch {
            self.logger.error(
                "a control call failed",
                metadata: ["path": "\(path)", "method": "\(request.method.rawValue)", "error": "\(error)"]
            )
            let problem = ControlError(.internalError, "the call failed: \(error)", hint: "Please report this.")
            answer = .problem(problem, instance: path)
        }
        return Self.response(answer, to: request)
    }

    private func answer(_ request: Request, _ complete: () -> Void) async throws -> ControlAnswer {
        try self.requestGuard.check(host: request.head.authority, origin: request.headers[.origin])
        let match = Route.match(request.uri.path)
        if match?.routes.first?.isOpen != true { try self.adminToken?.check(request.headers[.authorization]) }
        guard let match else {
            throw ControlError(.notFound, "there is no path \(request.uri.path)")
        }
        let method = request.method == .head ? "GET" : request.method.rawValue
        guard let route = match.routes.first(where: { $0.method.rawValue == method }) else {
            return Self.methodNotAllowed(request, match)
        }
        let call = ControlCall(
            operations: self.operations,
            controlURL: self.controlURL,
            parameters: match.parameters,
            query: try QueryReader(request.uri.query, parameters: route.query),
            headers: request.headers,
            body: try await self.body(of: request, for: route)
        )
        complete()
        let answer = try await route.handler(call)
        if match.routes.first?.path.hasPrefix("/v1/") == true { try await self.operations.isSafeToTell() }
        return answer
    }

    private static func methodNotAllowed(_ request: Request, _ match: Route.Match) -> ControlAnswer {
        let methods = match.routes.map(\.method.rawValue)
        let error = ControlError(
            .methodNotAllowed,
            "\(request.method.rawValue) is not possible here",
            hint: "Possible: \(methods.joined(separator: ", "))."
        )
        var answer = ControlAnswer.problem(error, instance: request.uri.path)
        answer.allow = (methods.contains("GET") ? methods + ["HEAD"] : methods).joined(separator: ", ")
        return answer
    }

    // MARK: - Body

    private func body(of request: Request, for route: Route) async throws -> JSONValue? {
        guard route.body != .none else { return nil }
        let maximum = self.maximumBodySize.multipliedReportingOverflow(by: route.takesWholeStates ? 64 : 1)
        let maximumSize = maximum.overflow ? Int.max : maximum.partialValue
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maximumSize {
            throw Self.tooLarge(maximumSize)
        }
        let bytes: ByteBuffer
        do {
            bytes = try await request.body.collect(upTo: maximumSize)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(maximumSize)
        }
        guard bytes.readableBytes > 0 else {
            guard route.body == .optional else {
                throw ControlError(.malformedJSON, "the body is empty", hint: "Send a JSON object.")
            }
            return nil
        }
        try Self.check(contentType: request.headers[.contentType])
        do throws(JSONDefect) {
            return try JSONReader.value(of: bytes.readableBytesView, refusesRepeatedNames: true)
        } catch {
            throw ControlError(.malformedJSON, "the body is not JSON: \(error)")
        }
    }

    private static func tooLarge(_ maximumSize: Int) -> ControlError {
        ControlError(
            .contentTooLarge,
            "a body has at most \(maximumSize) bytes here",
            hint: "--control-body-limit allows more."
        )
    }

    private static func check(contentType: String?) throws(ControlError) {
        guard let contentType else { return }
        let type = contentType.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        guard type == "application/json" || type.hasPrefix("application/") && type.hasSuffix("+json") else {
            throw ControlError(
                .unsupportedMediaType,
                "the body's type is \(type)",
                hint: "Send Content-Type: application/json."
            )
        }
    }

    // MARK: - Answer

    private static func response(_ answer: ControlAnswer, to request: Request) -> Response {
        var headers = HTTPFields()
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        headers[.location] = answer.location
        headers[.allow] = answer.allow
        headers[.retryAfter] = answer.retryAfter.map { String($0) }
        headers[.wwwAuthenticate] = answer.challenge
        headers[.contentDisposition] = answer.fileName.map { "attachment; filename=\"\($0)\"" }
        let status = HTTPResponse.Status(code: answer.status)
        var bytes: [UInt8] = []
        switch answer.content {
        case .none: break
        case .json(let value):
            headers[.contentType] = "application/json"
            bytes = value.bytes
        case .problem(let value):
            headers[.contentType] = "application/problem+json"
            bytes = value.bytes
        case .bytes(let content, let type):
            headers[.contentType] = type
            bytes = content
        case .stream(let type, let body):
            headers[.contentType] = type
            guard request.method != .head else { return Response(status: status, headers: headers) }
            return Response(status: status, headers: headers, body: Self.stream(body, to: request))
        }
        if answer.status != 204 { headers[.contentLength] = String(bytes.count) }
        guard request.method != .head, !bytes.isEmpty else { return Response(status: status, headers: headers) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A body that is cancelled when its caller leaves.
    private static func stream(
        _ body: @escaping @Sendable (_ write: (ByteBuffer) async throws -> Void) async throws -> Void,
        to request: Request
    ) -> ResponseBody {
        ResponseBody { writer in
            try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await body { try await writer.write($0) }
            }
            try await writer.finish(nil)
        }
    }
}
