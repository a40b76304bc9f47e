package import PushVocabulary

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What a provider certificate is for: which family of names and extensions it carries.
package enum IdentityKind: String, CaseIterable, Codable, Hashable, Sendable {
    case development
    case production
    case universal
    case voip

    /// The environments in which a certificate of this kind is accepted.
    package var environments: Set<Environment> { IdentityProfile.of(self).environments }
}

/// The shape of one kind of certificate, as `certs/profiles.json` describes it.
struct IdentityProfile: Decodable, Sendable {
    struct TopicEntry: Decodable, Sendable {
        var topic: Pattern
        var kinds: [String]
    }

    /// A text with `{bundle}` where the app's bundle identifier goes.
    struct Pattern: Decodable, Sendable {
        let text: String

        init(from decoder: any Decoder) throws {
            self.text = try decoder.singleValueContainer().decode(String.self)
        }

        func filled(with bundle: String) -> String {
            self.text.split(separator: "{bundle}", omittingEmptySubsequences: false).joined(separator: bundle)
        }

        /// The bundle identifier in a text that this pattern made; `nil` when it did not make it.
        func bundle(in filled: String) -> String? {
            let parts = self.text.split(separator: "{bundle}", omittingEmptySubsequences: false)
            guard parts.count == 2, filled.hasPrefix(parts[0]), filled.hasSuffix(parts[1]) else { return nil }
            guard filled.utf8.count > parts[0].utf8.count + parts[1].utf8.count else { return nil }
            return String(filled.dropFirst(parts[0].count).dropLast(parts[1].count))
        }
    }

    let kind: IdentityKind
    let commonName: Pattern
    let userID: Pattern
    let environments: Set<Environment>
    /// Which of the marker extensions the certificate carries, by the names of `objectIdentifiers`.
    let markers: Set<Marker>
    let topicList: [TopicEntry]

    enum Marker: String, Decodable, CaseIterable, Hashable, Sendable {
        case sandbox
        case production
        case voip

        /// The environment that this marker opens, if it is about one.
        var environment: Environment? {
            switch self {
            case .sandbox: .sandbox
            case .production: .production
            case .voip: nil
            }
        }
    }

    static func of(_ kind: IdentityKind) -> IdentityProfile {
        guard let profile = IdentityProfiles.builtIn.profiles.first(where: { $0.kind == kind }) else {
            preconditionFailure("certs/profiles.json has no profile `\(kind.rawValue)`")
        }
        return profile
    }
}

/// The whole of `certs/profiles.json`, which the build puts into the program.
struct IdentityProfiles: Decodable, Sendable {
    struct ObjectIdentifiers: Decodable, Sendable {
        let sandbox: String
        let production: String
        let voip: String
        let topicList: String

        subscript(marker: IdentityProfile.Marker) -> String {
            switch marker {
            case .sandbox: self.sandbox
            case .production: self.production
            case .voip: self.voip
            }
        }
    }

    let objectIdentifiers: ObjectIdentifiers
    /// The DER of every marker's value, in hexadecimal.
    let markerValue: String
    let profiles: [IdentityProfile]

    static let builtIn: IdentityProfiles = {
        do {
            return try JSONDecoder().decode(IdentityProfiles.self, from: Data(PackageResources.profiles_json))
        } catch {
            preconditionFailure("certs/profiles.json cannot be read: \(error)")
        }
    }()
}
