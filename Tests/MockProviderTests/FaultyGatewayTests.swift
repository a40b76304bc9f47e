import MockProvider
import NIOCore
import NIOPosix
import PushIdentity
import PushTestSupport
import PushTransport
import ServiceTestSupport
import Testing

/// The suite against gateways that make one mistake each: the rows about it fail, and no other.
struct FaultyGatewayTests {
    private func run(
        _ mistake: FaultyGateway.Mistake,
        only names: [String]? = nil,
        answerTimeout: Duration = .seconds(4)
    ) async throws -> ConformanceSummary {
        let gateway = try await FaultyGateway.start(mistake)
        let summary = await ConformanceSuite().run(try gateway.target(answer: answerTimeout), only: names)
        await gateway.stop()
        return summary
    }

    @Test(arguments: CaughtMistake.all)
    func `a mistake is caught by the rows about it and by no other`(_ caught: CaughtMistake) async throws {
        // A right answer may come late where everything is slow.
        let timeout = Sanitizers.areActive ? caught.answerTimeout * 8 : caught.answerTimeout
        let summary = try await run(caught.mistake, only: caught.only, answerTimeout: timeout)
        let failed = Set(summary.rows(.failed).map(\.id))
        #expect(failed.subtracting(caught.perhaps) == caught.rows, "\(details(summary, ids: failed))")
        #expect(summary.count(.error) == 0, "\(details(summary, ids: Set(summary.rows(.error).map(\.id))))")
        #expect(summary.rows(.skipped).allSatisfy { $0.group == .feedback })
    }

    private func details(_ summary: ConformanceSummary, ids: Set<String>) -> String {
        summary.results.filter { ids.contains($0.row.id) }.map { "\($0.row.id): \($0.outcome)" }
            .joined(separator: "\n")
    }

    @Test func `every mistake has its rows`() {
        let tried = Set(CaughtMistake.all.map(\.mistake)).union([.answersNothing])
        #expect(tried == Set(FaultyGateway.Mistake.allCases))
    }

    @Test func `every row catches a mistake, but for the one that only asks for a write that works`() {
        let caught = CaughtMistake.all.reduce(into: Set<String>()) { $0.formUnion($1.rows) }
        let rows = ConformanceSuite.rows.filter { $0.group != .feedback }.map(\.id)
        #expect(rows.filter { !caught.contains($0) } == ["client-java-apns-test"])
    }

    @Test func `a failure says in bytes what was expected, what was seen and where to look`() async throws {
        let staysOpen = try await run(
            .staysOpen,
            only: ["error-ends-connection", "command-0-refused-silently"],
            answerTimeout: .milliseconds(1_500)
        )
        #expect(
            staysOpen.results.map(\.outcome) == [
                .failed(
                    expected: "six bytes then the end",
                    seen: "08 02 7a 6b 5c 4d and no end for 1.5 s",
                    hint: "clients learn from the end that the rest was lost; node-apn and pushy wait for it"
                ),
                .failed(
                    expected: "the end without a byte",
                    seen: "08 02 00 00 00 0a and no end for 1.5 s (unknown token)",
                    hint: "a refused frame ends the connection"
                ),
            ]
        )
        let wrongStatus = try await run(.wrongTokenSizeIsMissing, only: ["token-too-short-command-1"])
        #expect(
            wrongStatus.results.map(\.outcome) == [
                .failed(
                    expected: "08 05 00 00 00 02 then the end",
                    seen: "08 02 00 00 00 02 then the end",
                    hint: "expected status 5 (invalid token size), but status 2 (missing device token) came"
                )
            ]
        )
    }

    @Test func `a gateway that never answers fails or skips every row, and none takes longer than its waits`()
        async throws
    {
        let timeout = Duration.milliseconds(200)
        let names = ["vectors", "success", "errors", "clients", "tls"]
        let summary = try await run(.answersNothing, only: names, answerTimeout: timeout)
        let tls = ["tls-1.0", "tls-1.1", "tls-1.2", "tls-no-certificate"]
        #expect(summary.rows(.passed).map(\.id) == ["client-java-apns-test"] + tls)
        #expect(summary.count(.failed) > 10)
        #expect(summary.count(.error) == 0)
        #expect(summary.results.first { $0.row.id == "success-command-1" }?.outcome.kind == .skipped)
        let seen = summary.results.first { $0.row.id == "vector-command-1" }
        guard case .failed(let expected, let heard, _) = seen?.outcome else {
            Issue.record("\(String(describing: seen))")
            return
        }
        #expect(expected == "08 08 11 22 33 44 then the end")
        #expect(heard == "nothing for 200 ms")
        #expect(summary.results.allSatisfy { $0.duration < .seconds(30) })
        #expect(!summary.isConformant())
    }

    // MARK: - Feedback

    @Test(
        arguments: [
            (FaultyFeedback.Mistake.none, []),
            (.holdsOpen, ["feedback-emptied-by-reading", "feedback-closes"]),
            (.endsWithoutCloseNotify, ["feedback-closes"]),
            (.neverEmptied, ["feedback-emptied-by-reading"]),
            (.lastTupleCutOff, ["feedback-whole-tuples"]),
            (.countSentFirst, ["feedback-whole-tuples"]),
            (.tokenOfAnotherSize, ["feedback-whole-tuples"]),
        ] as [(FaultyFeedback.Mistake, [String])]
    )
    func `a mistake of the feedback service is caught by the row about it`(
        _ mistake: FaultyFeedback.Mistake,
        _ rows: [String]
    ) async throws {
        let gateway = try await FaultyGateway.start(.none)
        let feedback = try await FaultyFeedback.start(mistake)
        var target = try gateway.target(answer: .seconds(4))
        target.client.feedback = feedback.address
        target.timeouts.feedback = mistake == .holdsOpen ? .seconds(1) : .seconds(4)
        let summary = await ConformanceSuite().run(target, only: ["feedback"])
        #expect(
            summary.rows(.failed).map(\.id) == rows,
            "\(details(summary, ids: Set(summary.rows(.failed).map(\.id))))"
        )
        #expect(summary.count(.passed) == 4 - rows.count)
        await feedback.stop()
        await gateway.stop()
    }

    // MARK: - No gateway at all

    @Test func `an address where nobody listens is an error of every row, at once`() async throws {
        let gateway = try await FaultyGateway.start(.none)
        let target = try gateway.target(answer: .seconds(4))
        await gateway.stop()
        let summary = await ConformanceSuite().run(target)
        #expect(summary.count(.error) == ConformanceSuite.rows.count)
        #expect(!summary.isConformant())
        guard case .error(let sentence) = summary.results.first?.outcome else {
            Issue.record("no error")
            return
        }
        #expect(sentence.hasPrefix("no connection to 127.0.0.1:\(gateway.address.port): "))
    }

    @Test func `a service that accepts and never shakes hands is an error, in time`() async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let gateway = try await FaultyGateway.start(.none)
        var target = try gateway.target(answer: .seconds(4))
        target.client.gateway = ServiceAddress(host: "127.0.0.1", port: listener.localAddress?.port ?? 0)
        target.client.connectTimeout = .milliseconds(Sanitizers.areActive ? 5_000 : 200)
        let summary = await ConformanceSuite().run(target, only: ["success"])
        let sentence = "the service accepted the connection but did not finish the TLS handshake in time"
        #expect(summary.results.map(\.outcome) == Array(repeating: .error(sentence), count: 5))
        try await listener.close()
        await gateway.stop()
    }

    @Test func `a server certificate of another authority is an error, unless anybody is trusted`() async throws {
        let gateway = try await FaultyGateway.start(.none)
        let stranger = try CertificateAuthority.create(commonName: "Somebody Else").certificate
        let identity = try TestIdentities.shared.provider(TestService.topic)
        func summary(trusting authority: Certificate?) async throws -> ConformanceSummary {
            var target = try gateway.target(answer: .seconds(4))
            target.client = try ProviderClient(
                gateway: gateway.address,
                identity: identity,
                authority: authority,
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton
            )
            return await ConformanceSuite().run(target, only: ["success-command-1"])
        }
        guard case .error(let sentence) = try await summary(trusting: stranger).results.first?.outcome else {
            Issue.record("no error")
            return
        }
        #expect(sentence.hasPrefix("the service's certificate is not of the authority that is trusted here"))
        #expect(try await summary(trusting: nil).results.map(\.outcome) == [.passed])
        await gateway.stop()
    }
}
