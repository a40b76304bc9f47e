import APNSWire
import MockDevice
import MockProvider
import NIOCore
import NIOPosix
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The suite against Gatehouse itself, over real TLS.
struct ConformanceSuiteTests {
    private func target(
        in service: TestService,
        expectations: ConformanceExpectations = ConformanceExpectations()
    ) async throws -> ConformanceTarget {
        let tokens = try await service.addPhone("conformance")
        return ConformanceTarget(client: try service.client(), goodToken: tokens[0], expectations: expectations)
    }

    /// Puts a token on the feedback list: an app goes, another one keeps the connection, and a push finds out.
    private func fillFeedback(of service: TestService) async throws {
        let tokens = try await service.addPhone("left", topics: [TestService.topic, TestService.otherTopic])
        try await service.fleet.uninstall(TestService.topic, from: "left")
        let provider = try await service.client().connect()
        try await provider.send([.alert(to: tokens[0])])
        _ = try await service.wait(NotificationFilter(fate: .undeliverable))
        await provider.close()
    }

    @Test func `Gatehouse passes every row, those about feedback included`() async throws {
        try await TestService.with { service in
            let target = try await target(in: service)
            try await fillFeedback(of: service)
            var reported: [ConformanceRow] = []
            let summary = await ConformanceSuite().run(target) { row, outcome, _ in
                reported.append(row)
                #expect(outcome == .passed, "\(row.id)")
            }
            #expect(reported == ConformanceSuite.rows)
            #expect(summary.count(.passed) == ConformanceSuite.rows.count)
            #expect(summary.isConformant(countingDownTo: .chosen))
        }
    }

    @Test func `what the suite believes accepted is what Gatehouse's ledger says`() async throws {
        try await TestService.with { service in
            let target = try await target(in: service)
            _ = await ConformanceSuite().run(target, only: ["batch-of-1000-frames", "frame-split-everywhere"])
            let counters = try await service.counters()
            #expect(counters.accepted == 1_003)
            // The frame that learns how the gateway answers, those behind the good ones, and two bad ones cut up.
            #expect(counters.rejected == 7)
        }
    }

    /// What a profile of Gatehouse's makes of the choices that differed.
    private static func expectations(of profile: ServiceProfile) -> ConformanceExpectations {
        func status(_ answer: ServiceProfile.DefectAnswer) -> UInt8? {
            guard case .reject(let status) = answer else { return nil }
            return status.rawValue
        }
        return ConformanceExpectations(
            commands: profile.commands,
            maximumPayloadSize: profile.maximumPayloadSize,
            tokenSizes: profile.tokenSizes,
            unknownCommand: profile.unknownCommand == .silence ? .silence : .protocolError,
            malformedPayloadStatus: status(profile.payloadDefect),
            otherPriorityStatus: status(profile.otherPriority),
            duplicateItemStatus: profile.duplicateItem == .keepLast ? nil : 128
        )
    }

    @Test(arguments: ServiceProfile.all.map(\.name))
    func `every profile passes with its own expectations`(_ name: String) async throws {
        let profile = try #require(ServiceProfile.named(name))
        try await TestService.with(profile: profile) { service in
            let target = try await target(in: service, expectations: Self.expectations(of: profile))
            let summary = await ConformanceSuite().run(target)
            for result in summary.results where [.failed, .error].contains(result.outcome.kind) {
                Issue.record("\(result.row.id): \(result.outcome)")
            }
            #expect(summary.count(.passed) > (name == "2009" ? 5 : 35))
        }
    }

    @Test(arguments: [
        ("late", ["frame-length-too-small", "unknown-command"]),
        ("2013", ["payload-at-limit", "payload-limit-counts-bytes"]),
        ("strict", ["frame-length-too-small", "unknown-command", "payload-malformed", "priority-unlisted"]),
    ])
    func `a profile fails in the rows in which it differs from the default`(
        _ name: String,
        _ differing: [String]
    ) async throws {
        let profile = try #require(ServiceProfile.named(name))
        try await TestService.with(profile: profile) { service in
            let names = ["vectors", "sizes", "errors", "payloads", "frame-length-too-small"]
            let summary = await ConformanceSuite().run(try await target(in: service), only: names)
            #expect(summary.rows(.failed).map(\.id) == differing)
        }
    }

    @Test func `without a feedback address its rows are skipped and the rest is judged`() async throws {
        try await TestService.with { service in
            var target = try await target(in: service)
            target.client.feedback = nil
            let summary = await ConformanceSuite().run(target, only: ["feedback", "success-command-2"])
            #expect(summary.count(.skipped) == 4)
            #expect(summary.count(.passed) == 1)
            #expect(summary.isConformant())
        }
    }

    @Test func `an empty feedback list leaves the row about tuples unjudged`() async throws {
        try await TestService.with { service in
            let summary = await ConformanceSuite().run(try await target(in: service), only: ["feedback"])
            #expect(summary.rows(.skipped).map(\.id) == ["feedback-whole-tuples"])
            #expect(summary.count(.passed) == 3)
        }
    }

    // MARK: - The rows themselves

    @Test func `rows have identifiers of their own, a sentence and a source`() {
        let rows = ConformanceSuite.rows
        #expect(Set(rows.map(\.id)).count == rows.count)
        #expect(Set(rows.map(\.title)).count == rows.count)
        for row in rows {
            #expect(row.id.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" || $0 == "." }, "\(row.id)")
            #expect(row.title.hasSuffix("."), "\(row.id)")
            #expect(!row.source.isEmpty)
        }
        #expect(Set(rows.map(\.group)) == Set(ConformanceGroup.allCases))
    }

    @Test func `rows are chosen by identifier or group, in the order of the suite`() async throws {
        try await TestService.with { service in
            let target = try await target(in: service)
            let chosen = ["success", "vector-known-bad", "no-such-row"]
            let summary = await ConformanceSuite().run(target, only: chosen)
            #expect(summary.results.map(\.row.group) == [.vectors] + Array(repeating: .success, count: 5))
        }
        #expect(ConformanceSuite.unknownNames(in: ["tls", "unknown-token", "nonsense"]) == ["nonsense"])
    }

    @Test func `the unknown token is the same in every run and not the good one`() throws {
        let token = try #require(DeviceToken(repeatElement(7, count: 32)))
        let client = try ProviderClient(
            gateway: ServiceAddress(host: "127.0.0.1", port: 1),
            identity: nil,
            authority: nil,
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton
        )
        let targets = (0..<2).map { _ in ConformanceTarget(client: client, goodToken: token) }
        #expect(targets[0].unknownToken == targets[1].unknownToken)
        #expect(targets[0].unknownToken != token)
        #expect(targets[0].unknownToken.count == 32)
    }

    @Test func `a failure counts as far as there is evidence, an error always`() throws {
        func summary(failing evidence: ConformanceEvidence?, _ outcome: ConformanceOutcome) -> ConformanceSummary {
            let rows = ConformanceEvidence.allCases.compactMap { evidence in
                ConformanceSuite.rows.first { $0.evidence == evidence }
            }
            return ConformanceSummary(
                results: rows.map {
                    .init(row: $0, outcome: $0.evidence == evidence ? outcome : .passed, duration: .zero)
                }
            )
        }
        let failure = ConformanceOutcome.failed(expected: "this", seen: "that", hint: nil)
        #expect(summary(failing: nil, failure).isConformant(countingDownTo: .chosen))
        #expect(summary(failing: .chosen, failure).isConformant())
        #expect(!summary(failing: .chosen, failure).isConformant(countingDownTo: .chosen))
        #expect(!summary(failing: .inferred, failure).isConformant())
        #expect(summary(failing: .inferred, failure).isConformant(countingDownTo: .apple))
        #expect(!summary(failing: .apple, failure).isConformant(countingDownTo: .apple))
        #expect(!summary(failing: .chosen, .error("gone")).isConformant())
        #expect(!ConformanceSummary().isConformant())
    }
}
