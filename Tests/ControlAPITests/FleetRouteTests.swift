import ControlAPI
import MockDevice
import PushLedger
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Fleets, by HTTP.
struct FleetRouteTests {
    private static let path = "/v1/fleets/commuters"

    private func post(_ more: String, count: Int = 20, _ scene: ControlScene) async throws -> HTTPReply {
        try await scene.http.send(
            "POST",
            "/v1/fleets",
            json: #"{"name":"commuters","count":\#(count),"apps":[{"topic":"com.example.app"}]\#(more)}"#
        )
    }

    private func wait(_ goal: String, _ scene: ControlScene) async throws -> JSONValue {
        let reply = try await scene.http.send("POST", "\(Self.path)/wait", json: goal)
        #expect(reply.status == 200)
        return try reply.json
    }

    private func number(_ json: JSONValue, _ path: String...) -> String? {
        var value: JSONValue? = json
        for name in path { value = value?[name] }
        if case .number(let text)? = value { return text }
        return nil
    }

    @Test func `a fleet is made, connects, is looked at and deleted with its devices`() async throws {
        try await ControlScene.with { scene in
            let made = try await self.post("", scene)
            #expect(made.status == 201 && made.headers["location"] == Self.path)
            #expect(try self.number(made.json, "progress", "devices") == "20")
            let up = try await self.wait(#"{"connected":20,"registered":20,"timeoutMs":30000}"#, scene)
            #expect(up["satisfied"] == .bool(true))
            #expect(self.number(up, "fleet", "progress", "wanted") == "20")
            #expect(self.number(up, "fleet", "counts", "connections") == "20")
            #expect(try await scene.http.get("/v1/fleets").items.map { $0["name"] } == ["commuters"])

            let devices = try await scene.http.get("/v1/devices?fleet=commuters").items
            #expect(devices.count == 20)
            let tokens = Set(devices.compactMap { $0.at("apps", "0", "token")?.string })
            #expect(tokens.count == 20)
            for token in tokens { try await scene.push("hi", to: try #require(DeviceToken(hexadecimal: token))) }
            let told = try await self.wait(#"{"received":20,"timeoutMs":30000}"#, scene)
            #expect(told["satisfied"] == .bool(true) && self.number(told, "fleet", "counts", "received") == "20")

            #expect(try await scene.http.send("DELETE", Self.path).status == 204)
            #expect(try await scene.http.get(Self.path).status == 404)
            #expect(try await scene.http.get("/v1/devices").items.isEmpty)
            #expect(try await scene.http.get("/v1/devices?fleet=commuters").status == 404)
            #expect(try await scene.http.send("DELETE", Self.path).status == 404)
        }
    }

    @Test func `on a manual clock devices connect at their rate as the clock is moved, and progress tells`()
        async throws
    {
        try await ControlScene.with(clock: ProductClock(.manual)) { scene in
            let made = try await self.post(#","connectRate":2"#, count: 10, scene)
            #expect(made.status == 201)
            #expect(try await self.wait(#"{"online":1,"timeoutMs":30000}"#, scene)["satisfied"] == .bool(true))
            let none = try await self.wait(#"{"online":2,"timeoutMs":20}"#, scene)
            #expect(none["satisfied"] == .bool(false))
            #expect(self.number(none, "fleet", "progress", "waitingForTurn") == "9")
            #expect(self.number(none, "fleet", "progress", "wanted") == "10")
            _ = try await scene.http.send("POST", "/v1/clock/advance", json: #"{"ms":2000}"#)
            let some = try await self.wait(#"{"online":5,"timeoutMs":30000}"#, scene)
            #expect(self.number(some, "fleet", "progress", "online") == "5")
            _ = try await scene.http.send("POST", "/v1/clock/advance", json: #"{"ms":10000}"#)
            let all = try await self.wait(#"{"connected":10,"timeoutMs":30000}"#, scene)
            #expect(all["satisfied"] == .bool(true))
        }
    }

    @Test(.seed("000-03", "000-05"))
    func `away while they are pushed to, all wake up at once and get the last push`() async throws {
        try await ControlScene.with { scene in
            #expect(try await self.post(#","connected":false"#, scene).status == 201)
            let devices = try await scene.http.get("/v1/devices?fleet=commuters").items
            #expect(devices.allSatisfy { $0["connected"] == .bool(false) })
            for device in devices {
                let token = try #require(
                    device.at("apps", "0", "token")?.string.flatMap { DeviceToken(hexadecimal: $0) }
                )
                try await scene.push("first", "last", to: token)
            }
            let woken = try await scene.http.send("POST", "\(Self.path)/wake-up")
            #expect(try woken.status == 200 && self.number(woken.json, "progress", "wanted") == "20")
            let told = try await self.wait(#"{"received":20,"timeoutMs":30000}"#, scene)
            #expect(told["satisfied"] == .bool(true) && told.at("fleet", "connected") == .bool(true))
            let counters = try await scene.operations.counters()
            #expect(counters.coalesced == 20 && counters.addUp)
        }
    }

    @Test func `a wake-up gives the fleet's own network back, at a rate`() async throws {
        try await ControlScene.with(clock: ProductClock(.manual)) { scene in
            _ = try await self.post("", count: 6, scene)
            _ = try await self.wait(#"{"connected":6,"timeoutMs":30000}"#, scene)
            for number in 1...6 {
                let body = #"{"network":"roaming-off"}"#
                let reply = try await scene.http.send("PATCH", "/v1/devices/commuters-\(number)", json: body)
                #expect(reply.status == 200)
            }
            let gone = try await scene.http.get(Self.path).json
            #expect(
                self.number(gone, "progress", "withoutNetwork") == "6" && self.number(gone, "progress", "online") == "0"
            )
            _ = try await scene.http.send("POST", "\(Self.path)/wake-up", json: #"{"connectRate":1}"#)
            _ = try await self.wait(#"{"online":1,"timeoutMs":30000}"#, scene)
            let first = try await scene.http.get(Self.path).json
            #expect(self.number(first, "progress", "waitingForTurn") == "5")
            _ = try await scene.http.send("POST", "/v1/clock/advance", json: #"{"ms":5000}"#)
            let all = try await self.wait(#"{"connected":6,"online":6,"timeoutMs":30000}"#, scene)
            #expect(all["satisfied"] == .bool(true))
        }
    }

    @Test func `a reconnect storm cuts every connection, and all come back within their jitter`() async throws {
        try await ControlScene.with(clock: ProductClock(.manual)) { scene in
            _ = try await self.post(#","reconnectJitter":"5s""#, scene)
            _ = try await self.wait(#"{"connected":20,"timeoutMs":30000}"#, scene)
            let storm = try await scene.http.send("POST", "\(Self.path)/reconnect", json: #"{"jitter":"30s"}"#)
            #expect(try storm.status == 200 && self.number(storm.json, "cut") == "20")
            #expect(try self.number(storm.json, "fleet", "progress", "online") == "0")
            _ = try await scene.http.send("POST", "/v1/clock/advance", json: #"{"ms":31000}"#)
            let back = try await self.wait(#"{"connected":20,"timeoutMs":30000}"#, scene)
            #expect(self.number(back, "fleet", "counts", "connections") == "40")
        }
    }

    @Test func `a fleet is changed: networks by name, parameters and weight, keep-alive, away`() async throws {
        try await ControlScene.with { scene in
            _ = try await self.post(#","networks":["ideal",{"network":"lift","weight":3}]"#, scene)
            var fleet = try await scene.http.get(Self.path).json
            #expect(fleet.at("networks", "1", "network", "profile") == "lift")
            #expect(fleet.at("networks", "1", "weight") == .number(3))
            var names = try await scene.http.get("/v1/devices?fleet=commuters").items.map {
                $0.at("network", "profile")
            }
            #expect(names.count { $0 == "lift" } == 15)
            let patch = """
                {"networks":{"profile":"ideal","latency":"1ms"},"keepAlive":"windows-mobile","connectRate":50,
                 "reconnectJitter":2,"connected":false}
                """
            let patched = try await scene.http.send("PATCH", Self.path, json: patch)
            #expect(patched.status == 200)
            fleet = try patched.json
            #expect(fleet["keepAlive"] == "windows-mobile" && fleet["connectRate"] == .number(50))
            #expect(fleet["reconnectJitter"] == "2s" && fleet["connected"] == .bool(false))
            #expect(self.number(fleet, "progress", "wanted") == "0")
            names = try await scene.http.get("/v1/devices?fleet=commuters").items.map { $0.at("network", "name") }
            #expect(Set(names) == ["ideal, changed"])
            let back = try await scene.http.send("PATCH", Self.path, json: #"{"connectRate":null,"connected":true}"#)
            #expect(try back.json["connectRate"] == .null)
        }
    }

    @Test func `a name that is taken is refused, and nothing is left behind`() async throws {
        try await ControlScene.with { scene in
            try await scene.service.addPhone("commuters-7")
            let refused = try await self.post("", scene)
            #expect(try refused.status == 409 && refused.json["code"] == "name-taken")
            #expect(try refused.json["detail"]?.string?.contains("commuters-7") == true)
            #expect(try await scene.http.get("/v1/devices").items.count == 1)
            #expect(try await scene.http.get("/v1/fleets").items.isEmpty)
            _ = try await scene.http.send("DELETE", "/v1/devices/commuters-7")
            #expect(try await self.post("", scene).status == 201)
            #expect(try await self.post("", scene).status == 409)
        }
    }

    @Test(arguments: [
        (#"{"count":3}"#, "/name"), (#"{"name":"x"}"#, "/count"), (#"{"name":"x","count":0}"#, "/count"),
        (#"{"name":"x","count":10001}"#, "/count"), (#"{"name":"","count":1}"#, "/name"),
        (#"{"name":"a\u0000b","count":1}"#, "/name"), (#"{"name":"x","count":1,"connectRate":0}"#, "/connectRate"),
        (#"{"name":"x","count":1,"connectRate":"fast"}"#, "/connectRate"),
        (#"{"name":"x","count":1,"reconnectJitter":"soon"}"#, "/reconnectJitter"),
        (#"{"name":"x","count":1,"networks":[]}"#, "/networks"),
        (#"{"name":"x","count":1,"networks":["nowhere"]}"#, "/networks/0"),
        (#"{"name":"x","count":1,"networks":[{"network":"lift","weight":0}]}"#, "/networks/0/weight"),
        (#"{"name":"x","count":1,"networks":[{"weight":1}]}"#, "/networks/0/network"),
        (#"{"name":"x","count":1,"keepAlive":"never"}"#, "/keepAlive"),
        (
            #"{"name":"x","count":2,"apps":[{"topic":"t","token":"\#(String(repeating: "ab", count: 32))"}]}"#,
            "/apps/0/token"
        ),
        (#"{"name":"x","count":2,"apps":[{"topic":"t","entitlement":"production"}]}"#, "/apps/0/entitlement"),
        (#"{"name":"x","count":2,"apps":[{"topic":"t"},{"topic":"t"}]}"#, "/apps/1/topic"),
        (#"{"name":"x","count":2,"environment":"moon"}"#, "/environment"),
    ])
    func `what no fleet can be is refused with its place`(_ body: String, _ pointer: String) async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.send("POST", "/v1/fleets", json: body)
            #expect(reply.status == 422)
            let json = try reply.json
            #expect(json.at("errors", "0", "pointer")?.string == pointer, "\(json)")
            #expect(try await scene.http.get("/v1/devices").items.isEmpty)
        }
    }

    @Test func `what does not exist is refused by name`() async throws {
        try await ControlScene.with { scene in
            #expect(try await self.post(#","rate":5"#, scene).json["code"] == "unknown-field")
            for (method, path) in [
                ("GET", ""), ("DELETE", ""), ("POST", "/wake-up"), ("POST", "/reconnect"), ("POST", "/wait"),
            ] {
                #expect(try await scene.http.send(method, "/v1/fleets/nobody\(path)").status == 404)
            }
            _ = try await self.post("", count: 1, scene)
            let count = try await scene.http.send("PATCH", Self.path, json: #"{"count":3}"#)
            #expect(try count.json["code"] == "unknown-field", "a fleet keeps its size")
        }
    }

    @Test func `a reset takes fleets along, by topic if it names one`() async throws {
        try await ControlScene.with { scene in
            _ = try await self.post("", count: 3, scene)
            let other = #"{"name":"others","count":2,"apps":[{"topic":"com.example.other"}]}"#
            _ = try await scene.http.send("POST", "/v1/fleets", json: other)
            let first = try await scene.http.send(
                "POST",
                "/v1/reset",
                json: #"{"what":["devices"],"topic":"com.example.app"}"#
            )
            #expect(try first.json["devices"] == .number(3))
            #expect(try await scene.http.get("/v1/fleets").items.map { $0["name"] } == ["others"])
            _ = try await scene.http.send("POST", "/v1/reset")
            #expect(try await scene.http.get("/v1/devices").items.isEmpty)
        }
    }

    // MARK: - What a sender learns

    @Test(.seed("000-02", "000-14"))
    func `accepted means queued; what was sent to a device while it was away is counted, and asked for elsewhere`()
        async throws
    {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone("phone", connected: false)[0]
            try await scene.push("1", "2", "3", "4", "5", to: token)
            let counters = try await scene.operations.counters()
            #expect(counters.accepted == 5 && counters.rejected == 0, "all the sender hears")
            #expect(counters.delivered == 0)
            func total(_ fate: String) async throws -> JSONValue? {
                try await scene.http.get("/v1/notifications?device=phone&fate=\(fate)").json["total"]
            }
            #expect(try await total("coalesced") == .number(4))
            #expect(try await total("stored") == .number(1))
            try await scene.service.fleet.connect("phone")
            let wait = try await scene.operations.wait(for: NotificationFilter(fate: .delivered), timeout: .seconds(10))
            #expect(wait.satisfied)
            #expect(try await total("coalesced") == .number(4), "four sends that need not have been")
            #expect(try await total("delivered") == .number(1))
        }
    }
}
