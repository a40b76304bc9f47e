import ControlAPI
import MockDevice
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

struct DeviceRouteTests {
    private static let oneApp = #"{"apps":[{"topic":"com.example.app"}]}"#

    private func put(_ body: String, _ scene: ControlScene, name: String = "phone-1") async throws -> HTTPReply {
        try await scene.http.send("PUT", "/v1/devices/\(name)", json: body)
    }

    private func patch(_ body: String, _ scene: ControlScene) async throws -> HTTPReply {
        try await scene.http.send("PATCH", "/v1/devices/phone-1", json: body)
    }

    @Test(.seed("000-03", "000-13"))
    func `a network is chosen by name or parameters, changed live, and shown`() async throws {
        try await ControlScene.with { scene in
            let body = #"{"network":"operator-8-minutes","apps":[{"topic":"com.example.app"}]}"#
            let reply = try await put(body, scene)
            #expect(reply.status == 201)
            #expect(try reply.json.at("network", "profile") == "operator-8-minutes")
            #expect(try reply.json.at("network", "state") == "up")
            #expect(try reply.json.at("network", "bearer") == "cellular")
            #expect(try reply.json["connected"] == .bool(true))
            // Over real TLS: the network swallows everything, and the service goes on believing.
            let dead = try await patch(#"{"network":"dead-network"}"#, scene)
            #expect(dead.status == 200)
            #expect(try dead.json.at("network", "state") == "blocked")
            #expect(try dead.json["connected"] == .bool(true))
            let token = try #require(
                dead.json.at("apps", "0", "token")?.string.flatMap { DeviceToken(hexadecimal: $0) }
            )
            try await scene.push("hi", to: token)
            let sent = try await scene.operations.wait(
                for: NotificationFilter(fate: .inFlight),
                timeout: .seconds(10)
            )
            #expect(sent.satisfied)
            let custom = try await patch(#"{"network":{"profile":"ideal","idleCutoff":"3m"}}"#, scene)
            #expect(try custom.json.at("network", "bearers", "0", "idleCutoff") == "3m")
        }
    }

    @Test func `a network that does not exist is refused with its place`() async throws {
        try await ControlScene.with { scene in
            let unknown = try await put(#"{"network":"nowhere","connected":false}"#, scene)
            #expect(unknown.status == 422)
            #expect(try unknown.json.at("errors", "0", "pointer") == "/network")
            let wrong = try await put(#"{"network":{"latency":"fast"},"connected":false}"#, scene)
            #expect(try wrong.json.at("errors", "0", "pointer") == "/network/latency")
            let items = try await scene.http.get("/v1/networks").items
            #expect(items.contains { $0["name"] == "edge-of-coverage" } && items.count > 15)
        }
    }

    @Test func `a phone whose next attempt waits for a clock that stands still keeps no caller waiting`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            var refusal = FaultRule(id: "busy", match: FaultMatch(stage: .accept), action: .reset)
            refusal.match.service = .courier
            refusal.trigger.times = 1
            _ = try await scene.operations.putFault(refusal)
            for status in [201, 200] {
                let reply = try await put(Self.oneApp, scene)
                #expect(reply.status == status)
                #expect(try reply.json["connected"] == .bool(false))
            }
            _ = try await scene.http.send("POST", "/v1/clock/advance", json: #"{"ms":2000}"#)
            let reply = try await put(Self.oneApp, scene)
            #expect(try reply.json["connected"] == .bool(true))
        }
    }

    @Test func `who has waited too long for the calls before is told so, and those behind move up`() async throws {
        try await ControlScene.with { scene in
            let (steps, step) = AsyncStream.makeStream(of: Void.self)
            let (began, begin) = AsyncStream.makeStream(of: Void.self)
            async let first = scene.operations.oneAtATime("phone-1", within: .seconds(60)) {
                begin.finish()
                for await _ in steps {}
                return "first"
            }
            for await _ in began {}
            let error = await #expect(throws: ControlError.self) {
                try await scene.operations.oneAtATime("phone-1", within: .milliseconds(1)) {
                    Issue.record("it was not its turn")
                }
            }
            #expect(error?.code == .timedOut)
            #expect(error?.detail.contains("phone-1") == true)
            async let third = scene.operations.oneAtATime("phone-1", within: .seconds(60)) { "third" }
            step.finish()
            let answers = try await [first, third]
            #expect(answers == ["first", "third"])
            let fourth = try await scene.operations.oneAtATime("phone-1", within: .milliseconds(1)) { "fourth" }
            #expect(fourth == "fourth")
        }
    }

    @Test func `a device that is put is online with tokens when the answer comes`() async throws {
        try await ControlScene.with { scene in
            let reply = try await put(Self.oneApp, scene)
            #expect(reply.status == 201)
            #expect(reply.headers["location"] == "/v1/devices/phone-1")
            let json = try reply.json
            #expect(
                json.names == [
                    "name", "environment", "connected", "managed", "baseToken", "notifications", "keepAlive", "network",
                    "apps",
                ]
            )
            #expect(json["environment"] == "sandbox")
            #expect(json["connected"] == .bool(true))
            #expect(json["managed"] == .bool(true))
            #expect(json.at("apps", "0", "topic") == "com.example.app")
            #expect(json.at("apps", "0", "filter") == "enabled")
            let token = try #require(json.at("apps", "0", "token")?.string.flatMap { DeviceToken(hexadecimal: $0) })
            try await scene.push("hi", to: token)
            let delivered = try await scene.operations.wait(
                for: NotificationFilter(fate: .delivered),
                timeout: .seconds(10)
            )
            #expect(delivered.satisfied)
            #expect(try await scene.http.get("/v1/devices/phone-1").json["name"] == "phone-1")
            #expect(try await scene.http.get("/v1/devices").items.map { $0["name"] } == ["phone-1"])
        }
    }

    @Test func `the same body again changes nothing`() async throws {
        try await ControlScene.with { scene in
            let first = try await put(Self.oneApp, scene)
            let connections = try await scene.operations.connections(limit: 100).total
            let second = try await put(Self.oneApp, scene)
            #expect(second.status == 200)
            #expect(second.body == first.body)
            #expect(try await scene.operations.connections(limit: 100).total == connections)
        }
    }

    @Test func `a device can be registered and away, with tokens of one's choice`() async throws {
        try await ControlScene.with { scene in
            let token = try DeviceToken.repeating(0xAB)
            let reply = try await put(
                #"{"environment":"production","connected":false,"apps":[{"topic":"a.b","token":"\#(token)"}]}"#,
                scene
            )
            #expect(reply.status == 201)
            #expect(try reply.json["connected"] == .bool(false))
            #expect(try reply.json.at("apps", "0", "token") == .string(token.hexadecimal))
            #expect(try await scene.operations.connections(limit: 1).total == 0)
        }
    }

    @Test func `put replaces: apps that are not in the body are uninstalled over the wire`() async throws {
        try await ControlScene.with { scene in
            _ = try await put(#"{"apps":[{"topic":"com.example.app"},{"topic":"x"}]}"#, scene)
            let token = try #require(
                try await scene.operations.device("phone-1").apps.first { $0.topic == ControlScene.topic }?.token
            )
            let json = try await put(#"{"apps":[{"topic":"x"},{"topic":"y"}]}"#, scene).json
            let apps = json["apps"]?.array ?? []
            #expect(apps.map { $0["topic"] } == ["com.example.app", "x", "y"])
            #expect(apps.map { $0["installed"] } == [.bool(false), .bool(true), .bool(true)])
            #expect(apps[0]["removedAt"] != nil)
            try await scene.push("to nobody", to: token)
            let feedback = try await scene.http.get("/v1/feedback")
            #expect(feedback.items.map { $0["token"] } == [.string(token.hexadecimal)])
        }
    }

    @Test func `patch merges: what it leaves out stays, an array is replaced`() async throws {
        try await ControlScene.with { scene in
            let first = try await put(#"{"apps":[{"topic":"x"},{"topic":"y"}]}"#, scene).json
            let away = try await patch(#"{"connected":false}"#, scene).json
            #expect(away["connected"] == .bool(false))
            #expect(away["apps"]?.array?.map { $0["token"] } == first["apps"]?.array?.map { $0["token"] })
            let back = try await patch(#"{"connected":true,"apps":[{"topic":"y"}]}"#, scene).json
            #expect(back["connected"] == .bool(true))
            #expect(back["apps"]?.array?.map { $0["installed"] } == [.bool(false), .bool(true)])
            #expect(back.at("apps", "0", "removedAt") != nil)
            #expect(try await scene.http.send("PATCH", "/v1/devices/nobody", json: "{}").status == 404)
            #expect(try await patch(#"{"connected":"yes"}"#, scene).status == 422)
        }
    }

    @Test func `every answer shows the service's view after the change, not before it`() async throws {
        try await ControlScene.with { scene in
            let (operations, name) = (scene.operations, "phone-1")
            let apps = [DeviceSpecification.App(topic: "x"), DeviceSpecification.App(topic: "y")]
            for round in 0..<40 {
                let isConnected = round.isMultiple(of: 2)
                let wanted = DeviceSpecification(
                    name: name,
                    isConnected: isConnected,
                    apps: isConnected ? apps : [apps[round / 2 % 2]]
                )
                let device = try await operations.putDevice(wanted).device
                #expect(device.isConnected == isConnected)
                #expect(device.apps.map { $0.removedAt == nil } == device.apps.map(\.isInstalled))
                #expect(device.apps.allSatisfy { ($0.topicClass != nil) == isConnected })
            }
        }
    }

    @Test func `apps are installed and uninstalled one by one`() async throws {
        try await ControlScene.with { scene in
            _ = try await put(Self.oneApp, scene)
            let token = try DeviceToken.repeating(7)
            let path = "/v1/devices/phone-1/apps/x%2Fy"
            let made = try await scene.http.send("PUT", path, json: #"{"token":"\#(token)"}"#)
            #expect(made.status == 201)
            #expect(made.headers["location"] == path)
            #expect(try made.json["topic"] == "x/y")
            #expect(try made.json["token"] == .string(token.hexadecimal))
            let again = try await scene.http.send("PUT", path)
            #expect(again.status == 200)
            #expect(again.body == made.body)
            let deleted = try await scene.http.send("DELETE", path)
            #expect(deleted.status == 204)
            #expect(deleted.body.isEmpty)
            let app = try #require(try await scene.operations.device("phone-1").apps.last)
            #expect(app.removedAt != nil)
            #expect(try await scene.http.send("DELETE", path).status == 404)
        }
    }

    @Test func `when the last app goes the connection goes first, and the service believes it is still there`()
        async throws
    {
        try await ControlScene.with { scene in
            _ = try await put(Self.oneApp, scene)
            let path = "/v1/devices/phone-1/apps/com.example.app"
            #expect(try await scene.http.send("DELETE", path).status == 204)
            let device = try await scene.operations.device("phone-1")
            #expect(!device.isConnected)
            #expect(device.apps.map(\.isInstalled) == [false])
            #expect(device.apps.map(\.removedAt) == [nil])
            let back = try await scene.http.send("PUT", path)
            #expect(back.status == 201)
            #expect(try await scene.operations.device("phone-1").isConnected)
        }
    }

    @Test func `a deleted device is unknown, and so is its token`() async throws {
        try await ControlScene.with { scene in
            _ = try await put(Self.oneApp, scene)
            let token = try #require(try await scene.operations.device("phone-1").apps.first?.token)
            #expect(try await scene.http.send("DELETE", "/v1/devices/phone-1").status == 204)
            #expect(try await scene.http.get("/v1/devices/phone-1").status == 404)
            #expect(try await scene.http.send("DELETE", "/v1/devices/phone-1").status == 404)
            try await scene.push("hi", to: token)
            #expect(try await scene.http.get("/v1/notifications/latest").json["status"] == .number(8))
        }
    }

    @Test func `a device of another process is shown and can be deleted, but not changed`() async throws {
        try await ControlScene.with { scene in
            _ = try await scene.service.server.perform {
                try $0.provision(
                    DeviceProvision(name: "stranger", environment: .sandbox, apps: [.init(topic: "x")])
                )
            }
            #expect(try await scene.http.get("/v1/devices/stranger").json["managed"] == .bool(false))
            let path = "/v1/devices/stranger"
            for (method, path) in [
                ("PUT", path), ("PATCH", path), ("PUT", "\(path)/apps/x"), ("DELETE", "\(path)/apps/x"),
            ] {
                let reply = try await scene.http.send(method, path, json: "{}")
                #expect(reply.status == 409)
                #expect(reply.code == "wrong-state")
            }
            #expect(try await scene.http.send("DELETE", path).status == 204)
            #expect(try await scene.operations.devices().isEmpty)
        }
    }

    @Test func `a taken token or name is a conflict that leaves nothing behind`() async throws {
        try await ControlScene.with { scene in
            let token = try DeviceToken.repeating(7)
            let body = #"{"connected":false,"apps":[{"topic":"x"},{"topic":"y","token":"\#(token)"}]}"#
            #expect(try await put(body, scene).status == 201)
            let second = try await put(body, scene, name: "phone-2")
            #expect(second.status == 409)
            #expect(second.code == "token-taken")
            #expect(try await scene.http.get("/v1/devices/phone-2").status == 404)
            let other = try await put(#"{"environment":"production"}"#, scene)
            #expect(other.status == 409)
            #expect(other.code == "name-taken")
        }
    }

    @Test(arguments: [
        (#"{"conected":true}"#, 400, "/conected"), (#"{"apps":[{"topic":"x","tokn":""}]}"#, 400, "/apps/0/tokn"),
        (#"{"apps":[{"topic":"x","token":"12g4"}]}"#, 422, "/apps/0/token"), (#"{"apps":[{}]}"#, 422, "/apps/0/topic"),
        (#"{"apps":[{"topic":"x"},{"topic":"x"}]}"#, 422, "/apps/1/topic"),
        (#"{"apps":[{"topic":""}]}"#, 422, "/apps/0/topic"), (#"{"apps":{}}"#, 422, "/apps"),
        (#"{"environment":"staging"}"#, 422, "/environment"), (#"{"connected":1}"#, 422, "/connected"),
        (#"{"name":"other"}"#, 422, "/name"),
    ])
    func `a body that is not as it has to be makes no device`(body: String, status: Int, pointer: String) async throws {
        try await ControlScene.with { scene in
            let reply = try await put(body, scene)
            #expect(reply.status == status)
            #expect(try reply.json.at("errors", "0", "pointer")?.string == pointer)
            #expect(try await scene.operations.devices().isEmpty)
        }
    }

    @Test func `calls about one device are carried out one after the other`() async throws {
        try await ControlScene.with { scene in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        try await put(
                            #"{"connected":\#(number.isMultiple(of: 2)),"apps":[{"topic":"x"},{"topic":"t\#(number)"}]}"#,
                            scene
                        ).status
                    }
                }
                var statuses: [Int] = []
                for try await status in group { statuses.append(status) }
                #expect(statuses.sorted() == [200, 200, 200, 200, 200, 200, 200, 201])
            }
            let snapshot = try #require(await scene.service.fleet.snapshot("phone-1"))
            #expect(snapshot.apps.count == 2)
            #expect(try await scene.operations.device("phone-1").isConnected == snapshot.wantsConnection)
        }
    }
}
