import ControlAPI
import PushLedger
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Checks of what was pushed, with near misses; the search language; deletion; open waits.
// A limit counts the wait for one of the few places where services may run.
@Suite(.mayTake(minutes: 10))
struct VerifyRouteTests {
    private func post(_ path: String, _ body: String, _ scene: ControlScene) async throws -> HTTPReply {
        try await scene.http.send("POST", "/v1/notifications/\(path)", json: body)
    }

    @Test func `feature 10: a failed verify names the closest push and marks each criterion`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("Hello", "Bye", to: token)
            let body = #"{"match":{"topic":"com.example.app","identifier":2,"payload":{"aps":{"alert":"Hullo"}}}}"#
            let json = try await post("verify", body, scene).json
            #expect(json["satisfied"] == .bool(false))
            #expect(json["matched"] == .number(0))
            #expect(json["expected"] == "at least 1")
            #expect(json.at("nearMisses", "0", "notification", "id") == "n-2")
            let criteria = try #require(json.at("nearMisses", "0", "criteria")?.array)
            #expect(criteria.map { $0["field"]?.string } == ["topic", "identifier", "payload"])
            #expect(criteria.map { $0["pass"] } == [.bool(true), .bool(true), .bool(false)])
            #expect(criteria[1]["expected"] == "2")
            #expect(criteria[1]["actual"] == "2")
            #expect(criteria[2]["actual"]?.string?.contains("Bye") == true)
        }
    }

    @Test(arguments: [
        (#""count":2"#, true), (#""count":1"#, false), (#""atLeast":2"#, true), (#""atLeast":3"#, false),
        (#""atMost":2"#, true), (#""atMost":1"#, false), (#""atLeast":1,"atMost":3"#, true), (#""count":0"#, false),
    ])
    func `feature 10: a passed verify says how many matched`(count: String, satisfied: Bool) async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", "2", to: token)
            let json = try await post("verify", "{\(count)}", scene).json
            #expect(json["satisfied"] == .bool(satisfied))
            #expect(json["matched"] == .number(2))
        }
    }

    @Test func `a near miss is never another topic's push`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token, topic: ControlScene.otherTopic)
            let json = try await post("verify", #"{"match":{"topic":"com.example.app"}}"#, scene).json
            #expect(json["nearMisses"] == [])
        }
    }

    @Test func `an unsatisfied wait says what came closest`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            let json = try await post("wait", #"{"match":{"identifier":9},"timeoutMs":5}"#, scene).json
            #expect(json.at("nearMisses", "0", "criteria", "0", "actual") == "1")
        }
    }

    @Test(arguments: [
        (#"{"count":1,"atMost":2}"#, 422), (#"{"atLeast":3,"atMost":2}"#, 422), (#"{"match":{"payload":1}}"#, 422),
        (#"{"match":{"tokn":"ab"}}"#, 400), (#"{"match":{"q":"status:x"}}"#, 422), (#"{"match":{"q":"\"open"}}"#, 422),
        (#"{"match":{"q":"stat:1"}}"#, 422),
    ])
    func `a check that is not understood is refused with the nearest name`(body: String, status: Int) async throws {
        try await ControlScene.with { scene in
            let reply = try await post("verify", body, scene)
            #expect(reply.status == status)
            if body.contains("tokn") { #expect(try reply.json["hint"]?.string?.contains("token?") == true) }
            if body.contains("stat:") { #expect(try reply.json["detail"]?.string?.contains("status?") == true) }
        }
    }

    @Test(arguments: [
        ("verdict:accepted", [1, 2]), ("verdict:rejected+status:8", [3]), ("status:1..8", [3]), ("status:..7", []),
        ("topic:com.example*", [1, 2, 3]), ("topic:com.example", []), ("topic:~ample.ap", [1, 2, 3]),
        ("token:EE*", [3]), ("!has:badge+verdict:accepted", [1, 2]), ("has:alert", [1, 2, 3]), ("after:5m", [1, 2, 3]),
        ("before:5m", []), ("one", [1]), ("!one+!two", [3]), ("payload.aps.alert:t*", [2, 3]),
        ("identifier:2..", [2, 3]),
        ("fate:stored", [2]), ("environment:production", []), ("device:phone", [1, 2]), ("bytes:1..9999", [1, 2, 3]),
        (#"%22aps%22"#, [1, 2, 3]), ("command:1+priority:10", []),
    ])
    func `feature 18: the search language means the same wherever it is asked`(
        query: String,
        numbers: [Int]
    ) async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("one", "two", to: token)
            try await scene.push([.alert("three", to: try .repeating(0xEE), identifier: 3)])
            let listed = try await scene.http.get("/v1/notifications?q=\(query)")
            #expect(listed.items.map { $0["seq"]?.integer } == numbers)
            let plain = query.replacing("+", with: " ").replacing("%22", with: #"\""#)
            let checked = try await post("verify", #"{"match":{"q":"\#(plain)"}}"#, scene).json
            #expect(checked["matched"]?.integer == numbers.count)
        }
    }

    @Test func `what matches can be deleted, and the counters go on adding up`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", "2", to: token)
            let reply = try await scene.http.send("DELETE", "/v1/notifications?identifier=2")
            #expect(try reply.json["deleted"] == .number(1))
            #expect(try await scene.http.get("/v1/notifications/n-2").code == "forgotten")
            #expect(try await scene.http.get("/v1/notifications").items.count == 1)
            #expect(try await scene.operations.counters().received == 2)
            try await scene.push("3", to: token)
            let counters = try await scene.operations.counters()
            #expect(counters.addUp)
            #expect(counters[.coalesced] == 2)
            #expect(counters[.stored] == 1)
        }
    }

    @Test func `open waits are listed and can be ended`() async throws {
        try await ControlScene.with { scene in
            async let reply = post("wait", #"{"match":{"topic":"com.example.app"},"timeoutMs":60000}"#, scene)
            while try await scene.http.get("/v1/waits").items.isEmpty { await Task.yield() }
            let wait = try #require(try await scene.http.get("/v1/waits?topic=com.example.app").items.first)
            #expect(wait["id"]?.string?.hasPrefix("w-") == true)
            #expect(wait.at("match", "topic") == "com.example.app")
            #expect(try await scene.http.get("/v1/waits?topic=other").items.isEmpty)
            let ended = try await scene.http.send("DELETE", "/v1/waits?topic=com.example.app")
            #expect(try ended.json["ended"] == .number(1))
            #expect(try await reply.json["satisfied"] == .bool(false))
        }
    }
}
