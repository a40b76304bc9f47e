package import PushLedger
package import PushVocabulary

/// What happens at a stage, for rules to look at. Only what the stage knows is set.
package struct FaultSubject: Sendable {
    package var service: PushService
    package var environment: Environment
    package var connection: ConnectionID
    package var topics: [Topic] = []
    package var token: DeviceToken?
    package var identifier: UInt32?
    package var device: String?
    package var command: UInt8?
    package var priority: UInt8?
    package var payload: ArraySlice<UInt8> = []

    package init(service: PushService, environment: Environment, connection: ConnectionID) {
        self.service = service
        self.environment = environment
        self.connection = connection
    }
}

/// A rule that fired.
package struct FaultStrike: Hashable, Sendable {
    package let rule: String
    package let action: FaultAction
}

/// The fault rules in force, in order: the first that matches and fires decides.
///
/// 1. Same rules, same subjects, same seed: same strikes.
/// 2. A rule that is spent, or whose time to live has passed, never fires again.
/// 3. No rules, no cost: a stage without rules is one comparison.
package struct FaultPlan: Sendable {
    package struct Entry: Hashable, Sendable, Codable {
        package fileprivate(set) var rule: FaultRule
        package let addedAt: Instant
        /// How often it matched.
        package fileprivate(set) var matches = 0
        /// How often it fired.
        package fileprivate(set) var hits = 0
        /// Of a rule about listeners: whether its time has come.
        fileprivate var isInForce = false

        /// How often it may still fire; `nil`: without end.
        package var remaining: Int? { self.rule.trigger.times.map { max(0, $0 - self.hits) } }
        package var expiresAt: Instant? { self.rule.timeToLive.map { self.addedAt + $0 } }
    }

    package private(set) var entries: [Entry] = []
    /// How many ids were given out. None is given out twice: who removes a rule by its id removes no stranger's.
    private var givenIDs = 0
    private var stages: Set<FaultStage> = []
    /// Rules whose time to live has passed, until their owner takes note.
    package var lapsed: [FaultRule] = []

    package init() {}

    package func hasRules(for stage: FaultStage) -> Bool { !self.stages.isEmpty && self.stages.contains(stage) }

    /// Adds a rule behind the others; one of the same id is replaced where it stands, its counts start again.
    package mutating func put(_ rule: FaultRule, at now: Instant) {
        let entry = Entry(rule: rule, addedAt: now)
        if let index = self.entries.firstIndex(where: { $0.rule.id == rule.id }) {
            self.entries[index] = entry
        } else {
            self.entries.append(entry)
        }
        self.noteStages()
    }

    /// An id that no rule has or had.
    mutating func newID() -> String {
        repeat { self.givenIDs += 1 } while self.entries.contains { $0.rule.id == "f-\(self.givenIDs)" }
        return "f-\(self.givenIDs)"
    }

    /// Gives the rule of this id, where it stands, other words; its counts and the time it was added stay.
    ///
    /// - Returns: `nil` when there is none.
    package mutating func change(_ rule: FaultRule) -> Entry? {
        guard let index = self.entries.firstIndex(where: { $0.rule.id == rule.id }) else { return nil }
        self.entries[index].rule = rule
        self.noteStages()
        return self.entries[index]
    }

    /// Puts back what an earlier process had, with its counts.
    mutating func restore(_ entries: [Entry]) {
        self.entries = entries
        self.noteStages()
    }

    /// - Returns: whether there was one.
    package mutating func remove(_ id: String) -> Bool {
        let count = self.entries.count
        self.entries.removeAll { $0.rule.id == id }
        self.noteStages()
        return self.entries.count < count
    }

    /// Clears the rules that name a topic; `nil`: all.
    ///
    /// - Returns: how many there were.
    package mutating func clear(topic: Topic?) -> Int {
        let count = self.entries.count
        self.entries.removeAll { topic == nil || $0.rule.match.topic == topic }
        self.noteStages()
        return count - self.entries.count
    }

    /// Drops the rules whose time to live has passed.
    package mutating func expire(at now: Instant) {
        guard self.entries.contains(where: { $0.expiresAt.map { $0 <= now } ?? false }) else { return }
        self.entries.removeAll { entry in
            guard let end = entry.expiresAt, end <= now else { return false }
            self.lapsed.append(entry.rule)
            return true
        }
        self.noteStages()
    }

    /// What the rules about listeners match whose time has come, and when that changes by the passing of time. Such a
    /// rule is hit once each time it comes into force.
    mutating func refusals(at now: Instant) -> (matches: [FaultMatch], next: Instant?) {
        self.expire(at: now)
        var matches: [FaultMatch] = []
        var next: Instant?
        for index in self.entries.indices where self.entries[index].rule.match.stage == .listen {
            let entry = self.entries[index]
            let window = entry.rule.trigger.window
            let isInForce = window?.contains(entry.addedAt.duration(to: now)) ?? true
            if isInForce, !entry.isInForce {
                self.entries[index].matches += 1
                self.entries[index].hits += 1
            }
            self.entries[index].isInForce = isInForce
            if isInForce { matches.append(entry.rule.match) }
            let turns = [
                entry.expiresAt, window.map { entry.addedAt + $0.lowerBound },
                window.map { entry.addedAt + $0.upperBound },
            ]
            for turn in turns.compactMap(\.self) where turn > now { next = min(next ?? turn, turn) }
        }
        return (matches, next)
    }

    private mutating func noteStages() {
        self.stages = Set(self.entries.map(\.rule.match.stage))
    }

    /// Shows the rules what happens; counts who matched and fired.
    package mutating func strike(
        at stage: FaultStage,
        _ subject: FaultSubject,
        now: Instant,
        random: inout SeededGenerator
    ) -> FaultStrike? {
        guard self.hasRules(for: stage) else { return nil }
        self.expire(at: now)
        for index in self.entries.indices where self.entries[index].rule.match.stage == stage {
            guard self.entries[index].rule.match.matches(subject) else { continue }
            if self.entries[index].fires(at: now, random: &random) {
                let rule = self.entries[index].rule
                return FaultStrike(rule: rule.id, action: rule.action)
            }
        }
        return nil
    }
}

extension FaultPlan.Entry {
    fileprivate mutating func fires(at now: Instant, random: inout SeededGenerator) -> Bool {
        let trigger = self.rule.trigger
        if self.remaining == 0 { return false }
        if let window = trigger.window, !window.contains(self.addedAt.duration(to: now)) { return false }
        self.matches += 1
        guard self.matches > trigger.skipFirst else { return false }
        guard (self.matches - trigger.skipFirst - 1).isMultiple(of: max(1, trigger.everyNth)) else { return false }
        if trigger.probability < 1, Double.random(in: 0..<1, using: &random) >= trigger.probability { return false }
        self.hits += 1
        return true
    }
}

extension FaultMatch {
    fileprivate func matches(_ subject: FaultSubject) -> Bool {
        if let service, service != subject.service { return false }
        if let environment, environment != subject.environment { return false }
        if let connection, connection != subject.connection { return false }
        if let topic, !subject.topics.contains(topic) { return false }
        if let token, token != subject.token { return false }
        if let identifier, identifier != subject.identifier { return false }
        if let device, device != subject.device { return false }
        if let command, command != subject.command { return false }
        if let priority, priority != subject.priority { return false }
        if let payloadContains, !Self.contains(subject.payload, payloadContains) { return false }
        return true
    }

    private static func contains(_ payload: ArraySlice<UInt8>, _ part: [UInt8]) -> Bool {
        guard let first = part.first else { return true }
        var rest = payload
        while let start = rest.firstIndex(of: first) {
            if rest[start...].starts(with: part) { return true }
            rest = rest[(start + 1)...]
        }
        return false
    }
}
