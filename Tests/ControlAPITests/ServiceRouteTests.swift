import APNSWire
import ControlAPI
import Foundation
import Logging
import MockDevice
import MockProvider
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

struct ServiceRouteTests {
    @Test func `it lives at once and is ready when told so`() async throws {
        try await TestService.with { service in
            let operations = ControlOperations(server: service.server, fleet: service.fleet, facts: ControlScene.facts)
            let server = try await ControlServer.start(
                operations,
                ControlServer.Options(address: ServiceAddress(host: "127.0.0.1", port: 0)),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            let http = HTTPCaller(address: server.address)
            #expect(try await http.get("/livez").status == 200)
            let starting = try await http.get("/readyz")
            #expect(starting.status == 503)
            #expect(starting.code == "starting")
            #expect(starting.headers["retry-after"] == "1")
            operations.becomeReady()
            let ready = try await http.get("/readyz")
            #expect(ready.status == 200)
            #expect(ready.text == #"{"status":"ready"}"#)
            let head = try await http.send("HEAD", "/readyz")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.headers["content-length"] == "18")
            await server.stop()
        }
    }

    @Test func `an address that is taken is told`() async throws {
        try await ControlScene.with { scene in
            let options = ControlServer.Options(address: scene.server.address)
            await #expect {
                _ = try await ControlServer.start(
                    scene.operations,
                    options,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
                )
            } throws: { error in
                let text = (error as? ListenError)?.description ?? ""
                return text.contains("control API") && text.contains("in use")
            }
        }
    }

    @Test func `info is the ready record with live devices, counters, clock, profile and seed`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            let other = try await scene.service.addPhone(
                "b",
                topics: [ControlScene.otherTopic],
                connected: false
            )[0]
            try await scene.push("1", "2", to: token)
            try await scene.push("1", to: other, topic: ControlScene.otherTopic)
            let reply = try await scene.http.get("/v1/info")
            let json = try reply.json
            #expect(
                json.names == [
                    "service", "version", "pid", "control", "caFile", "environments", "identities", "devices",
                    "counters", "clock", "profile", "seed", "uptimeMs", "cursor", "topics",
                ]
            )
            #expect(json["control"] == .string(scene.server.url))
            #expect(json.at("counters", "received") == .number(3))
            #expect(
                json["counters"]?.names == [
                    "received", "accepted", "rejected", "discarded", "delivered", "inFlight", "stored", "coalesced",
                    "expired", "undeliverable", "lost",
                ]
            )
            #expect(json["clock"] == ["mode": "manual", "now": "2014-05-13T16:53:20.000Z"])
            #expect(json["seed"] == .number(7))
            let record = try JSONDecoder().decode(ReadyRecord.self, from: Data(reply.body))
            #expect(try await scene.operations.readyRecord(control: scene.server.url) == record)
            #expect(record.devices.map(\.name) == ["phone", "b"])
            let address = try #require(scene.service.server.addresses[.production])
            #expect(record.environments["production"]?.gateway.port == address.gateway.port)
            let one = try await scene.http.get("/v1/info?topic=com.example.app").json
            #expect(one.at("counters", "received") == .number(2))
            #expect(one.at("counters", "coalesced") == .number(1))
        }
    }

    @Test func `looking at feedback does not empty it`() async throws {
        try await ControlScene.with { scene in
            let topics: [Topic] = [ControlScene.topic, ControlScene.otherTopic, "third"]
            let tokens = try await scene.service.addPhone(topics: topics)
            for (topic, token) in zip(topics, tokens).dropLast() {
                try await scene.operations.deleteApp(topic, from: "phone")
                try await scene.push("1", to: token, topic: topic)
            }
            for _ in 0..<2 {
                let all = try await scene.http.get("/v1/feedback")
                #expect(all.items.map { $0["topic"] } == ["com.example.app", "com.example.other"])
                #expect(try all.json["total"] == .number(2))
                #expect(all.items[0].names == ["environment", "topic", "token", "since"])
            }
            #expect(try await scene.http.get("/v1/feedback?topic=com.example.other").items.count == 1)
            #expect(try await scene.http.get("/v1/feedback?environment=production").items.isEmpty)
            try await scene.operations.deleteDevice("phone")
            #expect(try await scene.http.get("/v1/feedback").items.count == 2)
        }
    }

    @Test func `connections are listed with what happened on them`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone()[0]
            let provider = try await scene.service.client().connect()
            try await provider.send([OutgoingNotification.alert(to: token)])
            _ = try await scene.service.wait(NotificationFilter(fate: .delivered))
            let list = try await scene.http.get("/v1/connections?open=true")
            #expect(list.items.map { $0["service"] } == ["courier", "gateway"])
            #expect(list.items[0]["device"] == "phone")
            let json = try await scene.http.get("/v1/connections/c-2").json
            #expect(json["state"] == "open")
            #expect(json["topics"] == ["com.example.app"])
            #expect(json.at("frames", "accepted") == .number(1))
            #expect(json.at("tls", "version") == "TLSv1.2")
            await provider.close()
            try await scene.operations.deleteDevice("phone")
            while try await scene.operations.connections(isOpen: true, limit: 1).total > 0 { await Task.yield() }
            let closed = try await scene.http.get("/v1/connections/c-2").json
            #expect(closed["state"] == "closed")
            #expect(closed.at("end", "by") == "peer")
            let page = try await scene.http.get("/v1/connections?limit=1&order=desc")
            #expect(try page.json["nextCursor"] == "c-2")
            #expect(try page.json["total"] == .number(2))
            let rest = try await scene.http.get("/v1/connections?order=desc&cursor=c-2")
            #expect(rest.items.map { $0["id"] } == ["c-1"])
            #expect(try await scene.http.get("/v1/connections/c-3").status == 404)
            #expect(try await scene.http.get("/v1/connections/3").status == 404)
        }
    }

    @Test func `a reset clears what it names and says how much`() async throws {
        try await ControlScene.with { scene in
            try await scene.operations.addConfigured([
                DeviceSpecification(name: "seed", apps: [.init(topic: ControlScene.topic), .init(topic: "x")])
            ])
            let token = try #require(try await scene.operations.device("seed").apps.first?.token)
            try await scene.operations.deleteApp(ControlScene.topic, from: "seed")
            try await scene.push("1", "2", to: token)
            try await scene.operations.putDevice(DeviceSpecification(name: "extra", apps: [.init(topic: "y")]))
            let some = try await scene.http.send("POST", "/v1/reset", json: #"{"what":["notifications"]}"#)
            #expect(some.text.hasPrefix(#"{"notifications":2,"heldConnections":0,"epoch":"#))
            #expect(try await scene.operations.counters().received == 0)
            #expect(try await scene.operations.feedback().count == 1)
            let all = try await scene.http.send("POST", "/v1/reset")
            #expect(all.text.hasPrefix(#"{"notifications":0,"faults":0,"feedback":1,"devices":1,"#))
            #expect(try await scene.operations.feedback().isEmpty)
            let devices = try await scene.operations.devices()
            #expect(devices.map(\.name) == ["seed"])
            #expect(devices[0].apps.map(\.isInstalled) == [true, true])
            #expect(devices[0].apps.first?.token == token)
        }
    }

    @Test func `a reset brings back a configured device that was deleted, with its tokens`() async throws {
        try await ControlScene.with { scene in
            let wanted = DeviceSpecification(name: "seed", isConnected: false, apps: [.init(topic: ControlScene.topic)])
            try await scene.operations.addConfigured([wanted])
            let token = try await scene.operations.device("seed").apps.first?.token
            try await scene.operations.deleteDevice("seed")
            _ = try await scene.operations.reset([.devices])
            #expect(try await scene.operations.device("seed").apps.first?.token == token)
        }
    }

    @Test func `a reset of one topic leaves the others alone`() async throws {
        try await ControlScene.with { scene in
            let mine = try await scene.service.addPhone("mine", connected: false)[0]
            let other = try await scene.service.addPhone(
                "other",
                topics: [ControlScene.otherTopic],
                connected: false
            )[0]
            try await scene.service.addPhone(
                "both",
                topics: [ControlScene.topic, ControlScene.otherTopic],
                connected: false
            )
            try await scene.push("1", to: mine)
            try await scene.push("1", to: other, topic: ControlScene.otherTopic)
            let reply = try await scene.http.send("POST", "/v1/reset", json: #"{"topic":"com.example.app"}"#)
            #expect(reply.text.hasPrefix(#"{"notifications":1,"faults":0,"feedback":0,"devices":1,"#))
            #expect(try await scene.operations.devices().map(\.name) == ["other", "both"])
            #expect(try await scene.http.get("/v1/notifications").items.map { $0["seq"] } == [.number(2)])
        }
    }

    @Test(arguments: [
        (#"{"what":["everything"]}"#, 422, "/what/0"), (#"{"what":"notifications"}"#, 422, "/what"),
        (#"{"waht":[]}"#, 400, "/waht"), (#"{"topic":5}"#, 422, "/topic"),
    ])
    func `a reset that is not understood clears nothing`(body: String, status: Int, pointer: String) async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            let reply = try await scene.http.send("POST", "/v1/reset", json: body)
            #expect(reply.status == status)
            #expect(try reply.json.at("errors", "0", "pointer")?.string == pointer)
            #expect(try await scene.operations.counters().received == 1)
        }
    }
}
