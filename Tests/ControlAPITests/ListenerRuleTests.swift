import ControlAPI
import MockProvider
import NIOCore
import NIOPosix
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

/// Rules that have a port closed, through the API.
struct ListenerRuleTests {
    @Test func `a rule closes the gateway's port, and when it is deleted the port is open again`() async throws {
        try await ControlScene.with { scene in
            let body = #"{"id":"down","stage":"listen","match":{"service":"gateway"},"action":{"type":"refuse"}}"#
            let added = try await scene.http.send("POST", "/v1/faults", json: body)
            #expect(added.status == 201)
            #expect(try added.json.at("hits") == .number(1))
            await #expect(throws: NIOConnectionError.self) { try await scene.service.client().connect() }
            #expect(try await scene.http.send("DELETE", "/v1/faults/down").status == 204)
            try await scene.service.client().connect().close()
        }
    }

    @Test(arguments: [
        (#""match":{"topic":"com.example.app"}"#, "/match"), (#""match":{"identifier":7}"#, "/match"),
        (#""trigger":{"times":1}"#, "/trigger"), (#""trigger":{"probability":0.5}"#, "/trigger"),
        (#""trigger":{"skipFirst":1}"#, "/trigger"),
    ])
    func `what a listener cannot know or count is refused`(_ member: String, _ pointer: String) async throws {
        try await ControlScene.with { scene in
            let body = "{\"stage\":\"listen\",\(member),\"action\":{\"type\":\"refuse\"}}"
            let reply = try await scene.http.send("POST", "/v1/faults", json: body)
            #expect(reply.status == 422)
            #expect(try reply.json.at("errors", "0", "pointer")?.string == pointer)
            try await scene.service.client().connect().close()
        }
    }
}
