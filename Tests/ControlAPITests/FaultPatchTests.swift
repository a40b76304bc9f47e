import MockProvider
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

@testable import ControlAPI

struct FaultPatchTests {
    private static let rule = """
        {"stage": "frame", "match": {"topic": "com.example.app", "command": 2}, "trigger": {"times": 3}, \
        "action": {"type": "answer", "status": 8, "keepOpen": true}, "ttlMs": 60000}
        """

    /// Adds the rule, strikes once, patches.
    private func patched(_ patch: String, _ check: (HTTPReply, HTTPReply) throws -> Void) async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            #expect(try await scene.http.send("PUT", "/v1/faults/f", json: Self.rule).status == 201)
            let provider = try await scene.service.client().connect()
            try await provider.send([.alert("1", to: token)])
            try await scene.service.wait(.init(verdict: .rejected))
            await provider.close()
            let before = try await scene.http.get("/v1/faults/f")
            let reply = try await scene.http.send("PATCH", "/v1/faults/f", json: patch)
            try check(before, reply)
        }
    }

    @Test func `what a patch leaves out stays, with what the rule has counted`() async throws {
        try await self.patched(#"{"trigger": {"times": 5}, "match": {"command": null, "identifier": 7}}"#) {
            before,
            reply in
            #expect(reply.status == 200)
            let json = try reply.json
            #expect(json["match"] == ["topic": "com.example.app", "identifier": .number(7)])
            #expect(try json["action"] == before.json["action"])
            #expect(json["hits"]?.integer == 1)
            #expect(json["remaining"]?.integer == 4)
            #expect(try json["addedAt"] == before.json["addedAt"])
            #expect(try json["expiresAt"] == before.json["expiresAt"])
        }
    }

    @Test func `an action is merged, and one of another type takes its place`() async throws {
        try await self.patched(#"{"action": {"status": 7}}"#) { _, reply throws in
            #expect(try reply.json.at("action", "status")?.integer == 7)
            #expect(try reply.json.at("action", "keepOpen") == .bool(true))
        }
        try await self.patched(#"{"action": {"type": "delay", "ms": 5}}"#) { _, reply throws in
            #expect(reply.status == 200)
            #expect(try reply.json["action"] == ["type": "delay", "ms": .number(5)])
        }
    }

    @Test func `null takes a time to live away`() async throws {
        try await self.patched(#"{"ttlMs": null}"#) { _, reply throws in
            #expect(reply.status == 200)
            #expect(try reply.json["expiresAt"] == nil)
        }
    }

    @Test(arguments: [
        (#"{"actoin": {}}"#, 400, "unknown-field"), (#"{"stage": "listen"}"#, 422, "validation-failed"),
        (#"{"action": {"type": "alert", "description": 1}}"#, 422, "validation-failed"),
        ("[]", 422, "validation-failed"),
        (#"{"id": "g"}"#, 422, "validation-failed"), (#"{"stage": null}"#, 422, "validation-failed"),
    ])
    func `a patch that makes no rule changes nothing`(patch: String, status: Int, code: String) async throws {
        try await ControlScene.with { scene in
            _ = try await scene.http.send("PUT", "/v1/faults/f", json: Self.rule)
            let before = try await scene.http.get("/v1/faults/f").text
            let reply = try await scene.http.send("PATCH", "/v1/faults/f", json: patch)
            #expect(reply.status == status)
            #expect(reply.code == code)
            #expect(try await scene.http.get("/v1/faults/f").text == before)
        }
    }

    @Test func `a rule that is not there cannot be patched`() async throws {
        try await ControlScene.with { scene async throws in
            #expect(try await scene.http.send("PATCH", "/v1/faults/f", json: "{}").code == "not-found")
        }
    }
}
