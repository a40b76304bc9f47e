import ControlAPI
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Synchronization
import Testing

// A limit counts the wait for one of the few places where services may run.
@Suite(.mayTake(minutes: 10))
struct EventRouteTests {
    @Test func `a push is told of with the object that lists show`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await StreamCaller.with(scene, "/v1/events?types=notification") { lines in
                #expect(await lines.status() == 200)
                let hello = try #require(try await lines.event())
                #expect(hello.name == "hello")
                #expect(hello.data["version"] == "1.2.3")
                try await scene.push("1", to: token)
                let event = try #require(try await lines.event())
                #expect(event.name == "notification")
                #expect(EventID(event.id) != nil)
                #expect(event.data == (try await scene.http.get("/v1/notifications").items.first))
            }
        }
    }

    @Test func `a life is told in order, and filters by type, topic and environment hold`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone()[0]
            try await StreamCaller.with(scene, "/v1/events?types=notification,fate&topic=com.example.app") { lines in
                _ = try await lines.event("hello")
                try await scene.push("x", to: token, topic: ControlScene.otherTopic)
                try await scene.push("1", to: token)
                let first = try #require(try await lines.event())
                #expect(first.name == "notification")
                #expect(first.data["seq"]?.integer == 2)
                let second = try #require(try await lines.event("fate"))
                #expect(second.data["fate"] == "delivered")
            }
        }
    }

    @Test func `a reader that comes back gets what it missed, once`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            var last = ""
            try await StreamCaller.with(scene, "/v1/events?types=notification") { lines in
                _ = try await lines.event("hello")
                try await scene.push("1", to: token)
                last = try #require(try await lines.event()).id
            }
            try await scene.push("2", "3", to: token)
            for (path, headers) in [
                ("/v1/events?types=notification", ["Last-Event-ID": last]),
                ("/v1/events?types=notification&lastEventId=\(last)", ["Last-Event-ID": "e-1-1"]),
            ] {
                try await StreamCaller.with(scene, path, headers) { lines in
                    let hello = try await lines.event()
                    #expect(hello?.id == last)
                    #expect(try await lines.event()?.data["seq"]?.integer == 2)
                    #expect(try await lines.event()?.data["seq"]?.integer == 3)
                }
            }
        }
    }

    @Test func `all that is kept can be asked for`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", to: token)
            try await StreamCaller.with(scene, "/v1/events?lastEventId=0") { lines in
                let registered = try await lines.event("device.registered")
                #expect(registered?.data["name"] == "phone")
                let push = try await lines.event("notification")
                #expect(push?.data["seq"]?.integer == 1)
            }
        }
    }

    @Test(arguments: ["e-1-1", "something else"])
    func `one who comes with another run's id is told to start afresh`(id: String) async throws {
        try await ControlScene.with { scene in
            try await StreamCaller.with(scene, "/v1/events", ["Last-Event-ID": id]) { lines in
                _ = try await lines.event("hello")
                let resync = try #require(try await lines.event())
                #expect(resync.name == "resync")
                #expect(resync.data["reason"] == "unknown-id")
                _ = try await scene.http.send("POST", "/v1/reset", json: #"{"what":["notifications"]}"#)
                #expect(try await lines.event()?.name == "reset")
            }
        }
    }

    @Test func `a line is an object on request`() async throws {
        try await ControlScene.with { scene in
            for (path, headers) in [
                ("/v1/events", ["Accept": "application/x-ndjson"]), ("/v1/events?format=ndjson", [:]),
            ] {
                try await StreamCaller.with(scene, path, headers) { lines in
                    #expect(try await lines.object()?["event"] == "hello")
                    _ = try await scene.http.send("PUT", "/v1/clock", json: #"{"mode":"manual"}"#)
                    let event = try #require(try await lines.object())
                    #expect(event.names == ["id", "event", "at", "data"])
                    #expect(event["event"] == "clock")
                    #expect(event.at("data", "mode") == "manual")
                }
            }
        }
    }

    @Test func `rules, feedback and devices are told of`() async throws {
        try await ControlScene.with { scene in
            try await StreamCaller.with(scene, "/v1/events?types=fault,feedback,device") { lines in
                _ = try await lines.event("hello")
                let rule = #"{"stage":"frame","match":{"topic":"com.example.app"},"action":{"type":"lose"}}"#
                let added = try await scene.http.send("POST", "/v1/faults", json: rule)
                #expect(added.status == 201)
                #expect(try await lines.event()?.name == "fault.added")
                _ = try await scene.http.send("DELETE", "/v1/faults")
                #expect(try await lines.event()?.name == "fault.removed")
                let token = String(repeating: "ab", count: 32)
                let tuple = #"{"topic":"com.example.app","token":"\#(token)"}"#
                _ = try await scene.http.send("POST", "/v1/feedback", json: tuple)
                let listed = try #require(try await lines.event())
                #expect(listed.name == "feedback.listed")
                #expect(listed.data["token"]?.string == token)
                _ = try await scene.http.send("PUT", "/v1/devices/p", json: #"{"apps":[{"topic":"com.example.app"}]}"#)
                let connected = try await lines.event("device.connected")
                #expect(connected?.data["name"] == "p")
                _ = try await scene.http.send("DELETE", "/v1/devices/p")
                let removed = try await lines.event("device.removed")
                #expect(removed != nil)
            }
        }
    }

    @Test(arguments: [
        ("types=push", 422), ("types=", 422), ("format=xml", 422), ("lastEventId=7", 422), ("topics=x", 400),
    ])
    func `a stream that is asked for wrongly does not begin`(query: String, status: Int) async throws {
        try await ControlScene.with { scene in
            #expect(try await scene.http.get("/v1/events?\(query)").status == status)
            let refused = try await scene.http.get("/v1/events", ["Accept": "text/html"])
            #expect(refused.status == 406)
            #expect(refused.code == "not-acceptable")
            #expect(try await scene.http.send("HEAD", "/v1/events").status == 200)
        }
    }

    @Test func `a stream ends with the service, and says nothing more`() async throws {
        try await ControlScene.with { scene in
            try await StreamCaller.with(scene, "/v1/events") { lines in
                _ = try await lines.event("hello")
                scene.operations.beginStopping()
                #expect(try await lines.event() == nil)
            }
        }
    }

    @Test func `a silent stream shows that it is alive`() async throws {
        try await ControlScene.with { scene in
            let pieces = Mutex<[String]>([])
            await #expect(throws: Enough.self) {
                try await scene.operations.streamEvents(heartbeat: .milliseconds(5)) { piece in
                    if case .heartbeat = piece { throw Enough() }
                    pieces.withLock { $0.append("\(piece)") }
                }
            }
            #expect(pieces.withLock { $0.count } == 1)
        }
    }

    @Test func `streams have a maximum, and one that ends makes room`() async throws {
        try await ControlScene.with { scene in
            let operations = scene.operations
            let open = OpenCount()
            await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...100 {
                    group.addTask { try await operations.streamEvents { _ in open.add() } }
                }
                while open.count < 100 { await Task.yield() }
                let error = await #expect(throws: ControlError.self) { try await operations.streamEvents { _ in } }
                #expect(error?.code == .tooManyStreams)
                group.cancelAll()
                while let result = await group.nextResult() { _ = result }
            }
            await #expect(throws: Enough.self) { try await operations.streamEvents { _ in throw Enough() } }
        }
    }
}

private struct Enough: Error {}

private final class OpenCount: Sendable {
    private let value = Mutex(0)

    var count: Int { self.value.withLock { $0 } }
    func add() { self.value.withLock { $0 += 1 } }
}
