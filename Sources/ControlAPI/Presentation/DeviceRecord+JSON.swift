package import MockDevice
import PushBroker
import PushVocabulary

extension DeviceRecord {
    /// The device object of the control API.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("name", .string(self.name)),
            JSONValue.Member("environment", .string(self.environment.rawValue)),
            JSONValue.Member("connected", .bool(self.isConnected)),
            JSONValue.Member("managed", .bool(self.isManaged)),
            JSONValue.Member("baseToken", .string(self.baseToken.hexadecimal)),
        ]
        if let phone {
            members.append(JSONValue.Member("notifications", .bool(phone.areNotificationsOn)))
            members.append(JSONValue.Member("keepAlive", phone.keepAlive.json))
            members.append(JSONValue.Member("network", phone.network.requestJSON.merged(with: phone.networkState.json)))
        }
        members.append(JSONValue.Member("apps", .array(self.apps.map(\.json))))
        if let companion = self.companions.first {
            members.append(JSONValue.Member("otherEnvironment", companion.json))
        }
        return .object(members)
    }
}

extension KeepAlive {
    /// The profile and the interval it has come to.
    fileprivate var json: JSONValue {
        guard case .object(var members) = self.profile.numbersJSON else { return .null }
        if let name = self.profile.name { members.insert(JSONValue.Member("profile", .string(name)), at: 0) }
        members.append(JSONValue.Member("interval", .number(self.interval.components.seconds)))
        return .object(members)
    }
}

extension DeviceRecord.App {
    /// An app within the device object. `topic` is always there, `null` while the service knows only its hash; so is
    /// `token`, `null` while the service gave it none.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("topic", self.topic.map { .string($0.name) } ?? .null),
            JSONValue.Member("topicHash", .string(self.topicHash.description)),
            JSONValue.Member("token", self.token.map { .string($0.hexadecimal) } ?? .null),
            JSONValue.Member("installed", .bool(self.isInstalled)),
        ]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("removedAt", self.removedAt?.json)
        add("filter", self.topicClass.map { .string($0.name) })
        add("inFlight", self.inFlight.map { .string($0.description) })
        add("stored", self.stored.map { .string($0.description) })
        if let app = self.ownView { members += app.members }
        return .object(members)
    }
}

extension InstalledApp {
    /// What the app itself knows.
    fileprivate var members: [JSONValue.Member] {
        var members = [
            JSONValue.Member("entitlement", .string(self.entitlement.text)),
            JSONValue.Member("permission", .string(self.permission.rawValue)),
            JSONValue.Member("registration", .string(self.registration.name)),
        ]
        if case .failed(let error) = self.registration {
            members.append(JSONValue.Member("registrationError", .string(error)))
        }
        if let handedOver { members.append(JSONValue.Member("handedOver", .string(handedOver.hexadecimal))) }
        return members
    }
}

extension AppRegistration {
    fileprivate var name: String {
        switch self {
        case .unasked: "unasked"
        case .pending: "pending"
        case .registered: "registered"
        case .failed: "failed"
        }
    }
}

extension DeviceTraces.Entry {
    /// A line of a device's trace.
    package func json(_ form: DeviceEvent.TopicForm = .bundleIdentifier) -> JSONValue {
        var members = [
            JSONValue.Member("number", .number(self.number)), JSONValue.Member("at", self.event.at.json),
            JSONValue.Member("device", .string(self.event.device)),
            JSONValue.Member("event", .string(self.event.kind.name)),
            JSONValue.Member("line", .string(self.event.line(form))),
        ]
        if let topic = self.event.kind.topic { members.append(JSONValue.Member("topic", .string(topic.name))) }
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
