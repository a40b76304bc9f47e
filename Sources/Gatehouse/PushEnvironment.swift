import PushVocabulary

/// One of the two worlds of the push service: separate ports, identities, tokens, device connections, feedback lists.
public enum PushEnvironment: String, CaseIterable, Codable, Hashable, Sendable {
    case sandbox
    case production
}

extension PushEnvironment {
    init(_ environment: Environment) {
        switch environment {
        case .sandbox: self = .sandbox
        case .production: self = .production
        }
    }

    var environment: Environment {
        switch self {
        case .sandbox: .sandbox
        case .production: .production
        }
    }
}
