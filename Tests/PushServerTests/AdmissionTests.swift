import APNSWire
import MockDevice
import MockProvider
import NIOCore
import NIOPosix
import NIOSSL
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// What an identity gets a provider.
struct AdmissionTests {
    /// What the client sees of a refused handshake, and the code under which the ledger explains it.
    private func refusal(
        _ environment: Environment,
        _ identity: Identity?,
        in service: TestService
    ) async throws -> (seen: String, code: String?) {
        var seen = ""
        do {
            let connection = try await service.client(environment, identity: identity).connect()
            await connection.close()
        } catch {
            seen = String(describing: error)
        }
        let outcome = try await service.server.perform { $0.ledger.connections().last?.outcome }
        guard case .handshakeFailed(let end) = outcome else { return (seen, nil) }
        return (seen, end.code)
    }

    @Test(.seed("004-02"))
    func `no certificate gets alert 40`() async throws {
        try await TestService.with { service in
            let refusal = try await refusal(.sandbox, nil, in: service)
            #expect(refusal.seen.contains("HANDSHAKE_FAILURE"))
            #expect(refusal.code == "no-certificate")
        }
    }

    @Test func `a certificate of another authority gets alert 48`() async throws {
        let stranger = try CertificateAuthority.create(commonName: "Somebody Else")
        try await TestService.with { service in
            let identity = try service.identities.provider(TestService.topic, issuer: stranger)
            let refusal = try await refusal(.sandbox, identity, in: service)
            #expect(refusal.seen.contains("UNKNOWN_CA"))
            #expect(refusal.code == "unknown-issuer")
        }
    }

    @Test func `an expired certificate gets alert 45`() async throws {
        try await TestService.with { service in
            let past = Validity(
                notBefore: Instant(unixSeconds: 1_300_000_000),
                notAfter: Instant(unixSeconds: 1_400_000_000)
            )
            let identity = try service.identities.provider(TestService.topic, validity: past)
            let refusal = try await refusal(.sandbox, identity, in: service)
            #expect(refusal.seen.contains("CERTIFICATE_EXPIRED"))
            #expect(refusal.code == "certificate-expired")
        }
    }

    @Test(.seed("004-04"))
    func `a sandbox identity on production gets alert 44, certificate revoked`() async throws {
        try await TestService.with { service in
            let identity = try service.identities.provider(TestService.topic, kind: .development)
            let refusal = try await refusal(.production, identity, in: service)
            #expect(refusal.seen.contains("CERTIFICATE_REVOKED"))
            #expect(refusal.code == "wrong-environment")
        }
    }

    @Test func `a production identity on sandbox finishes its handshake and is closed without a byte`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone()
            let identity = try service.identities.provider(TestService.topic, kind: .production)
            let provider = try await service.client(.sandbox, identity: identity).connect()
            try? await provider.send([.alert(to: tokens[0])])
            let heard = await provider.hear(until: .end, within: .seconds(5))
            #expect(heard.bytes.readableBytes == 0)
            #expect(heard.hasEnded)
            #expect(try await service.counters().accepted == 0)
        }
    }

    @Test(arguments: Environment.allCases)
    func `a universal certificate works in both environments`(_ environment: Environment) async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(environment: environment)
            let provider = try await service.client(environment, kind: .universal).connect()
            try await provider.send([.alert(to: tokens[0])])
            try await service.wait(NotificationFilter(fate: .delivered))
        }
    }

    @Test(.seed("004-06"))
    func `the topic comes from the certificate: another app's token is invalid`() async throws {
        try await TestService.with { service in
            let tokens = try await service.addPhone(topics: [TestService.otherTopic])
            let provider = try await service.client(topic: TestService.topic).connect()
            try await provider.send([.alert(to: tokens[0], identifier: 5)])
            #expect(
                await provider.answer(within: .seconds(5)) == .packet(ErrorPacket(status: .invalidToken, identifier: 5))
            )
        }
    }

    @Test func `a VoIP identity may send payloads of 4,096 bytes`() async throws {
        try await TestService.with { service in
            let identity = try service.identities.provider(TestService.topic, kind: .voip)
            let topic = try #require(identity.certificate.topics.first)
            let tokens = try await service.addPhone(topics: [topic])
            let provider = try await service.client(.sandbox, identity: identity).connect()
            var push = OutgoingNotification.alert(to: tokens[0])
            push.payload = Array(#"{"aps":{},"x":"\#(String(repeating: "y", count: 4_096 - 17))"}"#.utf8)
            #expect(push.payload.count == 4_096)
            try await provider.send([push])
            try await service.wait(NotificationFilter(fate: .delivered))
        }
    }

    @Test(arguments: [
        ("alert-no-certificate", "42", "BAD_CERTIFICATE"), ("alert-expired", "80", "INTERNAL_ERROR"),
        ("alert-wrong-environment", "46", "CERTIFICATE_UNKNOWN"), ("alert-revoked", "46", "CERTIFICATE_UNKNOWN"),
    ])
    func `other alerts that were seen are a choice of the profile`(
        _ choice: String,
        _ alert: String,
        _ seen: String
    ) async throws {
        var profile = ServiceProfile.standard
        try profile.set(choice, to: alert)
        try await TestService.with(profile: profile) { service in
            let past = Validity(
                notBefore: Instant(unixSeconds: 1_300_000_000),
                notAfter: Instant(unixSeconds: 1_400_000_000)
            )
            let (environment, identity, code): (Environment, Identity?, String)
            switch choice {
            case "alert-no-certificate": (environment, identity, code) = (.sandbox, nil, "no-certificate")
            case "alert-expired":
                let expired = try service.identities.provider(TestService.topic, validity: past)
                (environment, identity, code) = (.sandbox, expired, "certificate-expired")
            case "alert-revoked":
                let revoked = try service.identities.provider(TestService.topic)
                try await service.server.perform { $0.revoke(fingerprint: revoked.certificate.fingerprint) }
                (environment, identity, code) = (.sandbox, revoked, "certificate-revoked")
            default:
                let sandbox = try service.identities.provider(TestService.topic)
                (environment, identity, code) = (.production, sandbox, "wrong-environment")
            }
            let refusal = try await refusal(environment, identity, in: service)
            #expect(refusal.seen.contains(seen), "\(refusal.seen)")
            #expect(refusal.code == code)
        }
    }

    @Test func `a revoked certificate gets alert 44 on both ports, until the revocation is taken back`() async throws {
        try await TestService.with { service in
            let identity = try service.identities.provider(TestService.topic)
            let fingerprint = identity.certificate.fingerprint
            try await service.server.perform { $0.revoke(fingerprint: fingerprint.uppercased()) }
            let refusal = try await refusal(.sandbox, identity, in: service)
            #expect(refusal.seen.contains("CERTIFICATE_REVOKED"))
            #expect(refusal.code == "certificate-revoked")
            let client = try service.client(.sandbox, identity: identity)
            await #expect(throws: (any Error).self) { try await client.readFeedback() }
            let other = try service.client(.sandbox, identity: service.identities.provider(TestService.otherTopic))
            #expect(try await other.readFeedback().isEmpty, "another certificate of the same key is not meant")
            #expect(try await service.server.perform { $0.unrevoke(fingerprint: fingerprint) })
            #expect(try await client.readFeedback().isEmpty)
        }
    }

    @Test func `an expired certificate gets alert 45 on feedback as well`() async throws {
        try await TestService.with { service in
            let past = Validity(
                notBefore: Instant(unixSeconds: 1_300_000_000),
                notAfter: Instant(unixSeconds: 1_400_000_000)
            )
            let identity = try service.identities.provider(TestService.topic, validity: past)
            let client = try service.client(.sandbox, identity: identity)
            let error = await #expect(throws: (any Error).self) { try await client.readFeedback() }
            #expect(String(describing: error).contains("CERTIFICATE_EXPIRED"))
        }
    }

    @Test
    func `a server chain that must not be trusted is refused by a client that looks, and takes in one that does not`()
        async throws
    {
        let identities = TestIdentities.shared
        let free = ServiceAddress(host: "127.0.0.1", port: 0)
        var configuration = PushServerConfiguration(
            addresses: [.sandbox: .init(gateway: free, feedback: free, courier: free)],
            authority: identities.authority.certificate,
            providerServerIdentity: identities.providerServer,
            courierServerIdentity: identities.courierServer,
            seed: 1
        )
        configuration.untrustedChain = true
        let server = try await PushServer.start(configuration, clock: ProductClock())
        do {
            let addresses = try #require(server.addresses[.sandbox])
            for authority in [identities.authority.certificate, nil] {
                let client = try ProviderClient(
                    gateway: addresses.gateway,
                    feedback: addresses.feedback,
                    identity: identities.provider(TestService.topic),
                    authority: authority,
                    serverName: "gateway.sandbox.push.apple.com",
                    eventLoopGroup: MultiThreadedEventLoopGroup.singleton
                )
                if authority == nil {
                    await (try client.connect()).close()
                    #expect(try await client.readFeedback().isEmpty)
                } else {
                    let error = await #expect(throws: (any Error).self) { try await client.connect() }
                    #expect(String(describing: error).contains("CERTIFICATE_VERIFY_FAILED"))
                    await #expect(throws: (any Error).self) { try await client.readFeedback() }
                }
            }
            let codes = try await server.perform { host in
                host.ledger.connections(service: .gateway).map { entry -> String in
                    if case .handshakeFailed(let end) = entry.outcome { end.code } else { "" }
                }
            }
            #expect(codes == ["authority-not-trusted", ""])
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}
