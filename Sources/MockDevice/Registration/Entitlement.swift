package import PushVocabulary

/// The `aps-environment` entitlement an app was signed with, from its provisioning profile. It decides whether the app
/// is push-capable at all, and which environment it belongs to (TN2265, "Error Delegate Callback").
package enum Entitlement: Hashable, Sendable {
    case development
    case production
    /// The app was signed without it.
    case missing
    /// A value that is neither of the two.
    case invalid(String)

    /// - Parameter text: the entitlement's value; `missing` stands for its absence.
    package init(_ text: String) {
        switch text {
        case "development": self = .development
        case "production": self = .production
        case "missing": self = .missing
        default: self = .invalid(text)
        }
    }

    package init(for environment: Environment) {
        switch environment {
        case .sandbox: self = .development
        case .production: self = .production
        }
    }

    /// Where the app's pushes come from; `nil`: it cannot register.
    package var environment: Environment? {
        switch self {
        case .development: .sandbox
        case .production: .production
        case .missing, .invalid: nil
        }
    }

    /// The reverse of `init(_:)`.
    package var text: String {
        switch self {
        case .development: "development"
        case .production: "production"
        case .missing: "missing"
        case .invalid(let value): value
        }
    }

    /// What the app is told by `application:didFailToRegisterForRemoteNotificationsWithError:`; `nil`: nothing is
    /// wrong. The words are those developers know from Cocoa error 3000.
    package var defect: String? {
        switch self {
        case .development, .production: nil
        case .missing: "no valid 'aps-environment' entitlement string found for application"
        case .invalid(let value):
            "no valid 'aps-environment' entitlement string found for application: it is \(value), and must be"
                + " development or production"
        }
    }
}
