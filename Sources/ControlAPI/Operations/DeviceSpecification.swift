package import MockDevice
package import PushVocabulary

/// A mock device as a configuration or a control call wants it.
package struct DeviceSpecification: Hashable, Sendable {
    package typealias App = MockApp

    package var name: String
    package var environment: Environment
    /// `false`: its apps are registered, but it is away.
    package var isConnected: Bool
    package var apps: [App]
    /// The Notifications switch in Settings.
    package var areNotificationsOn = true
    package var keepAlive = KeepAliveProfile.standard
    package var network = NetworkProfile.ideal
    /// Of a device that is not there yet; `nil`: one that is drawn for it.
    package var baseToken: DeviceToken?

    package init(
        name: String,
        environment: Environment = .sandbox,
        isConnected: Bool = true,
        apps: [App] = [],
        baseToken: DeviceToken? = nil
    ) {
        self.baseToken = baseToken
        self.name = name
        self.environment = environment
        self.isConnected = isConnected
        self.apps = apps
    }
}

extension DeviceSpecification {
    /// To the push services a phone is a device of its own in each environment: it has a connection, a base token and
    /// apps there. The name of the one in the other environment.
    static func companionName(of name: String, in environment: Environment) -> String {
        "\(name)@\(environment.rawValue)"
    }

    /// The phone in its own environment, with the apps that cannot register at all, and in the other one; the latter
    /// only if an app is signed for it.
    var parts: (main: DeviceSpecification, companion: DeviceSpecification?) {
        let other: Environment = self.environment == .sandbox ? .production : .sandbox
        var (main, companion) = (self, self)
        main.apps = self.apps.filter { $0.setup.entitlement?.environment != other }
        companion.apps = self.apps.filter { $0.setup.entitlement?.environment == other }
        companion.name = Self.companionName(of: self.name, in: other)
        companion.environment = other
        companion.baseToken = nil
        return (main, companion.apps.isEmpty ? nil : companion)
    }
}

extension DeviceSpecification {
    /// UTF-8 bytes of a device's or an app's name.
    package static let maximumNameSize = 200
    /// Apps of one device.
    package static let maximumApps = 1_000

    /// - Throws: `ControlError` for names that nobody could use, and for an app that is there twice.
    func check() throws(ControlError) {
        try Self.check(name: self.name, at: .pointer("/name"))
        guard self.apps.count <= Self.maximumApps else {
            throw .invalid(.pointer("/apps"), "a device has at most \(Self.maximumApps) apps")
        }
        var topics: Set<Topic> = []
        for (position, app) in self.apps.enumerated() {
            try Self.check(name: app.topic.name, at: .pointer("/apps/\(position)/topic"))
            guard topics.insert(app.topic).inserted else {
                throw .invalid(.pointer("/apps/\(position)/topic"), "\(app.topic) is in the list twice")
            }
        }
        if let defect = self.keepAlive.defect { throw .invalid(.pointer("/keepAlive"), defect) }
    }

    static func check(name: String, at location: ControlError.Place.Location) throws(ControlError) {
        guard 1...Self.maximumNameSize ~= name.utf8.count else {
            throw .invalid(location, "must have 1 to \(Self.maximumNameSize) bytes")
        }
        guard name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }) else {
            throw .invalid(location, "must have no control characters")
        }
    }
}
