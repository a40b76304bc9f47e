import MockDevice
import PushBroker
import PushIdentity
package import PushLedger
import PushServer
import PushVocabulary

extension ControlOperations {
    /// What is known now, beyond the books, of why a notification was refused or has not arrived: sentences for people.
    ///
    /// The service's own view is in verdict and fate. This adds what it could not know: what the phone did, and where a
    /// refused token really belongs.
    package func circumstances(of entry: NotificationEntry) async throws -> [String] {
        switch (entry.verdict, entry.fate) {
        case (.rejected(status: 8), _): try await self.circumstances(ofToken: entry)
        case (_, .stored?), (_, .inFlight?): try await self.circumstances(ofWaiting: entry)
        default: []
        }
    }

    // MARK: - A token that nobody has

    private func circumstances(ofToken entry: NotificationEntry) async throws -> [String] {
        guard let token = entry.token else { return [] }
        return try await self.perform { host in
            host.broker.deviceViews.flatMap { view in
                view.apps.filter { $0.token == token }.map { app in
                    let name = app.topic?.name ?? app.topicHash.description
                    guard view.environment == entry.environment else {
                        return """
                            The token is that of \(name) on \(view.name) in the \(view.environment.rawValue) environment: \
                            each environment has tokens of its own, and takes another\u{2019}s for invalid (TN2265).
                            """
                    }
                    return "The token is that of another app on \(view.name), \(name)."
                }
            }
        }
    }

    // MARK: - A phone that does not take it

    private func circumstances(ofWaiting entry: NotificationEntry) async throws -> [String] {
        guard let name = entry.device, let view = try await self.view(of: name) else { return [] }
        let hasConnected = try await self.perform { $0.broker.hasConnected(view.id) }
        var sentences: [String] = []
        if !hasConnected { sentences.append("The device has not connected since this service started.") }
        guard let phone = await self.fleet.snapshot(name) else { return sentences }
        if view.isConnected, !phone.isOnline {
            sentences.append(
                """
                The phone is gone already, and the service has not noticed: until a keep-alive fails to come or a write \
                fails, the notification counts as on its way.
                """
            )
        }
        if !phone.wantsConnection {
            sentences.append("The phone was sent away.")
        } else if !phone.areNotificationsOn {
            sentences.append("The Notifications switch in the phone's Settings is off, so it makes no connection.")
        } else if phone.isToBeOnline, !phone.isOnline {
            sentences.append("The phone tries to connect, and does not get through.")
        }
        return sentences + Self.circumstances(ofApp: entry, on: phone, asSeenBy: view)
    }

    private static func circumstances(
        ofApp entry: NotificationEntry,
        on phone: MockDeviceSnapshot,
        asSeenBy view: DeviceView
    ) -> [String] {
        guard let topic = entry.topic else { return [] }
        guard let app = phone.installed.first(where: { $0.topic == topic }) else {
            let isKnownGone = view.apps.contains { $0.topicHash == topic.hash && $0.removedAt != nil }
            if isKnownGone { return [] }
            return [
                """
                The app is no longer on the phone, and the service does not know: with the last push app the connection \
                goes before the news is sent, and while a phone is away there is nothing to send it over (TN2265).
                """
            ]
        }
        switch (app.permission, app.setup.sorting) {
        case (.denied, _): return ["The user does not let the app send notifications, so the phone ignores its topic."]
        case (_, .paused): return ["The phone has paused the app's notifications."]
        case (_, .ignored): return ["The phone ignores the app's topic."]
        default: return []
        }
    }
}
