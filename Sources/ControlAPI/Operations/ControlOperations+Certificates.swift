package import PushIdentity
package import PushVocabulary
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A certificate that can be fetched: an identity of a provider, or the authority that clients have to trust.
package struct ServedCertificate: Hashable, Sendable {
    /// One file of it.
    package enum Form: String, Hashable, Sendable, CaseIterable {
        /// The certificate, PEM.
        case pem
        /// The key, PEM.
        case key
        /// Certificate and key in one PEM file.
        case joined
        /// The certificate, DER.
        case cer
        /// Certificate and key as PKCS#12; of the authority a trust store for Java, which has no key.
        case p12
    }

    /// The id of the authority.
    package static let authorityID = "ca"

    package let id: String
    package let certificate: Certificate
    /// `nil`: the authority.
    package let identity: ReadyRecord.Identity?

    /// What there is. The authority's key is nobody's business.
    package var forms: [Form] { self.identity == nil ? [.pem, .cer, .p12] : Form.allCases }
}

extension ControlOperations {
    /// The provider identities that lie ready.
    package var identities: [ReadyRecord.Identity] { self.state.withLock(\.identities) }

    /// - Throws: `wrongState` when its file cannot be read.
    package func authorityCertificate() throws(ControlError) -> ServedCertificate {
        let certificate = try Self.certificate(at: self.facts.caFile)
        return ServedCertificate(id: ServedCertificate.authorityID, certificate: certificate, identity: nil)
    }

    /// - Throws: `wrongState` when a file cannot be read.
    package func providerCertificates() throws(ControlError) -> [ServedCertificate] {
        try self.identities.map { identity throws(ControlError) in try self.certificate(of: identity) }
    }

    /// - Throws: `notFound`; `wrongState` when a file cannot be read.
    package func certificate(_ id: String) throws(ControlError) -> ServedCertificate {
        if id == ServedCertificate.authorityID { return try self.authorityCertificate() }
        guard let identity = self.identities.first(where: { Self.id(of: $0) == id }) else {
            throw ControlError(
                .notFound,
                "there is no certificate \(id)",
                hint: "GET /v1/certificates lists them; POST issues one."
            )
        }
        return try self.certificate(of: identity)
    }

    /// The bytes of one form.
    ///
    /// - Throws: `notFound` for a form it does not have; `wrongState` when a file cannot be read or made.
    package func bytes(
        of served: ServedCertificate,
        as form: ServedCertificate.Form
    ) throws(ControlError) -> [UInt8] {
        guard served.forms.contains(form) else {
            let forms = served.forms.map(\.rawValue).joined(separator: ", ")
            throw ControlError(.notFound, "\(served.id) has no form \(form.rawValue)", hint: "It has \(forms).")
        }
        switch (form, served.identity) {
        case (.pem, _): return Array(served.certificate.pem.utf8)
        case (.cer, _): return served.certificate.der
        case (.key, let identity?): return try Self.contents(of: identity.keyFile)
        case (.joined, let identity?): return try Self.contents(of: identity.pemFile)
        case (.p12, let identity?): return try Self.contents(of: identity.p12File)
        default: return try Self.contents(of: try self.trustStoreFile())
        }
    }

    /// Issues a provider identity, or finds the one that is there. Takes a while: it may have to make a key.
    ///
    /// - Parameters:
    ///   - environment: `nil`: one that the kind is for.
    ///   - kind: `nil`: the environment's usual one.
    /// - Returns: the identity, and whether it was not listed before.
    /// - Throws: `validationFailed` for a kind that the environment does not accept or a topic that no certificate can
    ///   carry; `wrongState` when nothing can be written.
    package func issueIdentity(
        for topic: Topic,
        environment: Environment? = nil,
        kind: IdentityKind? = nil
    ) throws(ControlError) -> (identity: ReadyRecord.Identity, isNew: Bool) {
        let environment = environment ?? (kind == .production ? .production : .sandbox)
        let kind = kind ?? (environment == .sandbox ? .development : .production)
        guard kind.environments.contains(environment) else {
            throw .invalid(
                .pointer("/kind"),
                "an identity of kind \(kind.rawValue) is not accepted in \(environment.rawValue)"
            )
        }
        guard 1...Self.maximumTopicSize ~= topic.name.utf8.count else {
            throw .invalid(.pointer("/topic"), "must have 1 to \(Self.maximumTopicSize) bytes")
        }
        guard let identityStore else { throw ControlError(.wrongState, "this server has nowhere to keep identities") }
        let files: IdentityFiles
        do throws(IdentityStoreError) {
            files = try identityStore.providerIdentity(ProviderRequest(topic: topic, kind: kind))
        } catch {
            throw ControlError(error)
        }
        let identity = ReadyRecord.Identity(files, topic: topic, environment: environment)
        let isNew = self.state.withLock { state in
            guard !state.identities.contains(identity) else { return false }
            state.identities.append(identity)
            return true
        }
        return (identity, isNew)
    }

    /// What X.509 allows in a common name, with room for what stands before the topic (RFC 5280, ub-common-name).
    private static let maximumTopicSize = 200

    private func trustStoreFile() throws(ControlError) -> String {
        guard let identityStore else {
            throw ControlError(.wrongState, "this server has nowhere to keep a trust store")
        }
        do throws(IdentityStoreError) {
            return try identityStore.trustStore()
        } catch {
            throw ControlError(error)
        }
    }

    /// - Throws: `wrongState` when its file cannot be read.
    package func certificate(of identity: ReadyRecord.Identity) throws(ControlError) -> ServedCertificate {
        ServedCertificate(
            id: Self.id(of: identity),
            certificate: try Self.certificate(at: identity.certFile),
            identity: identity
        )
    }

    /// The name of its files, which is one identity's alone.
    private static func id(of identity: ReadyRecord.Identity) -> String {
        let name = identity.certFile.split(separator: "/").last ?? ""
        return String(name.hasSuffix(".pem") ? name.dropLast(4) : name)
    }

    private static func certificate(at path: String) throws(ControlError) -> Certificate {
        let text = String(decoding: try Self.contents(of: path), as: UTF8.self)
        do throws(IdentityError) {
            return try Certificate(pem: text)
        } catch {
            throw ControlError(.wrongState, "\(path): \(error)", hint: "Start the server again: it is made anew.")
        }
    }

    private static func contents(of path: String) throws(ControlError) -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ControlError(.wrongState, "\(path) cannot be read", hint: "Start the server again: it is made anew.")
        }
        return Array(data)
    }
}
