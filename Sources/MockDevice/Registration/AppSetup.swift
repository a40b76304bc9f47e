package import PushVocabulary

/// An app that is to be on a mock device.
package struct MockApp: Hashable, Sendable {
    package var topic: Topic
    /// Known from an earlier life or asked for; `nil`: the one it has, or the one the service gives it.
    package var token: DeviceToken?
    package var setup: AppSetup

    package init(topic: Topic, token: DeviceToken? = nil, setup: AppSetup = AppSetup()) {
        self.topic = topic
        self.token = token
        self.setup = setup
    }
}

/// What kind of app it is, and how its user treats it. With nothing changed it is a well-made app whose user allowed
/// everything.
package struct AppSetup: Hashable, Sendable {
    /// `nil`: the right one for the phone's environment.
    package var entitlement: Entitlement?
    /// What the user says when asked for the first time; later answers are the phone's to remember.
    package var permission: FirstAnswer
    /// Whether it is run once it is installed. An app asks for its token whenever it is run, and not before.
    package var isLaunched: Bool
    package var sorting: AppSorting
    package var habit: TokenHabit

    package init(
        entitlement: Entitlement? = nil,
        permission: FirstAnswer = .granted,
        isLaunched: Bool = true,
        sorting: AppSorting = .enabled,
        habit: TokenHabit = .current
    ) {
        self.entitlement = entitlement
        self.permission = permission
        self.isLaunched = isLaunched
        self.sorting = sorting
        self.habit = habit
    }

    /// What the user answers when asked whether an app may send notifications.
    package enum FirstAnswer: String, Hashable, Sendable, CaseIterable {
        case granted
        case denied
        /// Nothing yet: the question stays on the screen until it is answered.
        case ask
    }
}

/// How the phone sorts an app's topic in its Filter message.
package enum AppSorting: String, Hashable, Sendable, CaseIterable {
    case enabled
    case opportunistic
    case nonWaking
    case paused
    /// The user turned the app's notifications off.
    case ignored
}

/// Which token an app hands to its provider. TN2265 has apps ask on every launch, and warns of those that keep a token.
package enum TokenHabit: String, Hashable, Sendable, CaseIterable {
    /// The one it was just given.
    case current
    /// The first it ever got, kept for good: right until the token changes.
    case first
    /// A damaged one: text conversion went wrong in its last byte.
    case garbled
}
