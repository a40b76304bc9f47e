import MockDevice
import PushBroker
import PushLedger
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What a network does holds over real TLS and over connections in memory alike: the same assertions for both.
@Suite(.mayTake(minutes: 5))
struct TransportTests {
    private static let hour: Duration = .seconds(3_600)

    private func profile(_ name: String) throws -> NetworkProfile {
        try #require(NetworkCatalogue.builtIn.profile(named: name))
    }

    private func custom(_ json: String) throws -> NetworkProfile {
        try NetworkProfile(json: Array(json.utf8), catalogue: .builtIn)
    }

    @Test(.seed("000-13"), arguments: CourierTransport.allCases)
    func `an ideal phone gets its push at once`(_ transport: CourierTransport) async throws {
        try await transport.with { scene in
            let push = try await scene.push("hi", to: try await scene.addPhone(.ideal))
            #expect(try await scene.comes { try await scene.fate(of: push) == .delivered })
            #expect(scene.events.received == 1)
        }
    }

    @Test(.seed("004-22"), arguments: CourierTransport.allCases)
    func `a lost acknowledgement brings the notification again, and it counts once`(
        _ transport: CourierTransport
    ) async throws {
        try await transport.with { scene in
            let token = try await scene.addPhone(self.custom(#"{"acknowledgementLoss": 1}"#))
            let push = try await scene.push("hi", to: token)
            #expect(try await scene.comes { scene.events.received == 1 })
            #expect(try await scene.fate(of: push) == .inFlight)
            try await scene.change(to: .ideal)
            try await scene.walk(Self.hour)
            #expect(try await scene.comes { try await scene.fate(of: push) == .delivered })
            #expect(scene.events.received == 2)
            let counters = try await scene.counters()
            #expect(counters.delivered == 1 && counters.addUp)
        }
    }

    @Test(.seed("000-03"), arguments: CourierTransport.allCases)
    func `half-open, both sides believe, and a push is on its way`(_ transport: CourierTransport) async throws {
        try await transport.with { scene in
            let token = try await scene.addPhone(.ideal)
            #expect(try await scene.comes { try await scene.serviceSees() })
            try await scene.change(to: self.profile("dead-network"))
            let push = try await scene.push("hi", to: token)
            try await scene.walk(.seconds(60))
            #expect(try await scene.serviceSees())
            #expect(try await scene.phone().isOnline)
            #expect(try await scene.fate(of: push) == .inFlight)
            #expect(scene.events.received == 0)
            #expect(scene.events.disconnects == 0)
        }
    }

    @Test(.seed("000-03", "000-05"), arguments: CourierTransport.allCases)
    func `the courier gives a dead path up in the end, keeps the push, and sends it again`(
        _ transport: CourierTransport
    ) async throws {
        try await transport.with { scene in
            let token = try await scene.addPhone(.ideal)
            #expect(try await scene.comes { try await scene.serviceSees() })
            try await scene.change(to: self.profile("dead-network"))
            let push = try await scene.push("hi", to: token)
            // The device's side of the network has to see it written before the courier's patience begins to run.
            #expect(try await scene.comes { try await scene.fate(of: push) == .inFlight })
            try await scene.walk(.seconds(923))
            #expect(try await scene.serviceSees())
            #expect(try await scene.fate(of: push) == .inFlight)
            try await scene.walk(.seconds(1))
            #expect(try await scene.comes { try await !scene.serviceSees() })
            #expect(try await scene.isStored(push))
            try await scene.change(to: .ideal)
            try await scene.walk(Self.hour)
            #expect(try await scene.comes { try await scene.fate(of: push) == .delivered })
            let stored = scene.events.all.contains {
                if case .received(_, _, _, _, let fromStorage) = $0.kind { fromStorage } else { false }
            }
            #expect(stored && scene.events.received == 1)
        }
    }

    @Test(.seed("000-06", "003-15"), arguments: CourierTransport.allCases)
    func `an operator's idle cut-off is silent, and the push comes when the phone is back`(
        _ transport: CourierTransport
    ) async throws {
        try await transport.with { scene in
            let token = try await scene.addPhone(self.profile("operator-4-minutes"))
            try await scene.walk(.seconds(4 * 60))
            let push = try await scene.push("hi", to: token)
            try await scene.walk(.seconds(1))
            #expect(try await scene.fate(of: push) == .inFlight)
            #expect(scene.events.received == 0)
            #expect(try await scene.serviceSees(), "the service does not know")
            #expect(try await scene.phone().isOnline, "nor does the phone")
            try await scene.walk(Self.hour)
            #expect(try await scene.comes { try await scene.fate(of: push) == .delivered })
            #expect(scene.events.received == 1 && scene.events.disconnects > 0)
        }
    }

    @Test(arguments: CourierTransport.allCases, ["reset", "close"])
    func `a cut that is not silent is heard by both sides, and the phone comes back`(
        _ transport: CourierTransport,
        _ cut: String
    ) async throws {
        try await transport.with { scene in
            _ = try await scene.addPhone(self.custom(#"{"idleCutoff": "5m", "cut": "\#(cut)"}"#))
            #expect(try await scene.comes { try await scene.serviceSees() })
            try await scene.walk(.seconds(299))
            #expect(try await scene.serviceSees())
            #expect(scene.events.disconnects == 0)
            try await scene.walk(.seconds(1))
            #expect(try await scene.comes { scene.events.disconnects == 1 })
            #expect(try await scene.comes { try await !scene.serviceSees() })
            try await scene.walk(.seconds(1))
            #expect(try await scene.comes { try await scene.serviceSees() })
        }
    }

    @Test(arguments: CourierTransport.allCases)
    func `latency is product time: a push arrives when its time has come`(_ transport: CourierTransport) async throws {
        try await transport.with { scene in
            let token = try await scene.addPhone(self.custom(#"{"latency": "1s"}"#))
            #expect(try await !scene.serviceSees())
            // TCP and TLS take six ways, Connect and its answer two, and the Filter one.
            for _ in 0..<20 { try await scene.walk(.seconds(1)) }
            #expect(try await scene.comes(walking: .seconds(1)) { try await scene.serviceSees() })
            let push = try await scene.push("hi", to: token)
            #expect(try await scene.comes { try await scene.fate(of: push) == .inFlight })
            try await scene.walk(.milliseconds(999))
            #expect(scene.events.received == 0)
            try await scene.walk(.milliseconds(1))
            #expect(try await scene.comes(walking: .milliseconds(1)) { scene.events.received == 1 })
            #expect(try await scene.fate(of: push) == .inFlight)
            try await scene.walk(.seconds(1))
            #expect(try await scene.comes(walking: .milliseconds(1)) { try await scene.fate(of: push) == .delivered })
        }
    }

    @Test(
        .seed("000-05", "000-07", "000-08"),
        arguments: CourierTransport.allCases,
        ["roaming-off", "restrictive-plan"]
    )
    func `without coverage a phone does not try, and gets its push once it has coverage`(
        _ transport: CourierTransport,
        _ name: String
    ) async throws {
        try await transport.with { scene in
            let token = try await scene.addPhone(self.profile(name))
            try await scene.walk(Self.hour * 24)
            #expect(try await !scene.serviceSees())
            #expect(try await scene.phone().networkState == .noCoverage)
            let push = try await scene.push("hi", to: token)
            #expect(try await scene.isStored(push))
            try await scene.change(to: .ideal)
            #expect(try await scene.comes { try await scene.fate(of: push) == .delivered })
        }
    }

    // MARK: - Known causes

    @Test(.seed("003-14"), arguments: CourierTransport.allCases, [true, false])
    func `a keep-alive that fails for a reason the phone sees changes nothing, another one does`(
        _ transport: CourierTransport,
        _ isSeen: Bool
    ) async throws {
        try await transport.with { scene in
            // Coverage goes while the answer to the first keep-alive is on its way.
            let network = try self.custom(
                """
                {"latency": "2s", "outages": {"schedule": [{"at": "491s", "for": "3s"}], "severs": 1,
                 "notices": \(isSeen ? 1 : 0)}}
                """
            )
            _ = try await scene.addPhone(.ideal)
            try await scene.setKeepAlive(
                KeepAliveProfile(
                    strategy: .directPush,
                    start: .seconds(500),
                    minimum: .seconds(100),
                    maximum: .seconds(1_000),
                    increment: .seconds(200),
                    refinement: .seconds(50),
                    rounds: 9
                )
            )
            #expect(try await scene.comes { try await scene.phone().isOnline })
            try await scene.walk(.seconds(10))
            // Its time counts from here: the keep-alive leaves 490 seconds from now.
            try await scene.change(to: network)
            try await scene.walk(.seconds(490))
            #expect(try await scene.phone().keepAlive.interval == .seconds(500))
            try await scene.walk(.seconds(120))
            let reasons = scene.events.all.compactMap { event -> String? in
                if case .disconnected(let reason) = event.kind { reason } else { nil }
            }
            #expect(reasons.count == 1 && (reasons.first == "the network is gone") == isSeen, "\(reasons)")
            #expect(try await scene.phone().keepAlive.interval == .seconds(isSeen ? 500 : 100))
        }
    }
}
