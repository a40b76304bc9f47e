package import PushVocabulary

/// Which events a reader wants: the fields that are set must all agree.
package struct EventFilter: Hashable, Sendable {
    /// `nil`: every type.
    package var types: Set<EventType>?
    /// Events that concern this topic, and those that concern everybody.
    package var topic: Topic?
    package var environment: Environment?

    package init(types: Set<EventType>? = nil, topic: Topic? = nil, environment: Environment? = nil) {
        self.types = types
        self.topic = topic
        self.environment = environment
    }

    func allows(topics: [Topic], environment: Environment?) -> Bool {
        if let topic, !topics.contains(topic) { return false }
        if let wanted = self.environment, let environment, wanted != environment { return false }
        return true
    }
}
