package import PushVocabulary

/// Where an app stands with push notifications, as the app itself sees it (TN2265, "Registering for Push
/// Notifications").
package enum AppRegistration: Hashable, Sendable {
    /// It has not asked: it was not run since it was installed, or since the phone was restored.
    case unasked
    /// It has asked, and neither callback has come: the phone has no connection to the push service yet.
    case pending
    /// `application:didRegisterForRemoteNotificationsWithDeviceToken:`.
    case registered(DeviceToken)
    /// `application:didFailToRegisterForRemoteNotificationsWithError:`.
    case failed(String)
}

/// Where an app's permission to send notifications stands.
package enum AppPermission: String, Hashable, Sendable, CaseIterable {
    /// The user was not asked yet.
    case undetermined
    /// The question is on the screen.
    case asking
    case granted
    case denied
}

/// An app on a phone, as it sees itself.
package struct InstalledApp: Hashable, Sendable {
    package let topic: Topic
    package let token: DeviceToken?
    package let setup: AppSetup
    package let entitlement: Entitlement
    package let registration: AppRegistration
    package let permission: AppPermission
    /// The token the app gave its provider, which need not be the right one.
    package let handedOver: DeviceToken?
}
