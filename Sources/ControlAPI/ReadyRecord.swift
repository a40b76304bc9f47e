import PushServer
import PushTransport
package import PushVocabulary

/// What a client has to know to use a running Gatehouse: printed as one line of JSON when everything is open, and part
/// of `GET /v1/info`.
package struct ReadyRecord: Hashable, Sendable, Codable {
    package struct Address: Hashable, Sendable, Codable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    package struct Services: Hashable, Sendable, Codable {
        package var gateway: Address
        package var feedback: Address
        package var courier: Address

        package init(gateway: Address, feedback: Address, courier: Address) {
            self.gateway = gateway
            self.feedback = feedback
            self.courier = courier
        }

        init(_ addresses: PushServerConfiguration.Addresses) {
            self.gateway = Address(host: addresses.gateway.host, port: addresses.gateway.port)
            self.feedback = Address(host: addresses.feedback.host, port: addresses.feedback.port)
            self.courier = Address(host: addresses.courier.host, port: addresses.courier.port)
        }
    }

    /// A provider identity and the absolute paths of its files.
    package struct Identity: Hashable, Sendable, Codable {
        package var topic: String
        package var environment: Environment
        package var certFile: String
        package var keyFile: String
        package var pemFile: String
        package var p12File: String
        package var p12Password: String

        package init(
            topic: String,
            environment: Environment,
            certFile: String,
            keyFile: String,
            pemFile: String,
            p12File: String,
            p12Password: String
        ) {
            self.topic = topic
            self.environment = environment
            self.certFile = certFile
            self.keyFile = keyFile
            self.pemFile = pemFile
            self.p12File = p12File
            self.p12Password = p12Password
        }
    }

    package struct Device: Hashable, Sendable, Codable {
        package struct App: Hashable, Sendable, Codable {
            package var topic: String
            /// Lowercase hexadecimal.
            package var token: String

            package init(topic: String, token: String) {
                self.topic = topic
                self.token = token
            }
        }

        package var name: String
        package var environment: Environment
        package var connected: Bool
        package var apps: [App]

        package init(name: String, environment: Environment, connected: Bool, apps: [App]) {
            self.name = name
            self.environment = environment
            self.connected = connected
            self.apps = apps
        }
    }

    /// Always `gatehouse`.
    package var service: String
    package var version: String
    package var pid: Int32
    /// The control API's URL, without a slash at the end.
    package var control: String
    /// The certificate a client has to trust, PEM.
    package var caFile: String
    /// By the name of an `Environment`.
    package var environments: [String: Services]
    package var identities: [Identity]
    package var devices: [Device]

    package init(
        version: String,
        pid: Int32,
        control: String,
        caFile: String,
        environments: [String: Services],
        identities: [Identity],
        devices: [Device]
    ) {
        self.service = "gatehouse"
        self.version = version
        self.pid = pid
        self.control = control
        self.caFile = caFile
        self.environments = environments
        self.identities = identities
        self.devices = devices
    }
}

extension ReadyRecord {
    /// One line of JSON, without the line's end, members in the documented order.
    package var line: String { JSONValue.object(self.members).description }

    var members: [JSONValue.Member] {
        [
            JSONValue.Member("service", .string(self.service)),
            JSONValue.Member("version", .string(self.version)),
            JSONValue.Member("pid", .number(self.pid)),
            JSONValue.Member("control", .string(self.control)),
            JSONValue.Member("caFile", .string(self.caFile)),
            JSONValue.Member("environments", self.environmentsJSON),
            JSONValue.Member("identities", .array(self.identities.map(\.json))),
            JSONValue.Member("devices", .array(self.devices.map(\.json))),
        ]
    }

    private var environmentsJSON: JSONValue {
        .object(
            Environment.allCases.compactMap { environment in
                self.environments[environment.rawValue].map { JSONValue.Member(environment.rawValue, $0.json) }
            }
        )
    }
}

extension ReadyRecord.Services {
    fileprivate var json: JSONValue {
        ["gateway": self.gateway.json, "feedback": self.feedback.json, "courier": self.courier.json]
    }
}

extension ReadyRecord.Address {
    fileprivate var json: JSONValue { ["host": .string(self.host), "port": .number(self.port)] }
}

extension ReadyRecord.Identity {
    fileprivate var json: JSONValue {
        [
            "topic": .string(self.topic), "environment": .string(self.environment.rawValue),
            "certFile": .string(self.certFile), "keyFile": .string(self.keyFile), "pemFile": .string(self.pemFile),
            "p12File": .string(self.p12File), "p12Password": .string(self.p12Password),
        ]
    }
}

extension ReadyRecord.Device {
    fileprivate var json: JSONValue {
        [
            "name": .string(self.name), "environment": .string(self.environment.rawValue),
            "connected": .bool(self.connected),
            "apps": .array(self.apps.map { ["topic": .string($0.topic), "token": .string($0.token)] }),
        ]
    }
}
