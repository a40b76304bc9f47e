import ControlAPI
import MockDevice
import PushLedger
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// A phone's registration, permissions and settings, by HTTP.
struct PhoneRouteTests {
    private static let path = "/v1/devices/phone-1"
    private static let appPath = "/v1/devices/phone-1/apps/com.example.app"

    private func put(_ app: String, _ scene: ControlScene, more: String = "") async throws -> HTTPReply {
        try await scene.http.send(
            "PUT",
            Self.path,
            json: #"{"apps":[{"topic":"com.example.app"\#(app)}]\#(more)}"#
        )
    }

    private func app(_ scene: ControlScene) async throws -> JSONValue {
        try #require(try await scene.http.get(Self.path).json.at("apps", "0"))
    }

    @Test(.seed("004-31"))
    func `an app without the entitlement is told so, and the service never hears of it`() async throws {
        try await ControlScene.with { scene in
            let reply = try await put(#","entitlement":"missing""#, scene)
            #expect(reply.status == 201)
            let app = try #require(reply.json.at("apps", "0"))
            #expect(app["registration"] == "failed" && app["token"] == .null && app["entitlement"] == "missing")
            #expect(app["registrationError"]?.string?.contains("aps-environment") == true)
            #expect(try reply.json["connected"] == .bool(false))

            let better = try await scene.http.send("PUT", Self.appPath, json: #"{"entitlement":"development"}"#)
            #expect(try better.json["registration"] == "registered")
        }
    }

    @Test(.seed("004-31", "004-29", "004-19"))
    func `an app signed for the other environment has its connection there`() async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.send(
                "PUT",
                Self.path,
                json: #"{"apps":[{"topic":"com.example.app"},{"topic":"com.example.b","entitlement":"production"}]}"#
            )
            #expect(reply.status == 201)
            let json = try reply.json
            #expect(json["environment"] == "sandbox" && json["connected"] == .bool(true))
            #expect(json.at("otherEnvironment", "environment") == "production")
            #expect(json.at("otherEnvironment", "connected") == .bool(true))
            #expect(json.at("otherEnvironment", "apps", "0", "topic") == "com.example.b")
            #expect(json.at("otherEnvironment", "baseToken") != json["baseToken"])
            #expect(try await scene.http.get("/v1/devices").items.count == 1, "it is one phone")

            let patched = try await scene.http.send("PATCH", Self.path, json: #"{"connected":false}"#)
            #expect(try patched.json.at("otherEnvironment", "connected") == .bool(false))
            #expect(try await scene.http.send("DELETE", "\(Self.path)/apps/com.example.b").status == 204)
            #expect(try await scene.http.send("DELETE", Self.path).status == 204)
            #expect(try await scene.operations.devices().isEmpty)
        }
    }

    @Test(.seed("004-30"))
    func `an app run while the phone is away waits for its callback`() async throws {
        try await ControlScene.with { scene in
            #expect(try await put("", scene, more: #","connected":false"#).status == 201)
            let launched = try await scene.http.send("POST", "\(Self.appPath)/launch")
            #expect(launched.status == 200)
            #expect(try launched.json["registration"] == "pending")
            _ = try await scene.http.send("PATCH", Self.path, json: #"{"connected":true}"#)
            #expect(try await app(scene)["registration"] == "registered")
        }
    }

    @Test(.seed("004-32"))
    func `after a restore the old token is refused, and the app has another once it was run`() async throws {
        try await ControlScene.with { scene in
            _ = try await put("", scene)
            let old = try #require(try await app(scene)["token"]?.string)
            let restored = try await scene.http.send("POST", "\(Self.path)/restore")
            #expect(restored.status == 200)
            #expect(try restored.json.at("apps", "0", "registration") == "unasked")
            #expect(try restored.json.at("apps", "0", "token") == .null)
            try await scene.push("to the old one", to: try #require(DeviceToken(hexadecimal: old)))
            let refused = try await scene.http.get("/v1/notifications/latest").json
            #expect(refused["verdict"] == "rejected" && refused["status"] == .number(8))

            // Looking after the phone in other ways does not run the app.
            _ = try await scene.http.send("PATCH", Self.path, json: #"{"connected":true}"#)
            #expect(try await app(scene)["registration"] == "unasked")
            let launched = try await scene.http.send("POST", "\(Self.appPath)/launch").json
            #expect(launched["registration"] == "registered")
            let new = try #require(launched["token"]?.string)
            #expect(new != old && launched["handedOver"] == .string(new))
            try await scene.push("to the new one", to: try #require(DeviceToken(hexadecimal: new)))
            let wait = try await scene.operations.wait(
                for: NotificationFilter(fate: .delivered),
                timeout: .seconds(10)
            )
            #expect(wait.satisfied)
        }
    }

    @Test(.seed("004-35"))
    func `an app that keeps its first token hands over a wrong one after a restore`() async throws {
        try await ControlScene.with { scene in
            _ = try await put(#","handsOver":"first""#, scene)
            let old = try #require(try await app(scene)["token"])
            _ = try await scene.http.send("POST", "\(Self.path)/restore")
            let launched = try await scene.http.send("POST", "\(Self.appPath)/launch").json
            #expect(launched["handedOver"] == old && launched["token"] != old)
        }
    }

    @Test(.seed("004-34"))
    func `the question for permission waits for its answer, and comes again after a day without the app`() async throws
    {
        try await ControlScene.with(clock: ProductClock(.manual)) { scene in
            let ask = #","permission":"ask""#
            #expect(try await put(ask, scene).json.at("apps", "0", "permission") == "asking")
            let denied = try await scene.http.send("PUT", Self.appPath, json: #"{"permission":"denied"}"#).json
            #expect(denied["permission"] == "denied" && denied["filter"] == "ignored")
            let again = try await scene.http.send("PUT", Self.appPath, json: #"{"permission":"ask"}"#)
            #expect(again.status == 409, "there is no asking twice")

            for (hours, expected) in [(23, "denied"), (24, "asking")] {
                #expect(try await scene.http.send("DELETE", Self.appPath).status == 204)
                _ = try await scene.http.send("POST", "/v1/clock/advance", json: #"{"ms":\#(hours * 3_600_000)}"#)
                let back = try await scene.http.send("PUT", Self.appPath, json: #"{"permission":"ask"}"#)
                #expect(back.status == 201)
                #expect(try back.json["permission"] == .string(expected), "after \(hours) hours")
            }
        }
    }

    @Test(.seed("004-24"))
    func `the Notifications switch ends the connection and makes it anew`() async throws {
        try await ControlScene.with { scene in
            _ = try await put("", scene)
            let connections = try await scene.operations.connections(limit: 100).total
            let off = try await scene.http.send("PATCH", Self.path, json: #"{"notifications":false}"#).json
            #expect(off["connected"] == .bool(false) && off["notifications"] == .bool(false))
            let on = try await scene.http.send("PATCH", Self.path, json: #"{"notifications":true}"#).json
            #expect(on["connected"] == .bool(true))
            #expect(try await scene.operations.connections(limit: 100).total == connections + 1)
        }
    }

    @Test func `an app is sorted as asked, and what waits says why`() async throws {
        try await ControlScene.with { scene in
            let reply = try await put(#","filter":"paused""#, scene)
            #expect(try reply.json.at("apps", "0", "filter") == "paused")
            let token = try #require(
                reply.json.at("apps", "0", "token")?.string.flatMap { DeviceToken(hexadecimal: $0) }
            )
            try await scene.push("hi", to: token)
            let pushed = try await scene.http.get("/v1/notifications/latest").json
            #expect(pushed["fate"] == "stored" && pushed.at("fateReason", "code") == "topic-paused")
            _ = try await scene.http.send("PUT", Self.appPath, json: #"{"filter":"enabled"}"#)
            let wait = try await scene.operations.wait(
                for: NotificationFilter(fate: .delivered),
                timeout: .seconds(10)
            )
            #expect(wait.satisfied)
        }
    }

    @Test(.seed("004-36", "004-38", "004-39"))
    func `a phone's trace can be read, and read on, with either form of topic`() async throws {
        try await ControlScene.with { scene in
            _ = try await put("", scene)
            let token = try #require(try await app(scene)["token"]?.string.flatMap { DeviceToken(hexadecimal: $0) })
            let first = try await scene.http.get("\(Self.path)/trace").json
            let lines = (first["items"]?.array ?? []).compactMap { $0["line"]?.string }
            #expect(
                lines.contains {
                    $0.hasPrefix("Connected to courier ") && $0.hasSuffix("courier.sandbox.push.apple.com")
                }
            )
            let after = try #require(first["after"]).description
            try await scene.push("hi", to: token)
            _ = try await scene.operations.wait(for: NotificationFilter(fate: .delivered), timeout: .seconds(10))
            let named = try await scene.http.get("\(Self.path)/trace?after=\(after)").items
            #expect(named.map { $0["line"] } == ["Received message for enabled topic com.example.app"])
            let hashed = try await scene.http.get("\(Self.path)/trace?after=\(after)&topics=hash").items
            #expect(
                hashed.map { $0["line"] }
                    == ["Received message for enabled topic a003f1da17993ee51f2b3ceef6c6153afa8f3ec2"]
            )
            #expect(try await scene.http.get("\(Self.path)/trace?topics=both").status == 422)
            #expect(try await scene.http.get("/v1/devices/nobody/trace").status == 404)
        }
    }

    @Test(.seed("003-18"), arguments: [#""windows-mobile""#, #"{"profile":"windows-mobile","minimum":120}"#])
    func `how a phone keeps its connection alive is a name or numbers`(_ keepAlive: String) async throws {
        try await ControlScene.with { scene in
            let reply = try await put("", scene, more: #","keepAlive":\#(keepAlive)"#)
            #expect(reply.status == 201)
            let shown = try #require(reply.json["keepAlive"])
            #expect(shown["strategy"] == "direct-push" && shown["interval"] == .number(480))
            #expect(shown["minimum"] == .number(keepAlive.hasPrefix("{") ? 120 : 480))
            let patched = try await scene.http.send("PATCH", Self.path, json: #"{"connected":false}"#)
            #expect(try patched.json["keepAlive"] == shown, "and stays")
        }
    }

    @Test(
        arguments: [
            (#","permission":"maybe""#, "", "/apps/0/permission"), (#","filter":"loud""#, "", "/apps/0/filter"),
            (#","handsOver":"none""#, "", "/apps/0/handsOver"), ("", #","keepAlive":"never""#, "/keepAlive"),
            ("", #","keepAlive":{"start":60}"#, "/keepAlive"),
        ]
    )
    func `a value that cannot be is refused where it stands`(
        _ app: String,
        _ more: String,
        _ pointer: String
    ) async throws {
        try await ControlScene.with { scene in
            let reply = try await put(app, scene, more: more)
            #expect(reply.status == 422)
            #expect(try reply.json.at("errors", "0", "pointer")?.string == pointer)
        }
    }
}
