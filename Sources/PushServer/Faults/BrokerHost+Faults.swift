import APNSWire
import NIOCore
import PushBroker
import PushLedger
package import PushVocabulary

extension BrokerHost {
    // MARK: - Strikes

    /// Shows the rules something that happens.
    func strike(at stage: FaultStage, _ subject: FaultSubject) -> FaultStrike? {
        guard self.faults.hasRules(for: stage) else { return nil }
        let strike = self.faults.strike(at: stage, subject, now: self.clock.now, random: &self.faultRandom)
        self.noteLapsedRules()
        if let strike { self.noteFired(strike, on: subject) }
        return strike
    }

    /// What is to happen to a frame instead of being judged: by a rule, or because its token is magic.
    func strike(_ frame: ProviderFrame, from provider: ProviderContext) -> FaultStrike? {
        if self.faults.hasRules(for: .frame) {
            var subject = FaultSubject(
                service: .gateway,
                environment: provider.environment,
                connection: provider.connection
            )
            subject.topics = provider.topicNames
            subject.token = frame.withToken { DeviceToken($0) }
            subject.identifier = frame.identifier
            subject.command = frame.command
            subject.priority = frame.priority ?? 10
            subject.payload = ArraySlice(frame.payload)
            if let strike = self.strike(at: .frame, subject) { return strike }
        }
        guard self.magicTokens, frame.withToken({ MagicToken.mayStand(in: $0) }),
            case .act(let action) = frame.withToken({ DeviceToken($0) }).flatMap(MagicToken.init)
        else { return nil }
        return FaultStrike(rule: MagicToken.ruleName, action: action)
    }

    /// What is to happen to a provider whose certificate has just been admitted.
    func strikeAdmission(of provider: ProviderContext, to service: PushService) -> FaultStrike? {
        guard self.faults.hasRules(for: .admission) else { return nil }
        var subject = FaultSubject(service: service, environment: provider.environment, connection: provider.connection)
        subject.topics = provider.topicNames
        return self.strike(at: .admission, subject)
    }

    func strikeReply(_ packet: ErrorPacket, to provider: ProviderContext) -> FaultStrike? {
        guard self.faults.hasRules(for: .reply) else { return nil }
        var subject = FaultSubject(
            service: .gateway,
            environment: provider.environment,
            connection: provider.connection
        )
        subject.topics = provider.topicNames
        subject.identifier = packet.identifier
        return self.strike(at: .reply, subject)
    }

    // MARK: - Books

    /// Enters a frame that a fault rule refused.
    func recordRefused(
        _ frame: ProviderFrame,
        status: UInt8,
        rule: String,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) -> NotificationID {
        var received = self.received(frame, from: provider, offset: offset, at: time)
        received.verdict = .rejected(status: status)
        let id = self.ledger.append(received)
        self.ledger.attachRefusal(byRule: rule, to: id)
        return id
    }

    /// Enters a frame that is accepted on the wire, and that a fault rule loses.
    func recordLost(
        _ frame: ProviderFrame,
        rule: String,
        from provider: ProviderContext,
        offset: UInt64,
        at time: BatchTime
    ) {
        let id = self.ledger.append(self.received(frame, from: provider, offset: offset, at: time))
        self.effects.append(.fate(id, .lost(rule: rule)))
    }

    /// Accepts a frame for an app that is gone: the feedback list has its token at once.
    func recordAppGone(_ received: ReceivedNotification, token: DeviceToken, provider: ProviderContext) {
        let id = self.ledger.append(received)
        self.effects.append(.fate(id, .undeliverable(.appRemoved)))
        guard let topic = provider.topicIDs.first else { return }
        let entry = FeedbackEntry(token: token, since: received.clockAt)
        self.broker.addFeedback(entry, topic: topic, environment: provider.environment)
        self.noteListed(entry, of: topic, in: provider.environment)
    }

    // MARK: - Control

    package func putFault(_ rule: FaultRule) {
        self.faults.put(rule, at: self.clock.now)
        self.noteRule(.faultAdded, rule)
        self.reviewListeners()
    }

    /// Adds a rule behind the others, or replaces the one of the same id where it stands.
    ///
    /// - Parameter rule: without an id it gets one here, where nobody can come between the choice and its use.
    /// - Returns: the rule as it is in force, and whether its id was not taken.
    package func addFault(_ rule: FaultRule) -> (entry: FaultPlan.Entry, isNew: Bool) {
        var rule = rule
        if rule.id.isEmpty { rule.id = self.faults.newID() }
        let isNew = !self.faultEntries.contains { $0.rule.id == rule.id }
        self.putFault(rule)
        guard let entry = self.faults.entries.first(where: { $0.rule.id == rule.id }) else {
            preconditionFailure("the rule that was just added is not there")
        }
        return (entry, isNew)
    }

    /// Changes the rule of this id where it stands, with what it has counted.
    ///
    /// - Returns: `nil` when there is none.
    package func changeFault(_ rule: FaultRule) -> FaultPlan.Entry? {
        guard let entry = self.faults.change(rule) else { return nil }
        self.noteRule(.faultAdded, rule)
        self.reviewListeners()
        return entry
    }

    /// - Returns: whether there was one.
    package func removeFault(_ id: String) -> Bool {
        guard let entry = self.faults.entries.first(where: { $0.rule.id == id }) else { return false }
        self.noteRule(.faultRemoved, entry.rule)
        defer { self.reviewListeners() }
        return self.faults.remove(id)
    }

    /// - Returns: how many there were.
    package func resetFaults(of topic: Topic?) -> Int {
        for entry in self.faults.entries where topic == nil || entry.rule.match.topic == topic {
            self.noteRule(.faultRemoved, entry.rule)
        }
        defer { self.reviewListeners() }
        return self.faults.clear(topic: topic)
    }

    /// The rules in force, those whose time to live has passed left out.
    package var faultEntries: [FaultPlan.Entry] {
        self.faults.expire(at: self.clock.now)
        self.noteLapsedRules()
        return self.faults.entries
    }
}
