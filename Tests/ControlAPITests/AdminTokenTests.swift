import PushVocabulary
import ServiceTestSupport
import Testing

@testable import ControlAPI

/// A server that was given a token answers only who shows it.
struct AdminTokenTests {
    private static let token = "s3cret token"

    @Test func `without the token every route answers 401 and does nothing, but for liveness and readiness`()
        async throws
    {
        try await ControlScene.with(adminToken: Self.token) { scene in
            try await scene.service.addPhone(connected: false)
            let before = try await scene.fingerprint()
            for route in Route.table {
                let reply = try await scene.http.send(route.method.rawValue, route.sample, json: route.sampleBody)
                guard !route.isOpen else {
                    #expect(reply.status == 200, "\(route.path)")
                    continue
                }
                #expect(reply.status == 401, "\(route.method.rawValue) \(route.path)")
                #expect(reply.code == "unauthorized")
                #expect(reply.headers["www-authenticate"] == "Bearer realm=\"gatehouse\"")
            }
            #expect(try await scene.http.get("/v1/nothing").status == 401)
            #expect(try await scene.fingerprint() == before)
        }
    }

    @Test(arguments: [
        "", "Bearer", "Bearer ", "Bearer s3cret", "Bearer s3cret token ", "Bearer S3cret token", "Basic s3cret token",
        "s3cret token", "Bearer s3cret token, Bearer x",
    ])
    func `anything but the token is refused`(authorization: String) async throws {
        try await ControlScene.with(adminToken: Self.token) { scene in
            // A parser of HTTP takes away the space at the end of a value.
            let isRight = authorization == "Bearer \(Self.token) "
            let reply = try await scene.http.get("/v1/info", ["Authorization": authorization])
            #expect(reply.status == (isRight ? 200 : 401))
        }
    }

    @Test(arguments: ["Bearer", "bearer", "BEARER"])
    func `who shows the token is served`(scheme: String) async throws {
        try await ControlScene.with(adminToken: Self.token) { scene async throws in
            let headers = ["Authorization": "\(scheme) \(Self.token)"]
            #expect(try await scene.http.get("/v1/info", headers).status == 200)
            #expect(try await scene.http.get("/metrics", headers).status == 200)
            #expect(try await scene.http.send("POST", "/v1/reset", headers).status == 200)
        }
    }

    @Test(arguments: ["/", "/docs", "/openapi.json", "/dashboard/app.js"])
    func `the page is served without the token: it has to ask for it`(path: String) async throws {
        try await ControlScene.with(adminToken: Self.token) { scene async throws in
            #expect(try await scene.http.get(path).status == 200)
        }
    }

    @Test(arguments: [nil, ""])
    func `without a token nothing has to be shown`(token: String?) async throws {
        try await ControlScene.with(adminToken: token) { scene async throws in
            #expect(try await scene.http.get("/v1/info").status == 200)
        }
    }

    @Test func `a foreign host is refused before the token is looked at`() async throws {
        try await ControlScene.with(adminToken: Self.token) { scene async throws in
            let headers = ["Host": "evil.example", "Authorization": "Bearer \(Self.token)"]
            #expect(try await scene.http.get("/v1/info", headers).code == "forbidden-host")
        }
    }
}
