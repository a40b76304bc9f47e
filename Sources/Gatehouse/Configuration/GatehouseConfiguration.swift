package import ControlAPI
package import MockDevice
package import PushServer
package import PushVocabulary

/// All that a Gatehouse needs to be told. Everything has a default: with none changed it listens on the well-known
/// ports of the loopback address, serves the sandbox and has one connected mock device.
public struct GatehouseConfiguration: Hashable, Sendable {
    /// Which of the two worlds are served. With ``both``, production's ports are 1000 above sandbox's.
    public enum Environments: String, CaseIterable, Codable, Hashable, Sendable {
        case sandbox
        case production
        case both
    }

    public struct Address: Hashable, Sendable, CustomStringConvertible {
        public var host: String
        /// 0: a free one, chosen by the system.
        public var port: Int

        public init(host: String = "127.0.0.1", port: Int) {
            self.host = host
            self.port = port
        }

        public var description: String {
            self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
        }
    }

    /// The shape of a provider certificate.
    public enum IdentityKind: String, CaseIterable, Codable, Hashable, Sendable {
        case development
        case production
        case universal
        case voip
    }

    /// A provider identity to be there at start, issued when missing.
    public struct Identity: Hashable, Sendable {
        public var topic: String
        public var environment: PushEnvironment
        public var kind: IdentityKind

        /// - Parameters:
        ///   - topic: the app's bundle identifier.
        ///   - environment: the world it is for.
        ///   - kind: `nil`: `development` for sandbox, `production` for production.
        public init(topic: String, environment: PushEnvironment = .sandbox, kind: IdentityKind? = nil) {
            self.topic = topic
            self.environment = environment
            self.kind = kind ?? (environment == .sandbox ? .development : .production)
        }
    }

    public struct Device: Hashable, Sendable {
        public struct App: Hashable, Sendable {
            public var topic: String
            /// Hexadecimal; `nil`: chosen by the service.
            public var token: String?
            /// What the app is and how its user treats it.
            package var setup = AppSetup()

            public init(topic: String, token: String? = nil) {
                self.topic = topic
                self.token = token
            }

            /// The value of its `aps-environment` entitlement: `development` or `production` picks the environment,
            /// anything else makes registering fail, `missing` stands for none; `nil`: the right one.
            public var entitlement: String? {
                get { self.setup.entitlement?.text }
                set { self.setup.entitlement = newValue.map { Entitlement($0) } }
            }

            /// What its user answers when asked whether it may send notifications: `granted`, `denied`, or `ask`, which
            /// leaves the question on the screen.
            public var permission: AppPermissionAnswer {
                get { AppPermissionAnswer(rawValue: self.setup.permission.rawValue) ?? .granted }
                set { self.setup.permission = newValue.setup }
            }

            /// Whether it is run once it is installed, and so asks for its token.
            public var launched: Bool {
                get { self.setup.isLaunched }
                set { self.setup.isLaunched = newValue }
            }
        }

        public var name: String
        public var environment: PushEnvironment
        /// `false`: its apps are registered, but it is away.
        public var connected: Bool
        public var apps: [App]
        /// The Notifications switch in Settings.
        public var notifications = true
        package var keepAlive = KeepAliveProfile.standard
        package var network = NetworkProfile.ideal
        /// Hexadecimal; `nil`: chosen by the service.
        public var baseToken: String?

        public init(
            name: String,
            environment: PushEnvironment = .sandbox,
            connected: Bool = true,
            apps: [App],
            baseToken: String? = nil
        ) {
            self.baseToken = baseToken
            self.name = name
            self.environment = environment
            self.connected = connected
            self.apps = apps
        }
    }

    /// How strictly the proof in a device's Connect message is looked at.
    public enum CourierCredentials: String, CaseIterable, Codable, Hashable, Sendable {
        case verify
        case accept
    }

    public enum Clock: String, CaseIterable, Codable, Hashable, Sendable {
        case real
        case manual
    }

    public enum ReadyFormat: String, CaseIterable, Codable, Hashable, Sendable {
        case text
        case json
    }

    /// How what happens is told on standard error.
    public enum LogFormat: String, CaseIterable, Codable, Hashable, Sendable {
        /// A line for people.
        case text
        /// An object a line.
        case json
    }

    /// How much is told of what happens.
    public enum LogLevel: String, CaseIterable, Codable, Hashable, Sendable {
        /// Every fate, connection and device.
        case debug
        /// Every notification, and whatever a test changed.
        case info
        /// Handshakes that failed, and what was forgotten.
        case warning
        /// Only what should not have happened.
        case error
    }

    public var environment = Environments.sandbox
    public var gateway = Address(port: 2_195)
    public var feedback = Address(port: 2_196)
    public var courier = Address(port: 5_223)
    public var control = Address(port: 8_195)
    /// The name of a service profile: what differed by era or is a matter of strictness.
    public var profile = ServiceProfile.standard.name
    /// Whether tokens that begin with the bytes FA 17 misbehave by themselves.
    public var magicTokens = true
    /// Whether services may listen where other machines reach them: everybody there can then read what was pushed and
    /// change what the server does.
    public var exposesToNetwork = false
    /// What is to differ from the profile: values by the names of choices, both as `gatehouse profiles` writes them.
    public var profileChoices: [String: String] = [:]
    /// Fault rules to be in force from the start, as the control API takes them.
    package var faults: [JSONValue] = []
    /// What had accumulated in the service that the configuration was exported from.
    package var accumulated: JSONValue?
    /// `nil`: a random one.
    public var seed: UInt64?
    /// The directory of certificates; `nil`: `certs` in a checkout of Gatehouse, otherwise the user's data directory.
    public var certificates: String?
    /// The file in which everything is kept beyond the process, made when missing; `nil`: memory only.
    public var stateFile: String?
    /// Names and addresses for the server certificates beside the usual ones.
    public var additionalNames: [String] = []
    /// Names by which the control API may be reached beside loopback names and addresses.
    public var allowedHosts: [String] = []
    /// What every control request has to show, but for `/livez` and `/readyz`; `nil`: nothing. A secret: never a flag or a
    /// key of a file, where others would read it.
    public var adminToken: String?
    /// A directory with network profiles of one's own, beside those that come with Gatehouse; `nil`: none.
    public var networkProfiles: String?
    public var courierCredentials = CourierCredentials.verify
    /// What else may be chosen about the courier; its credentials are `courierCredentials`.
    package var courierOptions = CourierOptions()
    /// What clients of the push ports may take.
    package var connectionLimits = ConnectionLimits()
    /// Silence after which a provider's connection is closed, product time; `nil`: never.
    package var gatewayIdleTimeout: Duration?
    /// What callers of the control API may take.
    package var controlLimits = ControlLimits()
    public var clock = Clock.real
    /// Where a manual clock stands first; `nil`: at the present. A clock that is to start there is a manual one.
    package var clockStart: Instant?
    /// For the command line: in which form it says that everything is open.
    public var ready = ReadyFormat.text
    /// Where the ready record is written to, whole or not at all.
    public var readyFile: String?
    /// For the command line; `nil`: text on a terminal, JSON elsewhere.
    public var logFormat: LogFormat?
    /// For the command line; `nil`: `info` on a terminal, `error` elsewhere.
    public var logLevel: LogLevel?
    /// `nil`: one for each app of each device.
    public var identities: [Identity]?
    /// `nil`: `demo-phone`, connected, with the apps that the identities are for, or `com.example.app`.
    public var devices: [Device]?

    /// Where each setting's value comes from, as far as it is not the default.
    package internal(set) var origins: [ServeOption: ConfigurationOrigin] = [:]

    public init() {}

    /// The defaults, on free ports: what a test wants.
    public static var onFreePorts: GatehouseConfiguration {
        var configuration = GatehouseConfiguration()
        configuration.useFreePorts()
        return configuration
    }

    mutating func useFreePorts() {
        self.gateway.port = 0
        self.feedback.port = 0
        self.courier.port = 0
        self.control.port = 0
    }
}
