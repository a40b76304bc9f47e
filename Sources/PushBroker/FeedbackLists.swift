import PushVocabulary

/// One entry's place: at most one tuple stands there.
struct FeedbackKey: Hashable, Sendable {
    var topic: TopicID
    var environment: Environment
    var token: DeviceToken
}

/// The feedback service's lists: one per topic and environment, one entry per token, emptied by reading.
struct FeedbackLists: Sendable {
    private struct Key: Hashable {
        var topic: TopicID
        var environment: Environment
    }

    private var lists: [Key: [DeviceToken: Instant]] = [:]

    /// - Returns: whether the list changed; a token already listed with the same time is not listed twice.
    mutating func add(_ entry: FeedbackEntry, topic: TopicID, environment: Environment) -> Bool {
        self.lists[Key(topic: topic, environment: environment), default: [:]]
            .updateValue(entry.since, forKey: entry.token) != entry.since
    }

    /// The union of these topics' lists, ascending by time, then by token so that the order never depends on hashing.
    func entries(of topics: [TopicID], in environment: Environment) -> [FeedbackEntry] {
        topics.flatMap { self.lists[Key(topic: $0, environment: environment)] ?? [:] }
            .map { (entry: FeedbackEntry(token: $0.key, since: $0.value), text: $0.key.hexadecimal) }
            .sorted { ($0.entry.since, $0.text) < ($1.entry.since, $1.text) }
            .map(\.entry)
    }

    mutating func clear(_ topics: [TopicID], in environment: Environment) {
        for topic in topics { self.lists[Key(topic: topic, environment: environment)] = nil }
    }

    mutating func clear(_ topic: TopicID?) {
        self.lists = topic.map { topic in self.lists.filter { $0.key.topic != topic } } ?? [:]
    }

    /// The time of the tuple at a place, if there is one.
    func since(_ key: FeedbackKey) -> Instant? {
        self.lists[Key(topic: key.topic, environment: key.environment)]?[key.token]
    }

    /// The places of all tuples of the lists that `isWanted` is true for.
    func keys(where isWanted: ((topic: TopicID, environment: Environment)) -> Bool) -> [FeedbackKey] {
        self.lists.filter { isWanted(($0.key.topic, $0.key.environment)) }.flatMap { list in
            list.value.keys.map {
                FeedbackKey(topic: list.key.topic, environment: list.key.environment, token: $0)
            }
        }
    }
}
