import APNSWire
import ControlAPI
import PushVocabulary
import ServiceTestSupport
import Testing

struct NotificationRouteTests {
    @Test func `five frames with an unknown token in the middle are listed with what became of each`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            let unknown = try DeviceToken.repeating(9)
            try await scene.push([
                .alert("1", to: token, identifier: 1), .alert("2", to: token, identifier: 2),
                .alert("3", to: unknown, identifier: 3), .alert("4", to: token, identifier: 4),
                .alert("5", to: token, identifier: 5),
            ])
            let reply = try await scene.http.get("/v1/notifications")
            #expect(reply.status == 200)
            #expect(reply.headers["content-type"] == "application/json")
            #expect(try reply.json.names == ["items", "nextCursor", "total", "cursor"])
            #expect(try reply.json["total"] == .number(5))
            #expect(try reply.json["nextCursor"] == .null)
            let items = reply.items
            #expect(
                items.map { $0["verdict"]?.string } == ["accepted", "accepted", "rejected", "discarded", "discarded"]
            )
            #expect(items.map { $0["status"] } == [.null, .null, .number(8), .null, .null])
            #expect(items.map { $0["replySent"] } == [nil, nil, .bool(true), nil, nil])
            #expect(items.map { $0["fate"] } == [.string("coalesced"), .string("stored"), .null, .null, .null])
            #expect(items.map { $0.at("wire", "identifier")?.integer } == [1, 2, 3, 4, 5])
            #expect(items[0].at("fateReason", "code")?.string == "replaced")
            #expect(items[0].at("fateReason", "by")?.string == items[1]["id"]?.string)
            #expect(items[3].at("verdictReason", "by")?.string == items[2]["id"]?.string)
            var offset = 0
            for item in items {
                #expect(item.at("wire", "offset")?.integer == offset)
                offset += item.at("wire", "length")?.integer ?? 0
            }
        }
    }

    @Test func `a notification object has the documented members, and the payload as the provider ordered it`()
        async throws
    {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            let payload = #"{"z":1.50,"aps":{"badge":3,"alert":"hi"},"a":[]}"#
            try await scene.push([
                OutgoingNotification(
                    format: .enhanced,
                    token: token.bytes,
                    payload: Array(payload.utf8),
                    identifier: 7,
                    expiry: 2_000_000_000,
                    priority: nil
                )
            ])
            let reply = try await scene.http.get("/v1/notifications/n-1")
            #expect(reply.text.contains(#""payload":\#(payload),"payloadBytes":\#(payload.utf8.count)"#))
            let json = try reply.json
            #expect(
                json.names == [
                    "id", "seq", "service", "environment", "topic", "device", "token", "receivedAt", "clockAt",
                    "verdict", "status", "fate", "fateReason", "explanation", "payload", "payloadBytes",
                    "connectionId", "timeline", "wire", "circumstances",
                ]
            )
            #expect(json["token"]?.string == token.hexadecimal)
            #expect(json["connectionId"]?.string == "c-1")
            #expect(json["timeline"]?.array?.map { $0["event"]?.string } == ["accepted", "stored"])
            #expect(
                json["wire"] == [
                    "command": .number(1), "identifier": .number(7), "expiry": .number(2_000_000_000),
                    "offset": .number(0), "length": .number(45 + payload.utf8.count),
                ]
            )
        }
    }

    @Test func `a payload that is no JSON comes as base64 with a note, and as it was from its own path`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push([
                OutgoingNotification(
                    format: .enhanced,
                    token: token.bytes,
                    payload: [0x7B, 0xFF],
                    identifier: 1,
                    expiry: 0,
                    priority: nil
                )
            ])
            let json = try await scene.http.get("/v1/notifications/n-1").json
            #expect(json["payload"] == nil)
            #expect(json["payloadBase64"]?.string == "e/8=")
            #expect(json["note"]?.string?.isEmpty == false)
            #expect(json["fate"]?.string == "undeliverable")
            let payload = try await scene.http.get("/v1/notifications/n-1/payload")
            #expect(payload.body == [0x7B, 0xFF])
            #expect(payload.headers["content-type"] == "application/octet-stream")
            let raw = try await scene.http.get("/v1/notifications/n-1/raw")
            #expect(raw.body.count == 47)
            #expect(raw.body.first == 1)
        }
    }

    @Test(arguments: [
        ("topic=com.example.app", [1, 2, 3]), ("topic=com.example.other", [4]), ("environment=sandbox", [1, 2, 3, 4]),
        ("environment=production", []), ("device=a%20phone", [1, 2]), ("device=a+phone", [1, 2]),
        ("verdict=rejected", [3]), ("fate=coalesced", [1]), ("fate=stored", [2, 4]), ("status=8", [3]),
        ("identifier=2", [2]), ("connectionId=c-1", [1, 2, 3, 4]), ("connectionId=c-2", []),
        ("topic=com.example.app&fate=stored", [2]), ("topic=never.seen", []),
    ])
    func `filters must all agree`(query: String, found: [Int]) async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone("a phone", connected: false)[0]
            let other = try await scene.service.addPhone(
                "b",
                topics: [ControlScene.otherTopic],
                connected: false
            )[0]
            try await scene.push([
                .alert("1", to: token, identifier: 1), .alert("2", to: token, identifier: 2),
                .alert("3", to: try .repeating(9), identifier: 3),
            ])
            try await scene.push("4", to: other, topic: ControlScene.otherTopic)
            let reply = try await scene.http.get("/v1/notifications?\(query)")
            #expect(reply.items.map { $0["seq"]?.integer } == found)
            #expect(try reply.json["total"]?.integer == found.count)
            let upper = other.hexadecimal.uppercased()
            #expect(try await scene.http.get("/v1/notifications?token=\(upper)").items.count == 1)
        }
    }

    @Test func `pages follow each other while more arrives, in both orders`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", "2", "3", "4", "5", to: token)
            let first = try await scene.http.get("/v1/notifications?limit=2")
            let cursor = try #require(first.json["nextCursor"]?.string)
            try await scene.push("6", to: token)
            let second = try await scene.http.get("/v1/notifications?limit=3&cursor=\(cursor)")
            #expect(second.items.map { $0["seq"]?.integer } == [3, 4, 5])
            let end = try #require(try await scene.http.get("/v1/notifications").json["cursor"]?.string)
            try await scene.push("7", to: token)
            let news = try await scene.http.get("/v1/notifications?cursor=\(end)")
            #expect(news.items.map { $0["seq"]?.integer } == [7])
            let newest = try await scene.http.get("/v1/notifications?order=desc&limit=2")
            #expect(newest.items.map { $0["seq"]?.integer } == [7, 6])
            let next = try #require(newest.json["nextCursor"]?.string)
            let older = try await scene.http.get("/v1/notifications?order=desc&limit=2&cursor=\(next)")
            #expect(older.items.map { $0["seq"]?.integer } == [5, 4])
        }
    }

    @Test func `the latest one that matches is found, or nothing is`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", "2", to: token)
            #expect(try await scene.http.get("/v1/notifications/latest").json["seq"] == .number(2))
            #expect(try await scene.http.get("/v1/notifications/latest?fate=coalesced").json["seq"] == .number(1))
            let none = try await scene.http.get("/v1/notifications/latest?fate=delivered")
            #expect(none.status == 404)
            #expect(none.code == "not-found")
        }
    }

    @Test func `an id never given out is told from one that a reset removed`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            #expect(try await scene.http.get("/v1/notifications/n-2").status == 404)
            #expect(try await scene.http.get("/v1/notifications/17").status == 404)
            #expect(try await scene.http.send("POST", "/v1/reset").status == 200)
            for path in ["n-1", "n-1/raw", "n-1/payload"] {
                let gone = try await scene.http.get("/v1/notifications/\(path)")
                #expect(gone.status == 410)
                #expect(gone.code == "forgotten")
            }
        }
    }
}
