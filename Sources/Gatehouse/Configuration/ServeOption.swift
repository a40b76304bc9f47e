/// The settings of `serve`, by the long names of their flags, which are also their keys in the configuration file.
///
/// In the order in which they are applied: `port` goes before the addresses it abbreviates.
package enum ServeOption: String, CaseIterable, Hashable, Sendable {
    case config
    case port
    case gateway
    case feedback
    case courier
    case control
    case environment
    case profile
    case seed
    case certs
    case sans
    case allowedHosts = "allowed-hosts"
    case courierCredentials = "courier-credentials"
    case clock
    case ready
    case readyFile = "ready-file"

    /// The flag on the command line.
    package var flag: String { "--\(self.rawValue)" }

    /// The environment variable.
    package var variable: String {
        "GATEHOUSE_" + String(self.rawValue.map { $0 == "-" ? "_" : $0 }).uppercased()
    }
}

/// Where a setting's value comes from; a later case outweighs an earlier one.
package enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
    case standard
    case file(path: String, line: Int, column: Int)
    case variable(String)
    case flag(String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .variable(let name), .flag(let name): name
        }
    }
}
