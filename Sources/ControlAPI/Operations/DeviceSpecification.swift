package import PushVocabulary

/// A mock device as a configuration or a control call wants it.
package struct DeviceSpecification: Hashable, Sendable {
    package typealias App = WantedApp

    package var name: String
    package var environment: Environment
    /// `false`: its apps are registered, but it is away.
    package var isConnected: Bool
    package var apps: [App]

    package init(name: String, environment: Environment = .sandbox, isConnected: Bool = true, apps: [App] = []) {
        self.name = name
        self.environment = environment
        self.isConnected = isConnected
        self.apps = apps
    }
}

extension DeviceSpecification {
    /// The one network profile there is: always connected, nothing lost.
    package static let network = "ideal"
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
