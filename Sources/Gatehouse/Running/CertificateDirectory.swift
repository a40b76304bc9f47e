#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Where certificates lie when nobody says where.
package enum CertificateDirectory {
    /// In a checkout of Gatehouse its `certs`; elsewhere the user's data directory.
    ///
    /// - Throws: `GatehouseError` when the user has no home directory.
    package static func usual(variables: [String: String]) throws(GatehouseError) -> String {
        // The declarative profiles lie in `certs` of a checkout, and nowhere else.
        if FileSystem.exists("certs/profiles.json") { return "certs" }
        if let data = variables["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/gatehouse/certs" }
        guard let home = variables["HOME"], !home.isEmpty else {
            throw GatehouseError(
                .usage,
                "There is no home directory to keep certificates in. Name a directory with --certs."
            )
        }
        return "\(home)/.local/share/gatehouse/certs"
    }

    /// This process's environment.
    package static var processVariables: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
            entry += 1
        }
        return variables
    }
}
