import NIOPosix
import PushIdentity
import PushVocabulary

extension ControlCall {
    func certificates() async throws -> ControlAnswer {
        let items = try self.operations.providerCertificates()
        return .json([
            "authority": try self.operations.authorityCertificate().json,
            "items": .array(items.map(\.json)), "total": .number(items.count),
        ])
    }

    /// `{"topic", "environment", "kind"}`: issues a provider identity, or finds the one that is there.
    func issueCertificate() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["topic", "environment", "kind"])
        guard let topicText = try body.string("topic") else { throw body.invalid("topic", "must be given") }
        let topic = Topic(try body.reading("topic") { () throws(ValueDefect) in try topicText.nonEmpty })
        let environment = try body.string("environment").map { text in
            try body.reading("environment") { () throws(ValueDefect) -> Environment in try text.choice() }
        }
        let kind = try body.string("kind").map { text in
            try body.reading("kind") { () throws(ValueDefect) -> IdentityKind in try text.choice() }
        }
        let operations = self.operations
        // A key takes long enough to be in everybody's way.
        let (certificate, isNew) = try await NIOThreadPool.singleton.runIfActive {
            let issued = try operations.issueIdentity(for: topic, environment: environment, kind: kind)
            return (try operations.certificate(of: issued.identity), issued.isNew)
        }
        let path = "/v1/certificates/\(PercentEncoding.encoded(certificate.id))"
        return .made(certificate.json, at: isNew ? path : nil)
    }

    /// A certificate by its id, or one of its files: the id, a dot, and a form.
    func certificateFile() async throws -> ControlAnswer {
        let name = self.parameter("file")
        guard let dot = name.lastIndex(of: "."),
            let form = ServedCertificate.Form(rawValue: String(name[name.index(after: dot)...]))
        else { return .json(try self.operations.certificate(name).json) }
        let served = try self.operations.certificate(String(name[..<dot]))
        var answer = ControlAnswer(
            content: .bytes(try self.operations.bytes(of: served, as: form), type: form.contentType)
        )
        answer.fileName = served.fileName(form)
        return answer
    }
}

extension ServedCertificate.Form {
    /// As RFC 2585 and RFC 7292 name them; there is no registered name for PEM.
    fileprivate var contentType: String {
        switch self {
        case .pem, .key, .joined: "application/x-pem-file"
        case .cer: "application/pkix-cert"
        case .p12: "application/x-pkcs12"
        }
    }
}

extension ServedCertificate {
    /// The certificate object of the control API.
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("id", .string(self.id))]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("topic", self.identity.map { .string($0.topic) })
        add("environment", self.identity.map { .string($0.environment.rawValue) })
        add("kind", self.identity == nil ? nil : self.certificate.kind.map { .string($0.rawValue) })
        add("commonName", .string(self.certificate.commonName ?? ""))
        add("fingerprint", .string(self.certificate.fingerprint))
        add("notBefore", self.certificate.notBefore.json)
        add("notAfter", self.certificate.notAfter.json)
        add("p12Password", .string(self.identity?.p12Password ?? IdentityStore.defaultPKCS12Password))
        add("formats", .array(self.forms.map { .string($0.rawValue) }))
        return .object(members)
    }

    /// As the file is called on disk. Ids are plain ASCII: whatever else a topic has is percent-encoded in them.
    fileprivate func fileName(_ form: Form) -> String {
        switch form {
        case .pem, .cer: "\(self.id).\(form.rawValue)"
        case .p12: self.identity == nil ? "ca-truststore.p12" : "\(self.id).p12"
        case .key, .joined: "\(self.id)-\(form.rawValue).pem"
        }
    }
}
