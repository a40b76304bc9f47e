import APNSWire
import MockDevice
import MockProvider
import NIOCore
import NIOSSL
import PushIdentity
import PushLedger
import PushServer
import PushTestSupport
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
}
