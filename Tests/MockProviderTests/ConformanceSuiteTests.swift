import MockDevice
import MockProvider
import PushLedger
import PushServer
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
            let summary = await ConformanceSuite().run(target) { row, outcome, duration in
                reported.append(row)
                #expect(outcome == .passed, "\(row.id)")
                print("ROW", row.id, row.evidence, duration)
            }
            #expect(reported == ConformanceSuite.rows)
            #expect(summary.count(.passed) == ConformanceSuite.rows.count)
            #expect(summary.isConformant(countingDownTo: .chosen))
        }
    }
}
