import ControlAPI
import MockDevice
import Yams

/// A user's own network profiles: every `.json`, `.yaml` and `.yml` file of a directory, each with one profile or a list
/// of them, in the form of those that come with Gatehouse.
package enum NetworkDirectory {
    static let fileEndings = [".json", ".yaml", ".yml"]

    /// What comes with Gatehouse and what the directory adds, in the order of its files' names; one of a known name takes
    /// its place.
    ///
    /// - Parameters:
    ///   - path: `nil`: there is no such directory.
    ///   - origin: what named it.
    /// - Throws: `GatehouseError` with file, line and column of the first mistake.
    static func catalogue(
        _ path: String?,
        namedBy origin: String = ServeOption.networkProfiles.flag
    ) throws(GatehouseError) -> NetworkCatalogue {
        guard let path else { return .builtIn }
        guard FileSystem.exists("\(path)/.") else {
            throw GatehouseError(
                .unavailable,
                "\(path): there is no such directory of network profiles. Correct \(origin)."
            )
        }
        var catalogue = NetworkCatalogue.builtIn
        var places: [String: String] = [:]
        for name in FileSystem.names(in: path).sorted()
        where Self.fileEndings.contains(where: name.hasSuffix) && !name.hasPrefix(".") {
            let file = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
            guard let text = try FileSystem.text(of: file) else { continue }
            try YAMLReader(path: file).addNetworks(text, to: &catalogue, places: &places)
        }
        return catalogue
    }
}

extension YAMLReader {
    /// - Parameter places: where the user's profiles are, by name.
    fileprivate func addNetworks(
        _ text: String,
        to catalogue: inout NetworkCatalogue,
        places: inout [String: String]
    ) throws(GatehouseError) {
        guard let root = try self.parse(text) else {
            throw GatehouseError(.usage, "\(self.path):1:1: the file is empty, and must have a network profile")
        }
        let profiles: [Node] = if case .sequence(let sequence) = root { Array(sequence) } else { [root] }
        for profile in profiles {
            let json = try self.json(profile)
            do throws(NetworkProfileError) {
                try catalogue.add(file: json.bytes)
            } catch {
                throw self.error(about: error, in: profile)
            }
            guard case .string(let name)? = json["name"] else { continue }
            if let other = places.updateValue(self.place(of: profile).description, forKey: name) {
                throw self.error(at: profile, "there is a network profile `\(name)` already, at \(other)")
            }
        }
    }
}
