import ControlAPI
import PushVocabulary
import Synchronization

/// An app on a mock device, with all that a provider needs to push to it.
public struct TestApp: Hashable, Sendable {
    /// The bundle identifier. A test that has one of its own is alone: lists, waits, faults and resets take it.
    public let topic: String
    public let environment: PushEnvironment
    /// The device it is installed on.
    public let device: String
    /// The device token, in lowercase hexadecimal.
    public let token: String
    /// The provider identity for the topic.
    public let identity: Gatehouse.Identity

    /// - Parameters:
    ///   - device: the one it is installed on.
    ///   - token: in hexadecimal.
    public init(
        topic: String,
        environment: PushEnvironment = .sandbox,
        device: String,
        token: String,
        identity: Gatehouse.Identity
    ) {
        self.topic = topic
        self.environment = environment
        self.device = device
        self.token = token
        self.identity = identity
    }

    /// The notifications of this app.
    public var notifications: NotificationQuery { NotificationQuery(topic: self.topic, environment: self.environment) }
}

extension Gatehouse {
    private static let appCount = Mutex(0)

    /// Installs an app on a device of its own, and issues the identity to push to it.
    ///
    /// - Parameters:
    ///   - topic: `nil`: one that no other call of this process got, so that a test is alone with it.
    ///   - environment: the world it is in.
    ///   - connected: whether the device is connected when this returns.
    public func addApp(
        _ topic: String? = nil,
        environment: PushEnvironment = .sandbox,
        connected: Bool = true
    ) async throws(GatehouseError) -> TestApp {
        let number = Self.appCount.withLock { count in
            count += 1
            return count
        }
        let topic = topic ?? "com.example.test-\(number)"
        let identity = try self.issueIdentity(for: topic, environment: environment)
        let device = try await self.put(
            GatehouseConfiguration.Device(
                name: "phone-of-\(topic)-\(number)",
                environment: environment,
                connected: connected,
                apps: [.init(topic: topic)]
            )
        )
        guard let app = device.apps.first(where: { $0.topic == topic }) else {
            throw GatehouseError(.internalFault, "\(device.name) has no app \(topic) after it was installed.")
        }
        return TestApp(
            topic: topic,
            environment: environment,
            device: device.name,
            token: app.token,
            identity: identity
        )
    }
}
