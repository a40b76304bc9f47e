import MockDevice
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport

@testable import ControlAPI

/// A call of each route that would do something if it were served.
extension Route {
    static let sampleFingerprint = String(repeating: "ab", count: 32)

    /// The path with what `ControlScene.prepareForSamples` has made in place of its parameters.
    var sample: String {
        let ids = [("/connections/", "c-1"), ("/faults/", "f-0"), ("/notifications/", "n-1")]
        return self.path.replacing("{name}", with: self.path.contains("/fleets/") ? "fleet" : "phone").replacing(
            "{topic}",
            with: ControlScene.topic.name
        )
        .replacing("{fingerprint}", with: Self.sampleFingerprint).replacing("{file}", with: "ca.pem")
        .replacing("{id}", with: ids.first { self.path.contains($0.0) }?.1 ?? "x-1")
    }

    /// A body that would be taken.
    var sampleBody: String? {
        switch (self.method, self.path) {
        case (.put, "/v1/devices/{name}"): #"{"connected": false}"#
        case (.patch, "/v1/devices/{name}"): #"{"notifications": false}"#
        case (.put, "/v1/devices/{name}/apps/{topic}"): #"{"permission": "denied"}"#
        case (.post, "/v1/fleets"): #"{"name": "more", "count": 1, "connected": false}"#
        case (.patch, "/v1/fleets/{name}"): #"{"connectRate": 5}"#
        case (.post, "/v1/fleets/{name}/wait"): #"{"timeoutMs": 0}"#
        case (.post, "/v1/feedback"): #"{"topic": "com.example.app", "token": "\#(Self.sampleFingerprint)"}"#
        case (.post, "/v1/faults"), (.put, "/v1/faults/{id}"):
            #"{"stage": "frame", "action": {"type": "lose"}}"#
        case (.patch, "/v1/faults/{id}"): #"{"trigger": {"times": 9}}"#
        case (.post, "/v1/certificates"): #"{"topic": "com.example.foreign"}"#
        case (.put, "/v1/clock"): #"{"mode": "manual"}"#
        case (.post, "/v1/clock/advance"): #"{"ms": 3600000}"#
        case (.put, "/v1/state"):
            #"{"version": 1, "faults": [{"id": "f-9", "stage": "frame", "action": {"type": "lose"}}]}"#
        case (.post, "/v1/notifications/wait"): #"{"timeoutMs": 0}"#
        default: self.body == .required ? "{}" : nil
        }
    }
}

extension ControlScene {
    /// Something for every route to change or remove.
    func prepareForSamples() async throws {
        let token = try await self.service.addPhone(topics: [Self.topic, Self.otherTopic])[0]
        // All that is to be remembered has happened before it is.
        try await self.service.serviceSees("phone", connected: true)
        try await self.push("1", to: token)
        try await self.service.wait(NotificationFilter(fate: .delivered))
        var match = FaultMatch(stage: .frame)
        match.topic = "com.example.none"
        _ = try await self.operations.putFault(FaultRule(id: "f-0", match: match, action: .lose))
        var fleet = FleetSpecification(name: "fleet", count: 2, apps: [])
        fleet.isConnected = false
        _ = try await self.operations.addFleet(fleet)
        _ = try await self.operations.revoke(Route.sampleFingerprint)
        try await self.operations.addFeedback(
            FeedbackRecord(
                environment: .sandbox,
                topic: Self.topic,
                token: try .repeating(1),
                since: Instant(unixSeconds: 1_400_000_000)
            )
        )
    }

    /// Everything that a call could have changed, as text. Product time runs on by itself and is left out.
    func fingerprint() async throws -> String {
        let state = try await self.operations.exportState().json
        let devices = try await self.operations.devices().map(\.json)
        let page = try await self.operations.notifications(limit: 1_000)
        let connections = try await self.operations.connections(limit: 1_000).items
        return [
            state.description, "\(devices)", "\(page.items.map(\.id))", "\(page.end)",
            "\(connections.map { "\($0.id) \($0.outcome)" })", "\(try await self.operations.counters().json)",
            "\(try await self.operations.faults().map { "\($0.rule) \($0.matches)" })", "\(self.operations.clock.mode)",
            "\(try await self.operations.openWaits().map(\.id))", "\(self.operations.identities)",
            "\(try await self.operations.revocations())", "\(try await self.operations.fleets().map(\.json))",
        ].joined(separator: "\n")
    }
}
