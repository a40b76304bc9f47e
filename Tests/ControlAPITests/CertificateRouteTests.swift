import PushIdentity
import PushVocabulary
import Testing

@testable import ControlAPI

struct CertificateRouteTests {
    @Test func `the list has the authority and the identities, with what they are good for`() async throws {
        try await ControlScene.with(certificates: try TemporaryStore.shared()) { scene in
            let reply = try await scene.http.get("/v1/certificates")
            #expect(reply.status == 200)
            let identity = try #require(reply.items.first)
            #expect(identity["id"] == "com.example.app.development")
            #expect(identity["topic"] == "com.example.app")
            #expect(identity["environment"] == "sandbox")
            #expect(identity["kind"] == "development")
            #expect(identity["p12Password"] == "gatehouse")
            #expect(identity["formats"] == ["pem", "key", "joined", "cer", "p12"])
            #expect(try reply.json.at("authority", "id") == "ca")
            #expect(try reply.json.at("authority", "formats") == ["pem", "cer", "p12"])
        }
    }

    @Test func `an identity is issued once, is listed from then on, and fits its files`() async throws {
        let store = try TemporaryStore.shared()
        try await ControlScene.with(certificates: store) { scene in
            let body = #"{"topic": "com.example.issued", "environment": "production"}"#
            let made = try await scene.http.send("POST", "/v1/certificates", json: body)
            #expect(made.status == 201)
            #expect(made.headers["location"] == "/v1/certificates/com.example.issued.production")
            #expect(try await scene.http.send("POST", "/v1/certificates", json: body).status == 200)
            let path = try #require(made.headers["location"])
            #expect(try await scene.http.get(path).json == made.json)
            #expect(try await scene.http.get("/v1/info").json["identities"]?.array?.count == 2)

            let certificate = try Certificate(pem: try await scene.http.get("\(path).pem").text)
            #expect(certificate.topics.contains("com.example.issued"))
            #expect(try made.json["fingerprint"] == .string(certificate.fingerprint))
            #expect(try await scene.http.get("\(path).cer").body == certificate.der)
            let key = try PrivateKey(pem: try await scene.http.get("\(path).key").text)
            _ = try Identity(certificate: certificate, privateKey: key)
            #expect(try await scene.http.get("\(path).joined").text == certificate.pem + key.pem)
            let authority = try Certificate(pem: try await scene.http.get("/v1/certificates/ca.pem").text)
            #expect(certificate.verdict(issuedBy: authority, at: Instant(unixSeconds: 1_400_000_000)) == .valid)
            #expect(try await scene.http.get("\(path).p12").body.first == 0x30)
        }
    }

    @Test(arguments: ["pem", "cer", "p12"])
    func `the authority's certificate is handed out in each form`(form: String) async throws {
        try await ControlScene.with(certificates: try TemporaryStore.shared()) { scene in
            let reply = try await scene.http.get("/v1/certificates/ca.\(form)")
            #expect(reply.status == 200)
            #expect(!reply.body.isEmpty)
            #expect(!reply.text.contains("PRIVATE KEY"))
            #expect(reply.headers["content-disposition"]?.contains("filename=\"ca") == true)
        }
    }

    @Test(arguments: [
        "ca.key", "ca.joined", "ca-key.pem", "ca-key", "..%2Fca-key.pem", "%2Fetc%2Fpasswd.pem", "com.example.app",
        "com.example.app.development.jks", "com.example.app.development..pem", ".pem", "providers%2Fca.pem",
    ])
    func `the authority's key and other files are never handed out`(name: String) async throws {
        try await ControlScene.with(certificates: try TemporaryStore.shared()) { scene in
            let reply = try await scene.http.get("/v1/certificates/\(name)")
            #expect(reply.status == 404)
            #expect(reply.code == "not-found")
        }
    }

    @Test(arguments: [
        ("{}", "/topic"), (#"{"topic": ""}"#, "/topic"),
        (#"{"topic": "x", "kind": "development", "environment": "production"}"#, "/kind"),
        (#"{"topic": "x", "kind": "enterprise"}"#, "/kind"),
    ])
    func `what cannot be issued is refused with its place`(body: String, pointer: String) async throws {
        try await ControlScene.with(certificates: try TemporaryStore.shared()) { scene in
            let reply = try await scene.http.send("POST", "/v1/certificates", json: body)
            #expect(reply.status == 422)
            #expect(try reply.json.at("errors", "0", "pointer") == .string(pointer))
            #expect(try await scene.http.get("/v1/certificates").items.count == 1)
        }
    }

    @Test func `a topic with characters that no file name has is issued under an id that leads to it`() async throws {
        try await ControlScene.with(certificates: try TemporaryStore.shared()) { scene in
            let body = #"{"topic": "../ü \"x\""}"#
            let made = try await scene.http.send("POST", "/v1/certificates", json: body)
            #expect(made.status == 201)
            let path = try #require(made.headers["location"])
            let certificate = try Certificate(pem: try await scene.http.get("\(path).pem").text)
            #expect(certificate.topics.contains(Topic(#"../ü "x""#)))
        }
    }
}
