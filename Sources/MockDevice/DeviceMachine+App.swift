import PushIdentity
package import PushVocabulary

extension DeviceMachine {
    /// An app on the phone.
    package struct App: Hashable, Sendable {
        package let topic: Topic
        package let hash: TopicHash
        package var token: DeviceToken?
        package internal(set) var setup: AppSetup
        /// It was run, and asked for its token; since it was installed, or since the phone was restored.
        var hasAsked: Bool
        /// The courier is still to be asked for its token: it has none, or was run since the courier was last asked.
        var isUnconfirmed: Bool
        /// The courier has been asked on this connection.
        var isRequested = false
        /// The question for permission is on the screen.
        var isAsking = false
        package internal(set) var handedOver: DeviceToken?

        package init(topic: Topic, token: DeviceToken? = nil, setup: AppSetup = AppSetup()) {
            self.topic = topic
            self.hash = topic.hash
            self.token = token
            self.setup = setup
            self.hasAsked = setup.isLaunched
            self.isUnconfirmed = token == nil
            self.isAsking = setup.isLaunched && setup.permission == .ask
            if let token { self.handOver(token) }
        }

        /// Whether it may have pushes at all: signed with a valid entitlement.
        package var isPushCapable: Bool { self.setup.entitlement.map { $0.environment != nil } ?? true }

        /// Whether the courier has to do with it: push-capable, and run.
        var isListed: Bool { self.isPushCapable && self.hasAsked }

        package var registration: AppRegistration {
            guard self.hasAsked else { return .unasked }
            // Known to the phone itself, so it needs no connection.
            if let defect = self.setup.entitlement?.defect { return .failed(defect) }
            guard let token, !self.isUnconfirmed else { return .pending }
            return .registered(token)
        }

        /// The app as one would ask for it to have it as it is.
        var asWanted: MockApp {
            var setup = self.setup
            setup.isLaunched = self.hasAsked
            return MockApp(topic: self.topic, token: self.token, setup: setup)
        }

        /// The app gives its provider a token.
        mutating func handOver(_ token: DeviceToken) {
            switch self.setup.habit {
            case .current: self.handedOver = token
            case .first: self.handedOver = self.handedOver ?? token
            case .garbled:
                var bytes = Array(token.bytes)
                bytes[bytes.count - 1] ^= 0xFF
                self.handedOver = DeviceToken(bytes)
            }
        }
    }

    /// The apps as they see themselves.
    ///
    /// - Parameter environment: the phone's.
    package func installedApps(in environment: Environment) -> [InstalledApp] {
        self.apps.map { app in
            InstalledApp(
                topic: app.topic,
                token: app.token,
                setup: app.setup,
                entitlement: app.setup.entitlement ?? Entitlement(for: environment),
                registration: app.registration,
                permission: self.permission(of: app),
                handedOver: app.handedOver
            )
        }
    }

    private func permission(of app: App) -> AppPermission {
        switch self.permissions.answer(for: app.topic) {
        case .granted: .granted
        case .denied: .denied
        case nil: app.isAsking ? .asking : .undetermined
        }
    }
}
