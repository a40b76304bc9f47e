import ControlAPI
import MockDevice
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

    private enum Key: RawRepresentable, CaseIterable, Hashable {
        case option(ServeOption)
        case identities, devices, faults
        /// Of a document that a service was exported to.
        case version, accumulated

        /// All but `config`, which would name another file.
        static var allCases: [Key] {
            ServeOption.allCases.filter { $0 != .config }.map(Key.option) + [
                .identities, .devices, .faults, .version, .accumulated,
            ]
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
            case .version: "version"
            case .accumulated: "accumulated"
            }
        }
    }

    private enum IdentityKey: String, CaseIterable {
        case topic, environment, kind
    }

    private(set) var settings: [Setting] = []
    private(set) var identities: [WrittenIdentity]?
    private(set) var devices: [WrittenDevice]?
    private(set) var faults: [JSONValue] = []
    private(set) var accumulated: JSONValue?

    private let reader: YAMLReader

    /// - Parameters:
    ///   - path: as messages name it.
    ///   - networks: the network profiles that its devices may name, given the file's own word on where they are.
    /// - Throws: `GatehouseError` with line and column of the first mistake.
    init(
        path: String,
        text: String,
        networks: (Setting?) throws(GatehouseError) -> NetworkCatalogue = { _ in .builtIn }
    ) throws(GatehouseError) {
        self.reader = YAMLReader(path: path)
        guard let root = try self.reader.parse(text) else { return }
        let entries = try self.reader.entries(of: root, "the configuration", by: Key.self)
        for (key, node) in entries {
            guard case .option(let option) = key else { continue }
            let text = try self.reader.textOrList(node, "`\(key.rawValue)`")
            self.settings.append(Setting(option: option, text: text, place: self.reader.place(of: node)))
        }
        let named = self.settings.first { $0.option == .networkProfiles }
        for (key, node) in entries {
            switch key {
            case .identities: self.identities = try self.readIdentities(node)
            case .devices: self.devices = try self.reader.devices(node, networks: networks(named))
            case .faults: self.faults = try self.reader.faults(node)
            case .version: try self.reader.checkVersion(node)
            case .accumulated: self.accumulated = try self.reader.accumulated(node)
            case .option: break
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
}
