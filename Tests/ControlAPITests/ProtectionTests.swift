import PushLedger
import PushVocabulary
import ServiceTestSupport
import Testing

@testable import ControlAPI

/// What is refused before it has any effect.
struct ProtectionTests {
    @Test(arguments: [
        "localhost", "localhost:8195", "LOCALHOST", "a.localhost", "127.0.0.1:1", "192.168.7.7", "[::1]",
        "[fe80::1]:80",
        "gatehouse.test", "Gatehouse.Test:1", "localhost.",
    ])
    func `loopback names, addresses and allowed names are served`(host: String) async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.get("/livez", ["Host": host])
            #expect(reply.status == 200)
        }
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "gatehouse.test.evil.example",
        "localhost:port", "[::1", "evillocalhost", "a@localhost",
    ])
    func `a foreign host is refused before any effect`(host: String) async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            let reply = try await scene.http.send("POST", "/v1/reset", ["Host": host])
            #expect(reply.status == 403)
            #expect(reply.code == "forbidden-host")
            #expect(reply.headers["content-type"] == "application/problem+json")
            #expect(try await scene.operations.counters().received == 1)
            #expect(try await scene.operations.devices().count == 1)
        }
    }

    @Test(arguments: ["http://evil.example", "null", "http://localhost:3000", "http://127.0.0.1", "file://"])
    func `a page from elsewhere is refused before any effect`(origin: String) async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            for (method, path) in [
                ("POST", "/v1/reset"), ("DELETE", "/v1/devices/phone"), ("GET", "/v1/notifications"),
            ] {
                let reply = try await scene.http.send(method, path, ["Origin": origin])
                #expect(reply.status == 403)
                #expect(reply.code == "forbidden-origin")
                #expect(reply.headers["access-control-allow-origin"] == nil)
            }
            #expect(try await scene.operations.counters().received == 1)
            #expect(try await scene.operations.devices().count == 1)
        }
    }

    /// Every route that changes something, and the event stream, as each would be called with success.
    private static let delicate = Route.table.filter { $0.method != .get || $0.path == "/v1/events" }

    @Test(arguments: [
        (["Host": "evil.example"], "forbidden-host"), (["Host": "localhost.evil.example:80"], "forbidden-host"),
        (["Origin": "http://evil.example"], "forbidden-origin"), (["Origin": "null"], "forbidden-origin"),
        (["Host": "evil.example", "Origin": "http://evil.example"], "forbidden-host"),
    ])
    func `feature 13: a foreign host or origin gets 403 on every route that changes anything, and has no effect`(
        headers: [String: String],
        code: String
    ) async throws {
        try await ControlScene.with { scene in
            try await scene.prepareForSamples()
            let before = try await scene.fingerprint()
            #expect(Self.delicate.count > 20)
            for route in Self.delicate {
                let name = "\(route.method.rawValue) \(route.sample)"
                let reply = try await scene.http.send(
                    route.method.rawValue,
                    route.sample,
                    headers,
                    json: route.sampleBody
                )
                #expect(reply.status == 403, "\(name)")
                #expect(reply.code == code, "\(name)")
                #expect(reply.headers["access-control-allow-origin"] == nil, "\(name)")
                #expect(try await scene.fingerprint() == before, "\(name)")
            }
        }
    }

    @Test func `the calls that are refused to strangers have an effect for others`() async throws {
        let changing = Self.delicate.filter { route in
            // These change nothing that a fingerprint could have: nobody waits, and looking is no change.
            !["/v1/events", "/v1/waits", "/v1/notifications/wait", "/v1/notifications/verify"].contains(route.path)
        }
        for route in changing {
            try await ControlScene.with(certificates: try TemporaryStore.shared()) { scene in
                try await scene.prepareForSamples()
                let connection = try await scene.operations.connections(isOpen: true, limit: 1).items.first
                let before = try await scene.fingerprint()
                let path = route.sample.replacing("c-1", with: connection?.id.description ?? "")
                let reply = try await scene.http.send(route.method.rawValue, path, json: route.sampleBody)
                #expect(200..<300 ~= reply.status, "\(route.method.rawValue) \(path): \(reply.text)")
                if route.path.hasSuffix("/launch") || route.method == .put && route.path.contains("/revocations/") {
                    return
                }
                // A connection's end takes until its goodbye is answered.
                if route.path.hasPrefix("/v1/connections/") || route.path.hasPrefix("/v1/fleets/{name}/") { return }
                #expect(try await scene.fingerprint() != before, "\(route.method.rawValue) \(path)")
            }
        }
    }

    @Test func `a page of its own is served`() async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.send("POST", "/v1/reset", ["Origin": scene.server.url])
            #expect(reply.status == 200)
        }
    }

    // MARK: - Mistakes

    @Test func `a problem document has its members and names the path`() async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.get("/v1/notifications?app=x&limit=5")
            #expect(reply.status == 400)
            #expect(reply.headers["content-type"] == "application/problem+json")
            let json = try reply.json
            #expect(
                json.names == ["type", "title", "status", "detail", "instance", "code", "errors", "hint"]
            )
            #expect(json["type"] == "urn:gatehouse:problem:unknown-parameter")
            #expect(json["status"] == .number(400))
            #expect(json["instance"] == "/v1/notifications")
            #expect(json.at("errors", "0", "parameter") == "app")
        }
    }

    @Test(arguments: [
        ("/index.html", 404, "not-found"), ("/v1/pushes", 404, "not-found"), ("/v1/devices/", 404, "not-found"),
        ("/v1/devices/%FF", 404, "not-found"), ("/v1/info?verbose=1", 400, "unknown-parameter"),
        ("/v1/notifications?limit=0", 422, "validation-failed"),
        ("/v1/notifications?limit=1001", 422, "validation-failed"),
        ("/v1/notifications?limit=ten", 422, "validation-failed"),
        ("/v1/notifications?order=up", 422, "validation-failed"),
        ("/v1/notifications?cursor=x", 422, "validation-failed"),
        ("/v1/notifications?token=0g", 422, "validation-failed"),
        ("/v1/notifications?topic=", 422, "validation-failed"),
        ("/v1/notifications?topic=a&topic=b", 422, "validation-failed"),
        ("/v1/notifications?topic=%F", 422, "validation-failed"),
        ("/v1/connections?open=maybe", 422, "validation-failed"),
        ("/v1/feedback?environment=both", 422, "validation-failed"),
    ])
    func `a path or query that is not understood is refused`(path: String, status: Int, code: String) async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.get(path)
            #expect(reply.status == status)
            #expect(reply.code == code)
        }
    }

    @Test(arguments: [
        ("POST", "/v1/info", "GET, HEAD"), ("GET", "/v1/notifications/wait", "POST"),
        ("OPTIONS", "/v1/devices/x", "GET, PUT, PATCH, DELETE, HEAD"), ("DELETE", "/v1/notifications/n-1", "GET, HEAD"),
    ])
    func `a method that does not fit is refused with those that do`(
        method: String,
        path: String,
        allow: String
    ) async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.send(method, path)
            #expect(reply.status == 405)
            #expect(reply.code == "method-not-allowed")
            #expect(reply.headers["allow"] == allow)
        }
    }

    @Test func `a body has a limit and a type`() async throws {
        try await ControlScene.with { scene in
            let path = "/v1/reset"
            let long = #"{"topic":"\#(String(repeating: "x", count: 1 << 20))"}"#
            let tooLarge = try await scene.http.send("POST", path, json: long)
            #expect(tooLarge.status == 413)
            #expect(tooLarge.code == "content-too-large")
            let form = ["Content-Type": "application/x-www-form-urlencoded"]
            let typed = try await scene.http.send("POST", path, form, json: "{}")
            #expect(typed.status == 415)
            #expect(typed.code == "unsupported-media-type")
            let patch = ["Content-Type": "application/merge-patch+json; charset=utf-8"]
            #expect(try await scene.http.send("POST", path, patch, json: "{}").status == 200)
            let empty = try await scene.http.send("PUT", "/v1/devices/x")
            #expect(empty.status == 400)
            #expect(empty.code == "malformed-json")
        }
    }

    @Test func `a chunked body beyond the limit is cut off as well`() async throws {
        try await ControlScene.with { scene in
            let chunk = "10000\r\n" + String(repeating: " ", count: 0x10000) + "\r\n"
            let reply = try await scene.http.send(
                "POST /v1/reset HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + String(repeating: chunk, count: 17) + "0\r\n\r\n"
            )
            #expect(reply.status == 413)
        }
    }
}
