import ControlAPI
import MockDevice
import PushIdentity
import PushVocabulary

/// What a user answers when asked whether an app may send notifications.
public enum AppPermissionAnswer: String, CaseIterable, Codable, Hashable, Sendable {
    case granted
    case denied
    /// Nothing yet: the question stays on the screen.
    case ask

    var setup: AppSetup.FirstAnswer {
        switch self {
        case .granted: .granted
        case .denied: .denied
        case .ask: .ask
        }
    }
}

/// A network between a phone and the push service.
public struct PushNetwork: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Always there, nothing lost, nothing late.
    public static let ideal: PushNetwork = "ideal"

    private enum Form: Hashable {
        case name(String)
        case parameters(String)
    }

    private let form: Form

    /// A profile by its name, such as `edge-of-coverage`.
    public init(_ name: String) { self.form = .name(name) }

    public init(stringLiteral name: String) { self.init(name) }

    /// A network of one's own: the JSON object that the HTTP API takes, such as
    /// `{"profile": "lift", "latency": "300ms"}`.
    public init(parameters json: String) { self.form = .parameters(json) }

    func profile(in catalogue: NetworkCatalogue) throws -> NetworkProfile {
        switch self.form {
        case .name(let name): return try NetworkProfile(.string(name), catalogue: catalogue, at: "/network")
        case .parameters(let text):
            guard let json = try? JSONReader.value(of: text.utf8, refusesRepeatedNames: true) else {
                throw ControlError.invalid(.pointer("/network"), "is not JSON")
            }
            return try NetworkProfile(json, catalogue: catalogue, at: "/network")
        }
    }
}

/// What the user of a phone does with it, and what happens to it.
extension Gatehouse {
    /// Opens an app: it asks for its token, and for permission if the user was never asked.
    ///
    /// - Returns: its token, in lowercase hexadecimal; `nil` while the phone has no connection, or when the app's
    ///   entitlement keeps it from registering.
    @discardableResult
    public func launch(_ topic: String, on name: String) async throws(GatehouseError) -> String? {
        try await self.asking {
            let app = try await self.operations.launch(Topic(topic), on: name)
            guard case .registered(let token)? = app.ownView?.registration else { return nil }
            return token.hexadecimal
        }
    }

    /// Answers the question whether an app may send notifications, or changes the answer in Settings.
    public func setPermission(
        _ answer: AppPermissionAnswer,
        for topic: String,
        on name: String
    ) async throws(GatehouseError) {
        try await self.asking {
            let wanted = Topic(topic)
            guard try await self.operations.device(name).hasApp(wanted) else {
                throw ControlError(.notFound, "\(topic) is not installed on \(name)")
            }
            _ = try await self.operations.putApp(wanted, on: name) { app in
                var app = app
                app.setup.permission = answer.setup
                return app
            }
        }
    }

    /// Restores a phone from a backup: its apps are there, but all tokens are void, no app has been run, and permissions
    /// are to be asked for again.
    @discardableResult
    public func restore(device name: String) async throws(GatehouseError) -> DeviceReport {
        try await self.asking { DeviceReport(try await self.operations.restore(name)) }
    }

    /// The Notifications switch in Settings: off ends the phone's connection, on makes it anew.
    public func setNotifications(on: Bool, device name: String) async throws(GatehouseError) {
        try await self.asking {
            _ = try await self.operations.changeDevice(name) { device in
                var device = device
                device.areNotificationsOn = on
                return device
            }
        }
    }

    /// Puts another network between a phone and the service, with what is connected.
    public func setNetwork(_ network: PushNetwork, device name: String) async throws(GatehouseError) {
        try await self.asking {
            let profile = try network.profile(in: self.operations.facts.networks)
            _ = try await self.operations.changeDevice(name) { device in
                var device = device
                device.network = profile
                return device
            }
        }
    }

    /// The phone's own log, the oldest line first, as the daemon of a phone writes it.
    public func trace(of name: String) async throws(GatehouseError) -> [String] {
        try await self.asking { try await self.operations.trace(of: name).map { $0.event.line() } }
    }
}

extension DeviceRecord {
    fileprivate func hasApp(_ topic: Topic) -> Bool {
        (self.apps + self.companions.flatMap(\.apps)).contains { $0.topicHash == topic.hash && $0.isInstalled }
    }
}
