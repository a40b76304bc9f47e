import ControlAPI
import PushIdentity
import PushVocabulary

extension CertificateTasks {
    /// What a certificate says.
    ///
    /// - Parameter path: PEM; the first certificate in it.
    /// - Throws: `GatehouseError` when there is none.
    package static func describe(_ path: String) throws(GatehouseError) -> CommandAnswer {
        let certificate = try Self.certificate(path)
        let fields: [(String, String?)] = [
            ("subject", certificate.commonName), ("userId", certificate.userID),
            ("unit", certificate.organizationalUnit), ("issuer", certificate.issuerCommonName),
            ("serial", certificate.serial), ("kind", certificate.kind?.rawValue),
            ("notBefore", certificate.notBefore.description), ("notAfter", certificate.notAfter.description),
            ("fingerprint", certificate.fingerprint),
        ]
        let lists = [
            ("topics", certificate.topics.map(\.name)),
            ("environments", certificate.environments.map(\.rawValue).sorted()), ("names", certificate.names),
        ]
        let rows =
            fields.compactMap { name, value in value.map { Self.row(name, $0) } }
            + lists.compactMap { name, values in values.isEmpty ? nil : Self.row(name, values.joined(separator: ", ")) }
        let members =
            fields.compactMap { name, value in value.map { JSONValue.Member(name, .string($0)) } }
            + lists.map { JSONValue.Member($0, .array($1.map { .string($0) })) }
        return CommandAnswer(text: rows.joined(separator: "\n"), value: .object(members))
    }

    private static func certificate(_ path: String) throws(GatehouseError) -> Certificate {
        guard let bytes = try FileSystem.bytes(of: path) else {
            throw GatehouseError(.unavailable, "\(path): there is no such file.")
        }
        do {
            if let certificate = try? Certificate(der: bytes) { return certificate }
            return try Certificate(pem: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw GatehouseError(.unavailable, "\(path): \(error).")
        }
    }

    /// A look at everything in a directory of certificates.
    package struct Examination: Sendable {
        package let answer: CommandAnswer
        /// Whether a server can start with it.
        package let isSound: Bool
    }

    private struct Finding {
        let file: String
        /// `nil`: it is as it has to be.
        let problem: String?
    }

    /// Looks at each certificate without making or changing any.
    ///
    /// - Throws: `GatehouseError` when the directory cannot be looked at.
    package static func examine(directory: String) throws(GatehouseError) -> Examination {
        guard FileSystem.exists("\(directory)/ca.pem") else {
            throw GatehouseError(
                .unavailable,
                "\(directory): there are no certificates here. `gatehouse certs init --certs \(directory)` makes them."
            )
        }
        let authority = try Self.certificate("\(directory)/ca.pem")
        let now = ProductClock.systemNow()
        let names =
            FileSystem.names(in: directory) + FileSystem.names(in: "\(directory)/providers").map { "providers/\($0)" }
        var findings: [Finding] = []
        for name in names where name.hasSuffix(".pem") && !name.hasSuffix("-joined.pem") {
            findings.append(Self.finding(name, in: directory, authority, at: now))
        }
        let lines = findings.map {
            "\($0.problem == nil ? "good" : "bad ")  \($0.file)\($0.problem.map { ": \($0)" } ?? "")"
        }
        let values = findings.map { finding -> JSONValue in
            [
                "file": .string(finding.file), "good": .bool(finding.problem == nil),
                "problem": finding.problem.map { .string($0) } ?? .null,
            ]
        }
        return Examination(
            answer: CommandAnswer(
                text: lines.joined(separator: "\n"),
                value: ["directory": .string(directory), "files": .array(values)]
            ),
            isSound: findings.allSatisfy { $0.problem == nil }
        )
    }

    private static func finding(
        _ name: String,
        in directory: String,
        _ authority: Certificate,
        at now: Instant
    ) -> Finding {
        let path = "\(directory)/\(name)"
        let advice = "remove it, and the next start makes it anew"
        if name.hasSuffix("-key.pem") {
            if FileSystem.isReadableByOthers(path) {
                return Finding(file: name, problem: "others may read this key; `chmod 600 \(path)`")
            }
            guard let text = try? FileSystem.text(of: path), (try? PrivateKey(pem: text)) != nil else {
                return Finding(file: name, problem: "this is no private key that can be used; \(advice)")
            }
            return Finding(file: name, problem: nil)
        }
        guard let certificate = try? Self.certificate(path) else {
            return Finding(file: name, problem: "this is no certificate that can be read; \(advice)")
        }
        if name == "ca.pem" {
            let problem = "this certificate may not issue others; restore the authority's, or remove it with its key"
            return Finding(file: name, problem: certificate.isAuthority ? nil : problem)
        }
        let problem: String? =
            switch certificate.verdict(issuedBy: authority, at: now) {
            case .valid: nil
            case .unknownIssuer, .badSignature: "the authority in this directory did not issue it; \(advice)"
            case .notYetValid: "it is not valid yet; look at this machine's clock"
            case .expired: "it has expired; \(advice)"
            }
        return Finding(file: name, problem: problem)
    }
}
