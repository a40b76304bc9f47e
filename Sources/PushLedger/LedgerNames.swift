import PushVocabulary

/// The names behind the small numbers. They are never forgotten: a session may keep a number as long as it lives,
/// and there are as many as distinct names were used, not as many as notifications.
struct LedgerNames: Sendable {
    /// At 0 the topic of frames that have none.
    private(set) var topics: [Topic?] = [nil]
    /// At 0 the device of frames that address none.
    private(set) var devices: [String?] = [nil]
    private(set) var rules: [String] = []
    private var topicNumbers: [Topic: LedgerTopic] = [:]
    private var deviceNumbers: [String: LedgerDevice] = [:]
    private var ruleNumbers: [String: UInt64] = [:]

    func known(_ topic: Topic) -> LedgerTopic? { self.topicNumbers[topic] }
    func known(device name: String) -> LedgerDevice? { self.deviceNumbers[name] }

    mutating func topic(_ topic: Topic) -> LedgerTopic {
        if let known = self.topicNumbers[topic] { return known }
        let number = LedgerTopic(index: Int32(self.topics.count))
        self.topics.append(topic)
        self.topicNumbers[topic] = number
        return number
    }

    mutating func device(_ name: String) -> LedgerDevice {
        if let known = self.deviceNumbers[name] { return known }
        let number = LedgerDevice(index: Int32(self.devices.count))
        self.devices.append(name)
        self.deviceNumbers[name] = number
        return number
    }

    mutating func rule(_ name: String) -> UInt64 {
        if let known = self.ruleNumbers[name] { return known }
        let number = UInt64(self.rules.count)
        self.rules.append(name)
        self.ruleNumbers[name] = number
        return number
    }

    /// `nil`: the filter names something never seen, so nothing can match.
    func resolve(_ filter: NotificationFilter) -> ResolvedFilter? {
        var resolved = ResolvedFilter(filter: filter)
        if let topic = filter.topic {
            guard let number = self.known(topic) else { return nil }
            resolved.topic = number
        }
        if let device = filter.device {
            guard let number = self.known(device: device) else { return nil }
            resolved.device = number
        }
        return resolved
    }
}
