import ControlAPI
import Yams

/// What a configuration file says, with the place of each word.
struct ConfigurationFile {
    struct Setting {
        let option: ServeOption
        let text: String
        let place: YAMLReader.Place
    }

    /// An identity as written: what is left out depends on the environments served in the end.
    struct WrittenIdentity {
        var topic = ""
        var environment: PushEnvironment?
        var kind: GatehouseConfiguration.IdentityKind?
        let place: YAMLReader.Place

        func identity(standard: PushEnvironment) -> GatehouseConfiguration.Identity {
            GatehouseConfiguration.Identity(
                topic: self.topic,
                environment: self.environment ?? standard,
                kind: self.kind
            )
        }
    }

    /// A device as written.
    struct WrittenDevice {
        struct App {
            var app = GatehouseConfiguration.Device.App(topic: "")
            /// The token's, where there is one: that is what a later check may object to.
            var place: YAMLReader.Place
        }

        var name = ""
        var environment: PushEnvironment?
        var connected = true
        var apps: [App] = []
        let place: YAMLReader.Place

        func device(standard: PushEnvironment) -> GatehouseConfiguration.Device {
            GatehouseConfiguration.Device(
                name: self.name,
                environment: self.environment ?? standard,
                connected: self.connected,
                apps: self.apps.map(\.app)
            )
        }
    }

    private enum Key: RawRepresentable, CaseIterable, Hashable {
        case option(ServeOption)
        case identities, devices, faults

        /// All but `config`, which would name another file.
        static var allCases: [Key] {
            ServeOption.allCases.filter { $0 != .config }.map(Key.option) + [.identities, .devices, .faults]
        }

        init?(rawValue: String) {
            guard let key = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
            self = key
        }

        var rawValue: String {
            switch self {
            case .option(let option): option.rawValue
            case .identities: "identities"
            case .devices: "devices"
            case .faults: "faults"
            }
        }
    }

    private enum IdentityKey: String, CaseIterable {
        case topic, environment, kind
    }

    private enum DeviceKey: String, CaseIterable {
        case name, environment, connected, network, apps
    }

    private enum AppKey: String, CaseIterable {
        case topic, token
    }

    private(set) var settings: [Setting] = []
    private(set) var identities: [WrittenIdentity]?
    private(set) var devices: [WrittenDevice]?
    private(set) var faults: [JSONValue] = []

    private let reader: YAMLReader

    /// - Parameter path: as messages name it.
    /// - Throws: `GatehouseError` with line and column of the first mistake.
    init(path: String, text: String) throws(GatehouseError) {
        self.reader = YAMLReader(path: path)
        guard let root = try self.reader.parse(text) else { return }
        for (key, node) in try self.reader.entries(of: root, "the configuration", by: Key.self) {
            switch key {
            case .identities: self.identities = try self.readIdentities(node)
            case .devices: self.devices = try self.readDevices(node)
            case .faults: self.faults = try self.reader.faults(node)
            case .option(let option):
                let text = try self.reader.textOrList(node, "`\(key.rawValue)`")
                self.settings.append(Setting(option: option, text: text, place: self.reader.place(of: node)))
            }
        }
    }

    private func readIdentities(_ node: Node) throws(GatehouseError) -> [WrittenIdentity] {
        var identities: [WrittenIdentity] = []
        for element in try self.reader.list(node, "`identities`") {
            var identity = WrittenIdentity(place: self.reader.place(of: element))
            for (key, value) in try self.reader.entries(of: element, "an identity", by: IdentityKey.self) {
                switch key {
                case .topic: identity.topic = try self.reader.text(value, "`topic`")
                case .environment: identity.environment = try self.reader.choice(value, "`environment`")
                case .kind: identity.kind = try self.reader.choice(value, "`kind`")
                }
            }
            identities.append(identity)
        }
        return identities
    }

    private func readDevices(_ node: Node) throws(GatehouseError) -> [WrittenDevice] {
        var devices: [WrittenDevice] = []
        for element in try self.reader.list(node, "`devices`") {
            var device = WrittenDevice(place: self.reader.place(of: element))
            for (key, value) in try self.reader.entries(of: element, "a device", by: DeviceKey.self) {
                switch key {
                case .name: device.name = try self.reader.text(value, "`name`")
                case .environment: device.environment = try self.reader.choice(value, "`environment`")
                case .connected: device.connected = try self.reader.boolean(value, "`connected`")
                case .network: try self.checkNetwork(value)
                case .apps: device.apps = try self.readApps(value)
                }
            }
            devices.append(device)
        }
        return devices
    }

    private func checkNetwork(_ node: Node) throws(GatehouseError) {
        guard case .scalar(let scalar) = node, scalar.string == "ideal" else {
            throw self.reader.error(at: node, "network profiles other than `ideal` are not available in this version")
        }
    }

    private func readApps(_ node: Node) throws(GatehouseError) -> [WrittenDevice.App] {
        var apps: [WrittenDevice.App] = []
        for element in try self.reader.list(node, "`apps`") {
            var app = WrittenDevice.App(place: self.reader.place(of: element))
            for (key, value) in try self.reader.entries(of: element, "an app", by: AppKey.self) {
                switch key {
                case .topic: app.app.topic = try self.reader.text(value, "`topic`")
                case .token:
                    app.app.token = try self.reader.text(value, "`token`")
                    app.place = self.reader.place(of: value)
                }
            }
            apps.append(app)
        }
        return apps
    }
}
