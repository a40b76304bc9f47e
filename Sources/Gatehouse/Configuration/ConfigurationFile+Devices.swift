import ControlAPI
import MockDevice
import Yams

extension ConfigurationFile {
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
        var notifications = true
        var keepAlive = KeepAliveProfile.standard
        var network = NetworkProfile.ideal
        var apps: [App] = []
        var baseToken: String?
        let place: YAMLReader.Place

        func device(standard: PushEnvironment) -> GatehouseConfiguration.Device {
            var device = GatehouseConfiguration.Device(
                name: self.name,
                environment: self.environment ?? standard,
                connected: self.connected,
                apps: self.apps.map(\.app),
                baseToken: self.baseToken
            )
            device.notifications = self.notifications
            device.keepAlive = self.keepAlive
            device.network = self.network
            return device
        }
    }

    fileprivate enum DeviceKey: String, CaseIterable {
        case name, environment, connected, network, notifications, keepAlive, apps, baseToken
    }

    fileprivate enum AppKey: String, CaseIterable {
        case topic, token, entitlement, permission, launched, filter, handsOver
    }
}

/// Devices in the file.
extension YAMLReader {
    /// - Parameter networks: those that may be named.
    func devices(
        _ node: Node,
        networks: NetworkCatalogue
    ) throws(GatehouseError) -> [ConfigurationFile.WrittenDevice] {
        var devices: [ConfigurationFile.WrittenDevice] = []
        for element in try self.list(node, "`devices`") {
            var device = ConfigurationFile.WrittenDevice(place: self.place(of: element))
            for (key, value) in try self.entries(of: element, "a device", by: ConfigurationFile.DeviceKey.self) {
                switch key {
                case .name: device.name = try self.text(value, "`name`")
                case .environment: device.environment = try self.choice(value, "`environment`")
                case .connected: device.connected = try self.boolean(value, "`connected`")
                case .network: device.network = try self.network(value, networks)
                case .notifications: device.notifications = try self.boolean(value, "`notifications`")
                case .keepAlive: device.keepAlive = try self.keepAlive(value)
                case .baseToken: device.baseToken = try self.hexadecimal(value, "`baseToken`")
                case .apps: device.apps = try self.apps(value)
                }
            }
            devices.append(device)
        }
        return devices
    }

    /// A profile's name, or its parameters: as in the control API, and judged by the same code.
    private func network(_ node: Node, _ networks: NetworkCatalogue) throws(GatehouseError) -> NetworkProfile {
        let json = try self.json(node)
        let object: JSONValue = if case .string(let name) = json { ["profile": .string(name)] } else { json }
        do throws(NetworkProfileError) {
            return try NetworkProfile(json: object.bytes, catalogue: networks)
        } catch {
            if case .string = json { throw self.error(at: node, "`network` \(error.text)") }
            throw self.error(about: error, in: node)
        }
    }

    /// A profile's name, or its numbers: as in the control API, and judged by the same code.
    private func keepAlive(_ node: Node) throws(GatehouseError) -> KeepAliveProfile {
        let json = try self.json(node)
        do throws(ControlError) {
            return try KeepAliveProfile(json, at: "")
        } catch {
            throw self.error(at: node, "`keepAlive`: \(error)")
        }
    }

    private func apps(_ node: Node) throws(GatehouseError) -> [ConfigurationFile.WrittenDevice.App] {
        var apps: [ConfigurationFile.WrittenDevice.App] = []
        for element in try self.list(node, "`apps`") {
            var app = ConfigurationFile.WrittenDevice.App(place: self.place(of: element))
            for (key, value) in try self.entries(of: element, "an app", by: ConfigurationFile.AppKey.self) {
                switch key {
                case .topic: app.app.topic = try self.text(value, "`topic`")
                case .token:
                    app.app.token = try self.text(value, "`token`")
                    app.place = self.place(of: value)
                case .entitlement: app.app.entitlement = try self.text(value, "`entitlement`")
                case .permission: app.app.setup.permission = try self.choice(value, "`permission`")
                case .launched: app.app.launched = try self.boolean(value, "`launched`")
                case .filter: app.app.setup.sorting = try self.choice(value, "`filter`")
                case .handsOver: app.app.setup.habit = try self.choice(value, "`handsOver`")
                }
            }
            apps.append(app)
        }
        return apps
    }
}
