import ControlAPI
import PushLedger
import PushVocabulary
import ServiceTestSupport
import Testing

struct MetricsRouteTests {
    /// The names people build dashboards on: one that goes missing breaks them.
    static let names = [
        "gatehouse_build_info", "gatehouse_uptime_seconds", "gatehouse_connections_open", "gatehouse_connections_total",
        "gatehouse_handshake_failures_total", "gatehouse_notifications_total", "gatehouse_payload_bytes",
        "gatehouse_faults_fired_total", "gatehouse_fault_rules", "gatehouse_feedback_queued",
        "gatehouse_feedback_reads_total", "gatehouse_devices_connected", "gatehouse_waits_open",
        "gatehouse_event_streams_open", "gatehouse_events_dropped_total", "gatehouse_notifications_kept",
    ]

    @Test func `feature 28: the metrics have the names that are documented`() async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.get("/metrics")
            #expect(reply.status == 200)
            #expect(reply.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            let families = reply.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
            #expect(families.map { String($0.split(separator: " ")[2]) } == Self.names)
        }
    }

    @Test func `metrics are counted when they are read, without a token or topic`() async throws {
        try await ControlScene.with { scene in
            let token = try await scene.service.addPhone()[0]
            try await scene.push([
                .alert("1", to: token, identifier: 1), .alert("2", to: try .repeating(9), identifier: 2),
                .alert("3", to: token, identifier: 3),
            ])
            _ = try await scene.operations.reset()
            let text = try await scene.http.get("/metrics").text
            let notifications = #"gatehouse_notifications_total{service="apns-binary","#
            #expect(text.contains(notifications + #"verdict="accepted",reason=""} 1"#))
            #expect(text.contains(notifications + #"verdict="rejected",reason="8"} 1"#))
            #expect(text.contains(notifications + #"verdict="discarded",reason="after-error"} 1"#))
            #expect(text.contains(#"gatehouse_payload_bytes_bucket{le="32"} 3"#))
            #expect(text.contains("gatehouse_payload_bytes_count 3"))
            #expect(!text.contains("com.example"))
            #expect(!text.contains(token.hexadecimal))
        }
    }

    @Test func `an open connection can be ended from outside`() async throws {
        try await ControlScene.with { scene in
            _ = try await scene.service.addPhone()
            let open = "/v1/connections?service=courier&open=true"
            guard let id = try await scene.http.get(open).items.first?["id"]?.string else { return }
            #expect(try await scene.http.send("DELETE", "/v1/connections/\(id)?mode=no").status == 422)
            #expect(try await scene.http.send("DELETE", "/v1/connections/\(id)?mode=rst").status == 204)
            let end = try await scene.http.get("/v1/connections/\(id)").json
            #expect(end.at("end", "by") == "control")
            #expect(end.at("end", "code") == "reset-by-control")
            while try await scene.http.send("DELETE", "/v1/connections/\(id)").status != 409 { await Task.yield() }
        }
    }

    @Test func `a reset lets the clock run only when asked`() async throws {
        try await ControlScene.with { scene in
            _ = try await scene.http.send("PUT", "/v1/clock", json: #"{"mode":"manual"}"#)
            let usual = try await scene.http.send("POST", "/v1/reset")
            #expect(try usual.json["clock"] == nil)
            #expect(scene.operations.clock.mode == .manual)
            let asked = try await scene.http.send("POST", "/v1/reset", json: #"{"what":["clock"]}"#)
            #expect(try asked.json["clock"] == .number(1))
            #expect(scene.operations.clock.mode == .real)
        }
    }
}
