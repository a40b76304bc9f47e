import ControlAPI
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

struct WaitRouteTests {
    private func wait(_ body: String, _ scene: ControlScene) async throws -> HTTPReply {
        try await scene.http.send("POST", "/v1/notifications/wait", json: body)
    }

    /// Returns when the service holds so many waits.
    private func waits(_ count: Int, _ scene: ControlScene) async throws {
        while try await scene.service.server.perform({ $0.ledger.waits.count }) < count { await Task.yield() }
    }

    @Test func `what is there already satisfies a wait`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", "2", to: token)
            let reply = try await wait(#"{"match":{"topic":"com.example.app"},"count":2,"timeoutMs":0}"#, scene)
            #expect(reply.status == 200)
            #expect(try reply.json.names == ["satisfied", "items", "cursor"])
            #expect(try reply.json["satisfied"] == .bool(true))
            #expect(reply.items.map { $0["seq"]?.integer } == [1, 2])
            #expect(try await wait("{}", scene).items.count == 1)
            #expect(try await scene.http.send("POST", "/v1/notifications/wait").items.count == 1)
        }
    }

    @Test func `a wait ends with the last one it needs`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("0", to: token)
            let cursor = try await scene.operations.latestCursor()
            async let reply = wait(
                #"{"match":{"identifier":1},"count":2,"after":"\#(cursor)","timeoutMs":60000}"#,
                scene
            )
            try await waits(1, scene)
            try await scene.push("1", to: token)
            try await scene.push("2", to: token)
            let json = try await reply.json
            #expect(json["satisfied"] == .bool(true))
            #expect(json["items"]?.array?.map { $0["seq"]?.integer } == [2, 3])
            let next = try #require(json["cursor"]?.string)
            #expect(try await wait(#"{"after":"\#(next)","timeoutMs":0}"#, scene).items.isEmpty)
        }
    }

    @Test func `at the deadline it says what did arrive`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            let reply = try await wait(#"{"count":2,"timeoutMs":20}"#, scene)
            #expect(reply.status == 200)
            #expect(try reply.json["satisfied"] == .bool(false))
            #expect(reply.items.count == 1)
        }
    }

    @Test func `a wait for silence is satisfied by silence and ended by a sound`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            #expect(try await wait(#"{"count":0,"timeoutMs":20}"#, scene).json["satisfied"] == .bool(true))
            async let reply = wait(#"{"count":0,"timeoutMs":60000}"#, scene)
            try await waits(1, scene)
            try await scene.push("1", to: token)
            #expect(try await reply.json["satisfied"] == .bool(false))
        }
    }

    @Test func `a push to a phone that is online is waited for until it is delivered`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone()[0]
            async let reply = wait(#"{"match":{"fate":"delivered","device":"phone"},"timeoutMs":60000}"#, scene)
            try await waits(1, scene)
            try await scene.push("1", to: token)
            let items = try await reply.items
            #expect(items.map { $0["fate"]?.string } == ["delivered"])
            #expect(items[0]["timeline"]?.array?.map { $0["event"]?.string } == ["accepted", "sent", "delivered"])
        }
    }

    @Test func `nothing from before a reset satisfies a wait made after it`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            let cursor = try await scene.operations.latestCursor()
            _ = try await scene.operations.reset([.notifications])
            #expect(try await wait(#"{"timeoutMs":0}"#, scene).items.isEmpty)
            #expect(try await wait(#"{"timeoutMs":0,"after":"\#(cursor)"}"#, scene).items.isEmpty)
        }
    }

    @Test func `pending waits end with 503 when the service stops, and no new one begins`() async throws {
        try await ControlScene.with { scene in
            async let reply = wait(#"{"timeoutMs":60000}"#, scene)
            try await waits(1, scene)
            scene.operations.beginStopping()
            let stopping = try await reply
            #expect(stopping.status == 503)
            #expect(stopping.code == "stopping")
            #expect(stopping.headers["retry-after"] == "1")
            #expect(try await wait("{}", scene).code == "stopping")
            #expect(try await scene.http.get("/readyz").code == "stopping")
        }
    }

    @Test func `a server that is stopped answers a pending wait before it closes`() async throws {
        try await ControlScene.with { scene in
            async let reply = wait(#"{"timeoutMs":60000}"#, scene)
            try await waits(1, scene)
            await scene.server.stop()
            #expect(try await reply.code == "stopping")
            await #expect(throws: (any Error).self) { try await scene.http.get("/livez") }
        }
    }

    @Test(arguments: [
        (#"{"mtach":{}}"#, 400, "unknown-field", "/mtach"),
        (#"{"match":{"app":"x"}}"#, 400, "unknown-field", "/match/app"),
        (#"{"match":[]}"#, 422, "validation-failed", "/match"),
        (#"{"match":{"identifier":"7"}}"#, 422, "validation-failed", "/match/identifier"),
        (#"{"match":{"identifier":4294967296}}"#, 422, "validation-failed", "/match/identifier"),
        (#"{"match":{"status":1.5}}"#, 422, "validation-failed", "/match/status"),
        (#"{"match":{"fate":"gone"}}"#, 422, "validation-failed", "/match/fate"),
        (#"{"match":{"token":"xyz"}}"#, 422, "validation-failed", "/match/token"),
        (#"{"match":{"topic":""}}"#, 422, "validation-failed", "/match/topic"),
        (#"{"match":{"connectionId":"42"}}"#, 422, "validation-failed", "/match/connectionId"),
        (#"{"count":-1}"#, 422, "validation-failed", "/count"),
        (#"{"count":true}"#, 422, "validation-failed", "/count"),
        (#"{"after":"there"}"#, 422, "validation-failed", "/after"),
        (#"{"timeoutMs":600001}"#, 422, "validation-failed", "/timeoutMs"), ("[]", 422, "validation-failed", ""),
        (#"{"count":1,"count":2}"#, 400, "malformed-json", nil), ("{", 400, "malformed-json", nil),
    ])
    func `a body that is not as it has to be is refused with its place`(
        body: String,
        status: Int,
        code: String,
        pointer: String?
    ) async throws {
        try await ControlScene.with { scene in
            let reply = try await wait(body, scene)
            #expect(reply.status == status)
            #expect(reply.code == code)
            #expect(reply.headers["content-type"] == "application/problem+json")
            #expect(try reply.json.at("errors", "0", "pointer")?.string == pointer)
        }
    }
}
