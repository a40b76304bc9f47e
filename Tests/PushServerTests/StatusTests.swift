import APNSWire
import MockProvider
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// The table of status codes, row by row over real TLS: when each is sent, and which identifier it carries. What is
/// found in the bytes of a frame alone is in `MalformedMatrixTests`.
struct StatusTests {
    private static let unknown = Array(repeating: 0xEE as UInt8, count: 32)

    private func answer(
        to bytes: [UInt8],
        _ service: TestService,
        rule: FaultRule? = nil
    ) async throws -> GatewayAnswer {
        if let rule { try await service.server.perform { $0.putFault(rule) } }
        let provider = try await service.client().connect()
        try await provider.send(bytes: bytes)
        let answer = await provider.answer(within: .seconds(5))
        #expect(await provider.hear(until: .end, within: .seconds(5)).bytes.readableBytes <= 6, "one packet at most")
        await provider.close()
        return answer
    }

    private func injected(_ action: FaultAction, skipping count: Int = 0) -> FaultRule {
        var rule = FaultRule(id: "injected", match: FaultMatch(stage: .frame), action: action)
        rule.trigger.skipFirst = count
        return rule
    }

    @Test(arguments: [0, 1, 6, 255] as [UInt8])
    func `statuses nobody credibly saw come by injection only`(_ status: UInt8) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let frame = WireFrame.bytes(9, token: tokens[0].bytes)
            let rule = injected(.answer(status: status, identifier: .own, keepsOpen: false))
            let heard = try await self.answer(to: frame, service, rule: rule)
            #expect(heard == .packet(ErrorPacket(status: status, identifier: 9)))
        }
    }

    @Test func `3: a provider whose certificate names no topic has no app to speak for`() async throws {
        let scene = try await HostScene()
        let status = try await scene.perform { host -> ErrorStatus? in
            var buffer = ByteBuffer(bytes: WireFrame.bytes(3))
            var decoder = ProviderFrameDecoder()
            guard case .frame(let frame) = decoder.next(in: &buffer) else { throw HostSceneError.malformedFrame }
            let provider = host.context(of: nil, on: ConnectionID(rawValue: 1), in: .sandbox)
            return host.judge(frame, from: provider, offset: 0, at: host.batchTime)?.status
        }
        #expect(status == .missingTopic)
    }

    @Test(arguments: ["random", "of the other environment", "of another app", "of an app on a removed device"])
    func `8: a token of 32 bytes that is not this environment's and app's`(_ kind: String) async throws {
        try await TestService.with { service in
            let token: [UInt8]
            switch kind {
            case "of the other environment":
                token = try await service.addPhone(environment: .production, connected: false)[0].bytes
            case "of another app":
                token = try await service.addPhone(topics: [TestService.otherTopic], connected: false)[0].bytes
            case "of an app on a removed device":
                token = try await service.addPhone(connected: false)[0].bytes
                _ = try await service.server.perform { $0.removeDevice(named: "phone") }
            default: token = Self.unknown
            }
            let frame = WireFrame.bytes(0xDEAD_BEEF, .usualItems, token: token)
            let expected = ErrorPacket(status: .invalidToken, identifier: 0xDEAD_BEEF)
            let heard = try await self.answer(to: frame, service)
            #expect(heard == .packet(expected))
        }
    }

    @Test(arguments: [[1, 2, 3, 4, 5], [3, 1, 2, 4, 5], [5, 4, 3, 2, 1], [2, 1, 3]] as [[UInt8]])
    func `8 is found after the whole frame, so it carries the identifier wherever item 3 stands`(
        _ order: [UInt8]
    ) async throws {
        try await TestService.with { service in
            let frame = WireFrame.bytes(12, .items(order: order), token: Self.unknown)
            let heard = try await self.answer(to: frame, service)
            #expect(heard == .packet(ErrorPacket(status: .invalidToken, identifier: 12)))
        }
    }

    @Test func `8 for a command 2 without item 3 carries identifier 0`() async throws {
        try await TestService.with { service in
            let frame = WireFrame.bytes(12, .items(order: [1, 2]), token: Self.unknown)
            let heard = try await self.answer(to: frame, service)
            #expect(heard == .packet(ErrorPacket(status: .invalidToken, identifier: 0)))
        }
    }

    @Test func `identifier 0 of the provider's own is a real identifier`() async throws {
        try await TestService.with { service in
            let frame = WireFrame.bytes(0, token: Self.unknown)
            let heard = try await self.answer(to: frame, service)
            #expect(heard == .packet(ErrorPacket(status: .invalidToken, identifier: 0)))
            #expect(try await service.notifications()[0].wire.identifier == 0, "and not none")
        }
    }

    @Test(arguments: [0, 2])
    func `10 names the last notification processed, or 0 where there was none`(_ processed: Int) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            let frames = (21...24).flatMap { WireFrame.bytes($0, token: tokens[0].bytes) }
            let rule = injected(.shutdown, skipping: processed)
            let expected = ErrorPacket(status: .shutdown, identifier: processed == 0 ? 0 : 22)
            let heard = try await self.answer(to: frames, service, rule: rule)
            #expect(heard == .packet(expected))
            #expect(try await service.counters().accepted == processed)
        }
    }

    @Test func `a good token refused once is taken when it is sent again`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let frame = WireFrame.bytes(5, token: tokens[0].bytes)
            var rule = injected(.answer(status: 8, identifier: .own, keepsOpen: false))
            rule.trigger.times = 1
            let heard = try await self.answer(to: frame, service, rule: rule)
            #expect(heard == .packet(ErrorPacket(status: .invalidToken, identifier: 5)))
            let provider = try await service.client().connect()
            try await provider.send(bytes: frame)
            try await service.wait(NotificationFilter(verdict: .accepted, identifier: 5))
            let refused = try await service.notifications()[0]
            #expect(refused.note == "refused by the fault rule injected")
        }
    }

    @Test func `three bad tokens in a row get one error, for the first`() async throws {
        try await TestService.with { service in
            let frames = (1...3).flatMap { WireFrame.bytes($0, token: Self.unknown) }
            let heard = try await self.answer(to: frames, service)
            #expect(heard == .packet(ErrorPacket(status: .invalidToken, identifier: 1)))
            #expect(try await service.notifications().map(\.verdict.kind) == [.rejected, .discarded, .discarded])
        }
    }

    @Test func `a token of an app that went is accepted in silence, whatever its command`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(connected: false)
            try await service.removeApp(of: tokens[0])
            let provider = try await service.client().connect()
            for format in [OutgoingNotification.Format.simple, .enhanced, .usualItems] {
                try await provider.send(bytes: WireFrame.bytes(1, format, token: tokens[0].bytes))
            }
            let gone = try await service.wait(NotificationFilter(fate: .undeliverable), count: 3)
            #expect(gone.map(\.fate) == Array(repeating: .undeliverable(.appRemoved), count: 3))
            #expect(await provider.answer(within: .milliseconds(30)) == .silence)
        }
    }
}
