import ControlAPI
import MockProvider
import PushIdentity
import PushTestSupport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Providers' certificates revoked by control call.
struct RevocationRouteTests {
    @Test(.seed("004-04"))
    func `a certificate that is revoked is refused until the revocation is taken back`() async throws {
        try await ControlScene.with { scene in
            let identity = try scene.service.identities.provider(ControlScene.topic)
            let client = try scene.service.client(.sandbox, identity: identity)
            let fingerprint = identity.certificate.fingerprint
            let withColons = stride(from: 0, to: 64, by: 2).map { fingerprint.dropFirst($0).prefix(2) }
                .joined(separator: ":").uppercased()
            #expect(try await client.readFeedback().isEmpty)

            let made = try await scene.http.send("PUT", "/v1/revocations/\(withColons)")
            #expect(made.status == 201)
            #expect(made.headers["location"] == "/v1/revocations/\(fingerprint)")
            #expect(try await scene.http.send("PUT", "/v1/revocations/\(fingerprint)").status == 200, "safe to repeat")
            let listed = try await scene.http.get("/v1/revocations").items
            #expect(listed.map { $0["fingerprint"]?.string } == [fingerprint])
            await #expect(throws: (any Error).self) { try await client.readFeedback() }

            #expect(try await scene.http.send("DELETE", "/v1/revocations/\(fingerprint)").status == 204)
            #expect(try await client.readFeedback().isEmpty)
            #expect(try await scene.http.send("DELETE", "/v1/revocations/\(fingerprint)").status == 404)
        }
    }

    @Test(arguments: ["abc", String(repeating: "g", count: 64), String(repeating: "a", count: 65)])
    func `what is no fingerprint is refused, with the way to one`(text: String) async throws {
        try await ControlScene.with { scene in
            let reply = try await scene.http.send("PUT", "/v1/revocations/\(text)")
            #expect(reply.status == 422)
            #expect(reply.code == "validation-failed")
            #expect(try await scene.operations.revocations().isEmpty)
        }
    }
}
