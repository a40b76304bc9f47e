import ControlAPI
import PushVocabulary

/// A device as the service sees it.
public struct DeviceReport: Hashable, Sendable {
    public struct App: Hashable, Sendable {
        public let topic: String
        /// Lowercase hexadecimal.
        public let token: String
    }

    public let name: String
    public let environment: PushEnvironment
    public let connected: Bool
    /// What is installed.
    public let apps: [App]

    init(_ record: DeviceRecord) {
        self.name = record.name
        self.environment = PushEnvironment(record.environment)
        self.connected = record.isConnected
        self.apps = record.apps.compactMap { app in
            guard app.isInstalled, let topic = app.topic, let token = app.token else { return nil }
            return App(topic: topic.name, token: token.hexadecimal)
        }
    }
}

extension Gatehouse {
    /// All devices, in the order in which they came.
    public func devices() async throws(GatehouseError) -> [DeviceReport] {
        try await self.asking { try await self.operations.devices().map { DeviceReport($0) } }
    }

    public func device(_ name: String) async throws(GatehouseError) -> DeviceReport {
        try await self.asking { DeviceReport(try await self.operations.device(name)) }
    }

    /// Makes a mock device, or makes an existing one as described.
    @discardableResult
    public func put(_ device: GatehouseConfiguration.Device) async throws(GatehouseError) -> DeviceReport {
        let specification = try DeviceSpecification(device)
        return try await self.asking { DeviceReport(try await self.operations.putDevice(specification).device) }
    }

    /// Has a mock device connect, or hang up and stay away.
    public func setConnected(_ isConnected: Bool, device name: String) async throws(GatehouseError) {
        try await self.asking {
            _ = try await self.operations.changeDevice(name) { device in
                var device = device
                device.isConnected = isConnected
                return device
            }
        }
    }

    /// Installs an app.
    ///
    /// - Returns: its token, in lowercase hexadecimal.
    @discardableResult
    public func install(_ topic: String, on name: String) async throws(GatehouseError) -> String {
        try await self.asking {
            guard let token = try await self.operations.putApp(Topic(topic), on: name).app.token else {
                throw ControlError(.internalError, "\(topic) is not registered on \(name)")
            }
            return token.hexadecimal
        }
    }

    /// Removes an app. The service learns of it over a live connection only, and not at all of a device's last one.
    public func uninstall(_ topic: String, from name: String) async throws(GatehouseError) {
        try await self.asking { try await self.operations.deleteApp(Topic(topic), from: name) }
    }

    public func deleteDevice(_ name: String) async throws(GatehouseError) {
        try await self.asking { try await self.operations.deleteDevice(name) }
    }
}
