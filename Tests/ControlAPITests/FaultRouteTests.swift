import ControlAPI
import PushTestSupport
import Testing

/// Rules as several tests add them to one server at a time.
@Suite(.mayTake(minutes: 5))
struct FaultRouteTests {
    private static let rule = #"{"stage": "frame", "action": {"type": "lose"}}"#

    @Test
    func `rules that are added at the same moment are all in force, each with an id of its own`() async throws {
        try await ControlScene.with { scene in
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        try await scene.http.send("POST", "/v1/faults", json: Self.rule).json.at("id")?.string
                    }
                }
                return try await group.reduce(into: [String]()) { ids, id in ids.append(try #require(id)) }
            }
            #expect(Set(ids).count == 40)
            #expect(try await scene.http.get("/v1/faults").items.count == 40)
        }
    }

    @Test
    func `an id is not given again to another rule`() async throws {
        try await ControlScene.with { scene in
            let first = try await scene.http.send("POST", "/v1/faults", json: Self.rule).json.at("id")
            _ = try await scene.http.send("DELETE", "/v1/faults")
            let second = try await scene.http.send("POST", "/v1/faults", json: Self.rule).json.at("id")
            #expect(first != second)
        }
    }

    @Test
    func `an empty id is refused`() async throws {
        try await ControlScene.with { scene in
            let body = #"{"id": "", "stage": "frame", "action": {"type": "lose"}}"#
            let reply = try await scene.http.send("POST", "/v1/faults", json: body)
            #expect(reply.status == 422)
        }
    }
}
