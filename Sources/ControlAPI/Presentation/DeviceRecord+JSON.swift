import PushBroker
import PushVocabulary

extension DeviceRecord {
    /// The device object of the control API.
    package var json: JSONValue {
        [
            "name": .string(self.name), "environment": .string(self.environment.rawValue),
            "connected": .bool(self.isConnected), "managed": .bool(self.isManaged),
            "baseToken": .string(self.baseToken.hexadecimal), "apps": .array(self.apps.map(\.json)),
        ]
    }
}

extension DeviceRecord.App {
    /// An app within the device object. `topic` is always there, `null` while the service knows only its hash.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("topic", self.topic.map { .string($0.name) } ?? .null),
            JSONValue.Member("topicHash", .string(self.topicHash.description)),
            JSONValue.Member("token", .string(self.token.hexadecimal)),
            JSONValue.Member("installed", .bool(self.isInstalled)),
        ]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("removedAt", self.removedAt?.json)
        add("filter", self.topicClass.map { .string($0.name) })
        add("inFlight", self.inFlight.map { .string($0.description) })
        add("stored", self.stored.map { .string($0.description) })
        return .object(members)
    }
}

extension TopicClass {
    fileprivate var name: String {
        switch self {
        case .enabled: "enabled"
        case .opportunistic: "opportunistic"
        case .nonWaking: "nonWaking"
        case .paused: "paused"
        case .ignored: "ignored"
        }
    }
}

extension FeedbackRecord {
    package var json: JSONValue {
        [
            "environment": .string(self.environment.rawValue), "topic": .string(self.topic.name),
            "token": .string(self.token.hexadecimal), "since": self.since.json,
        ]
    }
}
