import PushBroker
import PushLedger
import PushVocabulary

/// What is counted, read at one moment.
package struct MetricsReading: Hashable, Sendable {
    var version: String
    var profile: String
    var tally: Tally
    var openConnections: [PushService: Int]
    var feedbackQueued: Int
    var faultRules: Int
    var openWaits: Int
    var connectedDevices: Int
    var openEventStreams: Int
    var missedEvents: Int
    var keptNotifications: Int
    var uptime: Duration
}

/// The text form of Prometheus, version 0.0.4. No name of an app, token or topic is ever a label.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    init(_ reading: MetricsReading) {
        self.family("gatehouse_build_info", "gauge", "Always 1; the labels say what runs.")
        self.sample("gatehouse_build_info", [("version", reading.version), ("profile", reading.profile)], 1)
        self.family("gatehouse_uptime_seconds", "gauge", "Real time since the start.")
        self.sample("gatehouse_uptime_seconds", [], reading.uptime.components.seconds)
        self.writeConnections(reading)
        self.writeNotifications(reading.tally)
        self.writePayloads(reading.tally)
        self.single("gatehouse_faults_fired_total", "counter", "Strikes of fault rules.", reading.tally.firedFaults)
        self.single("gatehouse_fault_rules", "gauge", "Fault rules in force.", reading.faultRules)
        self.single("gatehouse_feedback_queued", "gauge", "Tuples on the feedback lists.", reading.feedbackQueued)
        self.single(
            "gatehouse_feedback_reads_total",
            "counter",
            "Times a feedback list was read.",
            reading.tally.feedbackReads
        )
        self.single("gatehouse_devices_connected", "gauge", "Devices with a connection.", reading.connectedDevices)
        self.single("gatehouse_waits_open", "gauge", "Waits that have not ended.", reading.openWaits)
        self.single("gatehouse_event_streams_open", "gauge", "Event streams being read.", reading.openEventStreams)
        self.family("gatehouse_events_dropped_total", "counter", "Events that readers were too slow for.")
        self.sample("gatehouse_events_dropped_total", [("sink", "stream")], reading.missedEvents)
        self.single("gatehouse_notifications_kept", "gauge", "Notifications in the ledger.", reading.keptNotifications)
    }

    private mutating func writeConnections(_ reading: MetricsReading) {
        self.family("gatehouse_connections_open", "gauge", "Connections of providers and devices.")
        for service in PushService.allCases {
            let count = reading.openConnections[service] ?? 0
            self.sample("gatehouse_connections_open", [("service", service.rawValue)], count)
        }
        self.family("gatehouse_connections_total", "counter", "Connections whose handshake has ended.")
        for service in PushService.allCases {
            for result in Tally.ConnectionResult.allCases {
                self.sample(
                    "gatehouse_connections_total",
                    [("service", service.rawValue), ("result", result.rawValue)],
                    reading.tally.connections[service]?[result] ?? 0
                )
            }
        }
        self.family("gatehouse_handshake_failures_total", "counter", "Failed handshakes.")
        for (reason, count) in reading.tally.handshakeFailures.sorted(by: { $0.key < $1.key }) {
            self.sample("gatehouse_handshake_failures_total", [("reason", reason)], count)
        }
    }

    private mutating func writeNotifications(_ tally: Tally) {
        let name = "gatehouse_notifications_total"
        self.family(name, "counter", "Frames by verdict; a rejection's reason is its status.")
        func labels(_ verdict: VerdictKind, _ reason: String) -> [(String, String)] {
            [("service", "apns-binary"), ("verdict", verdict.rawValue), ("reason", reason)]
        }
        self.sample(name, labels(.accepted, ""), tally.accepted)
        for (status, count) in tally.rejected.enumerated() where count > 0 {
            self.sample(name, labels(.rejected, String(status)), count)
        }
        self.sample(name, labels(.discarded, "after-error"), tally.discarded)
    }

    private mutating func writePayloads(_ tally: Tally) {
        let name = "gatehouse_payload_bytes"
        self.family(name, "histogram", "Sizes of payloads.")
        var sum = 0
        for (count, bound) in zip(tally.payloads, Tally.payloadBounds) {
            sum += count
            self.sample("\(name)_bucket", [("le", String(bound))], sum)
        }
        sum += tally.payloads.last ?? 0
        self.sample("\(name)_bucket", [("le", "+Inf")], sum)
        self.sample("\(name)_sum", [], tally.payloadByteSum)
        self.sample("\(name)_count", [], sum)
    }

    // MARK: - Lines

    private mutating func family(_ name: String, _ kind: String, _ help: String) {
        self.text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
    }

    private mutating func single(_ name: String, _ kind: String, _ help: String, _ value: some BinaryInteger) {
        self.family(name, kind, help)
        self.sample(name, [], value)
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: some BinaryInteger) {
        let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        self.text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(pairs)} \(value)\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
