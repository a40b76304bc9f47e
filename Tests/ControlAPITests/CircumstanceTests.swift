import ControlAPI
import MockDevice
import PushLedger
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Why it did not arrive: what the notification object says beyond verdict and fate.
struct CircumstanceTests {
    private static let path = "/v1/devices/phone-1"

    private func put(_ scene: ControlScene, _ app: String = "", more: String = "") async throws -> DeviceToken {
        let reply = try await scene.http.send(
            "PUT",
            Self.path,
            json: #"{"apps":[{"topic":"com.example.app"\#(app)}]\#(more)}"#
        )
        let text = try #require(try reply.json.at("apps", "0", "token")?.string)
        return try #require(DeviceToken(hexadecimal: text))
    }

    /// The sentences about the newest notification, in one line.
    private func circumstances(_ scene: ControlScene) async throws -> String {
        let latest = try await scene.http.get("/v1/notifications/latest").json
        let id = try #require(latest["id"]?.string)
        let sentences = try await scene.http.get("/v1/notifications/\(id)").json["circumstances"]?.array ?? []
        return sentences.compactMap(\.string).joined(separator: " ")
    }

    @Test func `a phone that never connected is said to have never connected`() async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene, more: #","connected":false"#)
            try await scene.push("hi", to: token)
            #expect(try await circumstances(scene).contains("has not connected since"))
            #expect(try await circumstances(scene).contains("was sent away"))
        }
    }

    @Test(.seed("004-27"))
    func `of a last app that is gone it is said that the service does not know`() async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene)
            #expect(try await scene.http.send("DELETE", "\(Self.path)/apps/com.example.app").status == 204)
            try await scene.push("hi", to: token)
            let latest = try await scene.http.get("/v1/notifications/latest").json
            #expect(latest["fate"] == "stored" && latest.at("fateReason", "code") == "device-away")
            let said = try await circumstances(scene)
            #expect(said.contains("no longer on the phone") && said.contains("TN2265"))
        }
    }

    @Test(.seed("004-24"))
    func `a phone whose Notifications switch is off is said to be so`() async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene)
            _ = try await scene.http.send("PATCH", Self.path, json: #"{"notifications":false}"#)
            try await scene.push("hi", to: token)
            #expect(try await circumstances(scene).contains("Notifications switch"))
        }
    }

    @Test(arguments: [(#","permission":"denied""#, "does not let the app"), (#","filter":"paused""#, "has paused")])
    func `an app that takes none is said to take none`(_ app: String, _ expected: String) async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene, app)
            try await scene.push("hi", to: token)
            #expect(try await circumstances(scene).contains(expected))
        }
    }

    @Test(.seed("004-14", "004-19"))
    func `a refused token is said to belong where it does`() async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene)
            try await scene.push([.alert("hi", to: token, identifier: 1)], environment: .production)
            let elsewhere = try await circumstances(scene)
            #expect(elsewhere.contains("sandbox environment") && elsewhere.contains("TN2265"))
            try await scene.push("hi", to: token, topic: ControlScene.otherTopic)
            #expect(try await circumstances(scene).contains("another app on phone-1, com.example.app"))
            try await scene.push("hi", to: try .repeating(0x77))
            #expect(try await circumstances(scene) == "", "nobody has it")
        }
    }

    @Test(.seed("004-32"))
    func `what waited for a token that a restore made void is told so`() async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene, #","filter":"paused""#)
            try await scene.push("hi", to: token)
            _ = try await scene.http.send("POST", "\(Self.path)/restore")
            let latest = try await scene.http.get("/v1/notifications/latest").json
            #expect(latest["fate"] == "undeliverable" && latest.at("fateReason", "code") == "token-void")
        }
    }

    @Test func `what has arrived needs no more words`() async throws {
        try await ControlScene.with { scene in
            let token = try await put(scene)
            try await scene.push("hi", to: token)
            _ = try await scene.operations.wait(for: NotificationFilter(fate: .delivered), timeout: .seconds(10))
            #expect(try await circumstances(scene) == "")
        }
    }
}
