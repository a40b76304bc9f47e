import PushServer

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
    // The choices of a profile, by their names.
    case commands
    case unknownCommand = "unknown-command"
    case tokenSizes = "token-sizes"
    case payloadLimit = "payload-limit"
    case voipPayloadLimit = "voip-payload-limit"
    case replyDelay = "reply-delay"
    case payloadDefect = "payload-defect"
    case otherPriority = "other-priority"
    case duplicateItem = "duplicate-item"
    case deadTokenPushes = "dead-token-pushes"
    case markTolerance = "mark-tolerance"
    case expirySigned = "expiry-signed"
    case storeWithoutExpiry = "store-without-expiry"
    case tryExpired = "try-expired"
    case lowPriorityDelay = "low-priority-delay"
    case storageLimit = "storage-limit"
    case feedbackClearing = "feedback-clearing"
    case sandboxFeedback = "sandbox-feedback"
    case alertWrongEnvironment = "alert-wrong-environment"
    case alertExpired = "alert-expired"
    case alertRevoked = "alert-revoked"
    case alertNoCertificate = "alert-no-certificate"
    // And what is none of a profile's.
    case magicTokens = "magic-tokens"
    case exposeToNetwork = "expose-to-network"
    case seed
    case certs
    case state
    case sans
    case allowedHosts = "allowed-hosts"
    case networkProfiles = "network-profiles"
    case courierCredentials = "courier-credentials"
    case courierAuthentication = "courier-authentication"
    case courierTokens = "courier-tokens"
    case courierTokenEcho = "courier-token-echo"
    case courierProtocols = "courier-protocols"
    case courierIdle = "courier-idle"
    case connectionLimit = "connection-limit"
    case handshakeLimit = "handshake-limit"
    case handshakeTimeout = "handshake-timeout"
    case unfinishedTimeout = "unfinished-timeout"
    case gatewayIdle = "gateway-idle"
    case controlConnectionLimit = "control-connection-limit"
    case controlBodyLimit = "control-body-limit"
    case controlHeaderLimit = "control-header-limit"
    case controlTimeout = "control-timeout"
    case clock
    case clockStart = "clock-start"
    case ready
    case readyFile = "ready-file"
    case logFormat = "log-format"
    case logLevel = "log-level"

    /// Whether it is one of the choices that a profile makes.
    package var isProfileChoice: Bool { ServiceProfile.choices.contains { $0.name == self.rawValue } }

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
