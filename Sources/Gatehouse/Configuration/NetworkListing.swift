import ControlAPI
import MockDevice

/// The network profiles there are, for people and for programs.
package enum NetworkListing {
    /// - Parameter directory: with the user's own; `nil`: none.
    /// - Throws: `GatehouseError` with the place of a mistake in them.
    package static func answer(directory: String?) throws(GatehouseError) -> CommandAnswer {
        let profiles = try NetworkDirectory.catalogue(directory).profiles
        let rows = profiles.map { [$0.name, $0.summary.isEmpty ? "-" : $0.summary] }
        return CommandAnswer(
            text: TextTable(rows).text,
            value: ["items": .array(profiles.map(\.parametersJSON))]
        )
    }
}
