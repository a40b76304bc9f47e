#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The network profiles that go by a name: those that come with Gatehouse, and a user's own.
package struct NetworkCatalogue: Hashable, Sendable {
    package private(set) var profiles: [NetworkProfile]

    /// What comes with Gatehouse.
    package static let builtIn: NetworkCatalogue = {
        do throws(NetworkProfileError) {
            var catalogue = NetworkCatalogue(profiles: [.ideal])
            try catalogue.add(file: PackageResources.networks_json)
            return catalogue
        } catch {
            preconditionFailure("Resources/networks.json: \(error)")
        }
    }()

    package func profile(named name: String) -> NetworkProfile? { self.profiles.first { $0.name == name } }

    /// Adds the profiles of a file: an array of profiles, or a single one. One of a known name takes its place.
    ///
    /// - Throws: `NetworkProfileError`; nothing is added then.
    package mutating func add(file: [UInt8]) throws(NetworkProfileError) {
        guard let value = try? JSONDecoder().decode(NetworkValue.self, from: Data(file)) else {
            throw NetworkProfileError(pointer: "", text: "is not JSON")
        }
        let (elements, isList) = if case .list(let elements) = value { (elements, true) } else { ([value], false) }
        var grown = self
        for (position, element) in elements.enumerated() {
            let place = isList ? "/\(position)" : ""
            let profile = try NetworkProfile(element, catalogue: grown, at: place)
            guard case .object(let members) = element, case .text(let name)? = members["name"], !name.isEmpty else {
                throw NetworkProfileError(pointer: "\(place)/name", text: "must be there")
            }
            // Mixes are written `lift=3,ideal=1`.
            guard !name.contains(where: { $0 == "," || $0 == "=" || $0.isWhitespace }) else {
                throw NetworkProfileError(pointer: "\(place)/name", text: "must have no comma, equals sign or space")
            }
            grown.profiles.removeAll { $0.name == name }
            grown.profiles.append(profile)
        }
        self = grown
    }

    func profile(named name: String, at pointer: String) throws(NetworkProfileError) -> NetworkProfile {
        if let profile = self.profile(named: name) { return profile }
        throw NetworkProfileError(
            pointer: pointer,
            text: "names no network profile: there are \(self.profiles.map(\.name).joined(separator: ", "))"
        )
    }
}
