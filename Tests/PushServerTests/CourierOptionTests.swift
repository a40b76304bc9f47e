import APNSWire
import MockDevice
import NIOCore
import PushBroker
import PushIdentity
import PushServer
import PushVocabulary
import ServiceTestSupport
import Testing

/// What may be chosen about the courier, as a device sees it over real TLS.
struct CourierOptionTests {
    private static func options(_ change: (inout CourierOptions) -> Void) -> CourierOptions {
        var options = CourierOptions()
        change(&options)
        return options
    }

    private static let foreign = DeviceToken(Array(repeating: 0x42 as UInt8, count: 32))

    /// The answer to Connect.
    private func answer(
        _ phone: RawPhone,
        presenting token: DeviceToken?,
        in service: TestService
    ) async throws -> CourierConnectResponse? {
        let courier = try await RawCourier.open(to: service)
        try await courier.send(.connect(try phone.connect(presenting: token)))
        guard case .connectResponse(let response) = try await courier.next() else { return nil }
        return response
    }

    // MARK: - Tokens

    @Test(arguments: PresentedTokenPolicy.allCases)
    func `a token from elsewhere is adopted, refused or replaced, as chosen`(_ policy: PresentedTokenPolicy)
        async throws
    {
        try await TestService.with(courier: Self.options { $0.tokens = policy }) { service in
            let foreign = try #require(Self.foreign)
            let response = try #require(try await answer(RawPhone("phone"), presenting: foreign, in: service))
            switch policy {
            case .adopt: #expect(response.status == 0 && response.baseToken == foreign)
            case .strict: #expect(response.status == 2 && response.baseToken == nil)
            case .reissue:
                #expect(response.status == 0 && response.baseToken != foreign)
                #expect(response.baseToken?.bytes.count == 32)
            }
        }
    }

    @Test func `a refused device comes back without its token and is served`() async throws {
        try await TestService.with(courier: Self.options { $0.tokens = .strict }) { service in
            let phone = try RawPhone("phone")
            let foreign = try #require(Self.foreign)
            #expect(try await answer(phone, presenting: foreign, in: service)?.status == 2)
            let token = try #require(try await answer(phone, presenting: nil, in: service)?.baseToken)
            #expect(try await answer(phone, presenting: token, in: service)?.baseToken == token)
        }
    }

    @Test func `our own phone takes that path by itself`() async throws {
        try await TestService.with(courier: Self.options { $0.tokens = .strict }) { service in
            try await service.fleet.add(
                .init(
                    name: "phone",
                    environment: .sandbox,
                    apps: [.init(topic: TestService.topic)],
                    baseToken: Self.foreign
                )
            )
            #expect(await service.fleet.snapshot("phone")?.isOnline == true)
        }
    }

    @Test func `another device's token is replaced where tokens are reissued`() async throws {
        try await TestService.with(courier: Self.options { $0.tokens = .reissue }) { service in
            let owner = try await RawPhone("owner").online(in: service)
            let response = try #require(
                try await answer(RawPhone("thief"), presenting: owner.baseToken, in: service)
            )
            #expect(response.status == 0 && response.baseToken != owner.baseToken)
            try await owner.expectQuiet()
        }
    }

    @Test func `the token is told only when it changed, if so chosen, and our own phone goes on with it`() async throws
    {
        try await TestService.with(courier: Self.options { $0.tokenEcho = .changed }) { service in
            let phone = try RawPhone("phone")
            let first = try #require(try await answer(phone, presenting: nil, in: service)?.baseToken)
            let again = try #require(try await answer(phone, presenting: first, in: service))
            #expect(again.status == 0 && again.baseToken == nil)

            let token = try await service.addPhone("own").first
            try await service.fleet.disconnect("own")
            try await service.fleet.connect("own")
            #expect(await service.fleet.snapshot("own")?.apps.first?.token == token)
        }
    }

    // MARK: - TLS

    @Test(
        arguments: [
            (["apns-security-v2"], ["apns-security-v3", "apns-security-v2"], "apns-security-v2"),
            ([], ["apns-security-v3"], nil),
        ] as [([String], [String], String?)]
    )
    func `only the chosen protocol names are agreed on`(
        _ served: [String],
        _ offered: [String],
        _ agreed: String?
    ) async throws {
        try await TestService.with(courier: Self.options { $0.protocols = served }) { service in
            let courier = try await RawCourier.open(to: service, protocols: offered)
            #expect(courier.applicationProtocol == agreed)
        }
    }

    @Test func `a device may prove itself by its certificate in TLS, with a Connect that carries none`() async throws {
        try await TestService.with(courier: Self.options { $0.authentication = .tls }) { service in
            var tokens: [DeviceToken?] = []
            for _ in 1...2 {
                let phone = try RawPhone("old phone")
                let courier = try await RawCourier.open(
                    to: service,
                    protocols: ["apns-security-v2"],
                    showing: phone.identity
                )
                try await courier.send(.connect(CourierConnect()))
                guard case .connectResponse(let response) = try await courier.next() else {
                    Issue.record("no answer")
                    return
                }
                #expect(response.status == 0)
                tokens.append(response.baseToken)
            }
            #expect(tokens[0] != nil && tokens[0] == tokens[1], "the certificate says which device it is")
            #expect(try await service.server.perform { $0.broker.device(named: "old phone") } != nil)
        }
    }

    @Test func `where TLS asks for certificates, a device without one proves itself in Connect, or is refused`()
        async throws
    {
        try await TestService.with(courier: Self.options { $0.authentication = .tls }) { service in
            #expect(try await answer(RawPhone("newer phone"), presenting: nil, in: service)?.status == 0)
            let courier = try await RawCourier.open(to: service)
            try await courier.send(.connect(CourierConnect()))
            guard case .connectResponse(let response) = try await courier.next() else {
                Issue.record("no answer")
                return
            }
            #expect(response.status == 2)
        }
    }

    @Test func `without that choice a certificate in TLS is not asked for and proves nothing`() async throws {
        try await TestService.with { service in
            let courier = try await RawCourier.open(to: service, showing: try RawPhone("old phone").identity)
            try await courier.send(.connect(CourierConnect()))
            guard case .connectResponse(let response) = try await courier.next() else {
                Issue.record("no answer")
                return
            }
            #expect(response.status == 2)
        }
    }
}
