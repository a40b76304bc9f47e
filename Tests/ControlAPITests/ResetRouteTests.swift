import APNSWire
import MockDevice
import MockProvider
import NIOCore
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

@testable import ControlAPI

/// Feature 7: one call ends what a test began.
struct ResetRouteTests {
    private func reset(_ scene: ControlScene, _ body: String = "{}") async throws -> JSONValue {
        let reply = try await scene.http.send("POST", "/v1/reset", json: body)
        #expect(reply.status == 200)
        return try reply.json
    }

    @Test func `feature 7: a reset answers with counts, an epoch and a cursor, and empties everything`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("1", "2", to: token)
            _ = try await scene.operations.putFault(
                FaultRule(id: "f", match: FaultMatch(stage: .frame), action: .lose)
            )
            let since = Instant(unixSeconds: 1_400_000_000)
            try await scene.operations.addFeedback(
                FeedbackRecord(environment: .sandbox, topic: ControlScene.topic, token: token, since: since)
            )
            let first = try await reset(scene)
            #expect(
                first.names == [
                    "notifications", "faults", "feedback", "devices", "heldConnections", "epoch", "cursor",
                ]
            )
            for (name, count) in [
                ("notifications", 2), ("faults", 1), ("feedback", 1), ("devices", 1), ("heldConnections", 0),
            ] {
                #expect(first[name]?.integer == count, "\(name)")
            }
            let second = try await reset(scene)
            #expect(second["notifications"]?.integer == 0)
            #expect(second["epoch"]?.integer == (first["epoch"]?.integer ?? 0) + 1)
            #expect(second["cursor"] != first["cursor"])
            #expect(try await scene.operations.counters().received == 0)
        }
    }

    @Test func `feature 7: what came before a reset satisfies no wait made after it, from whichever cursor`()
        async throws
    {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            try await scene.push("old", to: token)
            let old = try await scene.operations.latestCursor()
            let cursor = try #require(try await reset(scene, #"{"what":["notifications"]}"#)["cursor"]?.string)
            for after in ["", #","after":"\#(old)""#, #","after":"\#(cursor)""#, #","after":"1.0""#] {
                let reply = try await scene.http.send(
                    "POST",
                    "/v1/notifications/wait",
                    json: #"{"timeoutMs":0\#(after)}"#
                )
                #expect(try reply.json["satisfied"] == .bool(false), "\(after)")
            }
            try await scene.push("new", to: token)
            let reply = try await scene.http.send(
                "POST",
                "/v1/notifications/wait",
                json: #"{"timeoutMs":60000,"after":"\#(cursor)"}"#
            )
            #expect(reply.items.count == 1)
        }
    }

    /// A delay that is running when the reset comes: its frame, and what was sent behind it, belong to the old test.
    @Test(arguments: ["{}", #"{"topic":"com.example.app"}"#, #"{"what":["faults"]}"#, #"{"what":["notifications"]}"#])
    func `feature 7: a delayed frame does not reach into the next test`(body: String) async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            var rule = FaultRule(id: "slow", match: FaultMatch(stage: .frame), action: .delay(.seconds(60)))
            rule.match.topic = ControlScene.topic
            _ = try await scene.operations.putFault(rule)
            let provider = try await scene.service.client().connect()
            try await provider.send([.alert("1", to: token), .alert("2", to: token, identifier: 2)])
            try await scene.heldConnection()
            #expect(try await reset(scene, body)["heldConnections"]?.integer == 1)
            #expect(await provider.hear(until: .end, within: .seconds(5)).hasEnded)
            _ = await clock.advance(to: clock.now + .seconds(61), keepers: [scene.service.server])
            #expect(try await scene.operations.counters().received == 0)
            let wait = try await scene.http.send("POST", "/v1/notifications/wait", json: #"{"timeoutMs":0}"#)
            #expect(try wait.json["satisfied"] == .bool(false))
            let outcome = try await scene.operations.connections(service: .gateway, limit: 1).items.first?.outcome
            guard case .closed(by: .control, let end)? = outcome else {
                Issue.record("ended otherwise: \(String(describing: outcome))")
                return
            }
            #expect(end.code == "dropped-by-reset")
        }
    }

    @Test func `feature 7: a reset of one topic leaves alone what a fault delays for another`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            _ = try await scene.operations.putFault(
                FaultRule(id: "slow", match: FaultMatch(stage: .frame), action: .delay(.seconds(60)))
            )
            let provider = try await scene.service.client().connect()
            try await provider.send([.alert("1", to: token)])
            try await scene.heldConnection()
            #expect(try await reset(scene, #"{"topic":"com.example.other"}"#)["heldConnections"]?.integer == 0)
            _ = await clock.advance(to: clock.now + .seconds(61), keepers: [scene.service.server])
            try await scene.service.wait(NotificationFilter(verdict: .accepted))
            await provider.close()
        }
    }

    @Test func `feature 7: a delayed answer is not sent into the next test`() async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            _ = try await scene.operations.putFault(
                FaultRule(id: "slow", match: FaultMatch(stage: .reply), action: .delay(.seconds(60)))
            )
            let provider = try await scene.service.client().connect()
            try await provider.send([.alert("1", to: try .repeating(0xEE))])
            try await scene.heldConnection()
            #expect(try await reset(scene)["heldConnections"]?.integer == 1)
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.hasEnded && heard.bytes.readableBytes == 0)
        }
    }

    @Test(arguments: [
        (FaultStage.accept, FaultAction.delay(.seconds(60))), (.handshake, .delay(.seconds(60))),
        (.admission, .delay(.seconds(60))), (.admission, .stall), (.admission, .blackHole),
        (.admission, .closeWhenIdle(.seconds(60))), (.feedback, .delay(.seconds(60))), (.feedback, .holdOpen),
    ])
    func `feature 7: whatever a rule holds up ends with a reset, and its timers with it`(
        stage: FaultStage,
        action: FaultAction
    ) async throws {
        let clock = ProductClock(.manual, start: Instant(unixSeconds: 1_400_000_000))
        try await ControlScene.with(clock: clock) { scene in
            _ = try await scene.operations.putFault(
                FaultRule(id: "slow", match: FaultMatch(stage: stage), action: action)
            )
            let client = try scene.service.client()
            // Held up in its handshake it never stands.
            let connecting = Task {
                try? await stage == .feedback ? client.connectToFeedback() : client.connect()
            }
            try await scene.heldConnection()
            #expect(try await reset(scene)["heldConnections"]?.integer == 1)
            if let connection = await connecting.value {
                #expect(await connection.hear(until: .end, within: .seconds(5)).hasEnded)
            }
            _ = await clock.advance(to: clock.now + .seconds(61), keepers: [scene.service.server])
            let open = try await scene.operations.connections(isOpen: true, limit: 10).items
            #expect(open.isEmpty, "\(open)")
        }
    }

    @Test func `feature 7: a phone that a rule holds up is back when a reset answers`() async throws {
        try await ControlScene.with { scene in
            try await scene.operations.addConfigured([
                DeviceSpecification(name: "seed", apps: [.init(topic: ControlScene.topic)])
            ])
            var rule = FaultRule(id: "slow", match: FaultMatch(stage: .courier), action: .delay(.seconds(3_600)))
            rule.trigger.times = 1
            _ = try await scene.operations.putFault(rule)
            // The phone comes back by itself, and is held up at its first message.
            let connection = try #require(
                try await scene.operations.connections(service: .courier, isOpen: true, limit: 1).items.first
            )
            try await scene.operations.endConnection(connection.id, abruptly: true)
            try await scene.heldConnection()
            #expect(try await reset(scene)["heldConnections"]?.integer == 1)
            #expect(try await scene.operations.device("seed").isConnected)
        }
    }

    /// Measured generously: the best of some, on a machine that does other things as well.
    @Test func `feature 7: a reset of an idle server takes less than ten milliseconds`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone(connected: false)[0]
            var best = Duration.seconds(1)
            for _ in 0..<20 {
                try await scene.push("1", "2", "3", to: token)
                let start = ContinuousClock.now
                _ = try await scene.operations.reset([.notifications, .faults, .feedback])
                best = min(best, ContinuousClock.now - start)
            }
            #expect(best < .milliseconds(10))
        }
    }
}

extension ControlScene {
    /// Returns when a fault rule holds a connection up.
    fileprivate func heldConnection() async throws {
        let deadline = ContinuousClock.now + .patience
        while try await self.operations.faults().allSatisfy({ $0.hits == 0 }) {
            guard ContinuousClock.now < deadline else { throw TestServiceError.timedOut }
            await Task.yield()
        }
    }
}
