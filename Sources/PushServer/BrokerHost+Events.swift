import PushBroker
package import PushLedger
import PushVocabulary

/// What the host tells those who read along, beside what the ledger enters by itself.
extension BrokerHost {
    /// A part of the event log; see `Ledger.events`.
    package func events(after position: UInt64, matching filter: EventFilter, limit: Int) -> EventPage {
        self.ledger.events(after: position, matching: filter, limit: limit)
    }

    /// - Parameter device: must still be known.
    func noteDevice(_ type: EventType, _ device: DeviceID) {
        guard let view = self.broker.view(of: device) else { return }
        let change = DeviceChange(
            name: view.name,
            environment: view.environment,
            isConnected: view.isConnected,
            topics: view.apps.compactMap(\.topic)
        )
        self.ledger.noteDevice(type, change, at: self.clock.now)
    }

    func noteApp(_ type: EventType, _ topic: TopicID, on device: DeviceID, token: DeviceToken) {
        guard let view = self.broker.view(of: device) else { return }
        let change = DeviceChange(
            name: view.name,
            environment: view.environment,
            isConnected: view.isConnected,
            topics: self.broker.name(of: topic).map { [$0] } ?? [],
            token: token
        )
        self.ledger.noteDevice(type, change, at: self.clock.now)
    }

    func noteListed(_ entry: FeedbackEntry, of topic: TopicID, in environment: Environment) {
        let topics = self.broker.name(of: topic).map { [$0] } ?? []
        let change = FeedbackChange(topics: topics, environment: environment, entry: entry)
        self.ledger.noteFeedback(.feedbackListed, change, at: self.clock.now)
    }

    func noteRule(_ type: EventType, _ rule: FaultRule) {
        let change = FaultChange(
            rule: rule.id,
            topics: rule.match.topic.map { [$0] } ?? [],
            environment: rule.match.environment
        )
        self.ledger.noteFault(type, change, at: self.clock.now)
    }

    func noteLapsedRules() {
        guard !self.faults.lapsed.isEmpty else { return }
        for rule in self.faults.lapsed { self.noteRule(.faultRemoved, rule) }
        self.faults.lapsed = []
    }

    func noteFired(_ strike: FaultStrike, on subject: FaultSubject) {
        let entry = self.faults.entries.first { $0.rule.id == strike.rule }
        let change = FaultChange(
            rule: strike.rule,
            topics: subject.topics.isEmpty ? entry?.rule.match.topic.map { [$0] } ?? [] : subject.topics,
            environment: subject.environment,
            connection: subject.connection,
            hits: entry?.hits,
            remaining: entry?.remaining
        )
        self.ledger.noteFault(.faultFired, change, at: self.clock.now)
    }
}
