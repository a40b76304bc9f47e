package import PushVocabulary

/// What a control call may see of a device.
package struct DeviceView: Hashable, Sendable {
    package let id: DeviceID
    package let name: String
    package let environment: Environment
    package let baseToken: DeviceToken
    package let isConnected: Bool
    package let apps: [AppView]
}

/// What a control call may see of an app.
package struct AppView: Hashable, Sendable {
    package let topic: Topic?
    package let topicHash: TopicHash
    package let token: DeviceToken
    package let removedAt: Instant?
    /// How the device's Filter sorts the topic; `nil`: not connected, or not listed.
    package let topicClass: TopicClass?
    package let inFlight: NotificationID?
    package let pending: NotificationID?
}

/// Whom a token addresses.
package struct Addressee: Hashable, Sendable {
    package let app: AppID
    package let topic: TopicID
    package let device: DeviceID
}

/// What the way to an app's device needs to know.
package struct AppRoute: Hashable, Sendable {
    package let token: DeviceToken
    package let topic: TopicHash
    package let baseToken: DeviceToken
}

/// What is asked for every notification, in one look. `mutating`, though nothing changes: it works on the owner's own
/// value, while a method that may change nothing is given a copy, and that counts a reference for every table there is.
extension Broker {
    /// The app that `token` is registered for, under any of `topics`.
    package mutating func addressee(
        of token: DeviceToken,
        topics: [TopicID],
        environment: Environment
    ) -> Addressee? {
        guard let app = self.app(token: token, topics: topics, environment: environment),
            let record = self.apps[Int(app.index)]
        else { return nil }
        return Addressee(app: app, topic: record.topic, device: record.device)
    }

    /// `nil`: the app or its device is forgotten.
    package mutating func route(to app: AppID) -> AppRoute? {
        guard let record = self.apps[Int(app.index)], let device = self.devices[Int(record.device.index)] else {
            return nil
        }
        return AppRoute(
            token: self.tokens[Int(app.index)],
            topic: self.hash(of: record.topic),
            baseToken: device.baseToken
        )
    }
}

extension Broker {
    /// All devices, in the order in which they became known.
    package var deviceViews: [DeviceView] {
        self.devices.indices.compactMap { self.view(of: DeviceID(index: Int32($0))) }
    }

    package func view(of device: DeviceID) -> DeviceView? {
        guard let record = self.devices[Int(device.index)] else { return nil }
        return DeviceView(
            id: device,
            name: record.name,
            environment: record.environment,
            baseToken: record.baseToken,
            isConnected: record.isConnected,
            apps: self.apps(on: device).compactMap { self.view(of: $0) }
        )
    }

    package func view(of app: AppID) -> AppView? {
        guard let record = self.apps[Int(app.index)] else { return nil }
        let hash = self.hash(of: record.topic)
        return AppView(
            topic: self.name(of: record.topic),
            topicHash: hash,
            token: self.tokens[Int(app.index)],
            removedAt: record.removedAt,
            topicClass: self.devices[Int(record.device.index)]?.filter?.first { $0.hash == hash }?.topicClass,
            inFlight: self.inFlight(to: app),
            pending: self.pending(for: app)
        )
    }

    package func name(of device: DeviceID) -> String? { self.devices[Int(device.index)]?.name }
    package func baseToken(of device: DeviceID) -> DeviceToken? { self.devices[Int(device.index)]?.baseToken }
    package func isConnected(_ device: DeviceID) -> Bool { self.devices[Int(device.index)]?.isConnected ?? false }
    /// Whether it has ever connected to this service.
    package func hasConnected(_ device: DeviceID) -> Bool { self.devices[Int(device.index)]?.hasConnected ?? false }
    package func token(of app: AppID) -> DeviceToken? {
        self.apps[Int(app.index)].map { _ in self.tokens[Int(app.index)] }
    }
    package func topic(of app: AppID) -> TopicID? { self.apps[Int(app.index)]?.topic }
    package func device(of app: AppID) -> DeviceID? { self.apps[Int(app.index)]?.device }
    /// Since when the service knows that the app is gone.
    package func removalTime(of app: AppID) -> Instant? { self.apps[Int(app.index)]?.removedAt }

    // MARK: - Feedback

    /// The tuples waiting for a provider with these topics, ascending by time. Looking does not empty the list.
    package func feedbackEntries(of topics: [TopicID], in environment: Environment) -> [FeedbackEntry] {
        self.feedback.entries(of: topics, in: environment)
    }

    /// The topics, as far as their names are known, whose list in either environment holds something.
    package var feedbackTopics: Set<Topic> {
        Set(self.feedback.keys { _ in true }.compactMap { self.name(of: $0.topic) })
    }

    package mutating func clearFeedback(of topics: [TopicID], in environment: Environment) {
        self.marks?.feedback.formUnion(
            self.feedback.keys { topics.contains($0.topic) && $0.environment == environment }
        )
        self.feedback.clear(topics, in: environment)
    }

    /// Clears a topic's lists in both environments; `nil`: every list.
    package mutating func clearFeedback(of topic: TopicID?) {
        self.marks?.feedback.formUnion(self.feedback.keys { topic == nil || $0.topic == topic })
        self.feedback.clear(topic)
    }

    /// Puts a token on a list by hand, as a control call may.
    package mutating func addFeedback(_ entry: FeedbackEntry, topic: TopicID, environment: Environment) {
        _ = self.list(entry, topic: topic, environment: environment)
    }

    /// - Returns: whether the list changed.
    mutating func list(_ entry: FeedbackEntry, topic: TopicID, environment: Environment) -> Bool {
        guard self.feedback.add(entry, topic: topic, environment: environment) else { return false }
        self.marks?.feedback.insert(FeedbackKey(topic: topic, environment: environment, token: entry.token))
        return true
    }
}
