import PushLedger
import PushServer
import PushVocabulary
import Testing

struct FaultPlanTests {
    private let start = Instant(unixSeconds: 1_000)
    private let token = DeviceToken(Array(repeating: 7, count: 32))

    private func subject(
        topic: Topic = "com.example.app",
        identifier: UInt32 = 1,
        payload: String = "{}"
    ) -> FaultSubject {
        var subject = FaultSubject(
            service: .gateway,
            environment: .sandbox,
            connection: ConnectionID(rawValue: 1)
        )
        subject.topics = [topic]
        subject.token = self.token
        subject.identifier = identifier
        subject.payload = ArraySlice(payload.utf8)
        return subject
    }

    private func rule(_ id: String = "r", _ change: (inout FaultRule) -> Void = { _ in }) -> FaultRule {
        var rule = FaultRule(id: id, match: FaultMatch(stage: .frame), action: .silentClose)
        change(&rule)
        return rule
    }

    /// Which of `count` identical subjects, one a second, strike.
    private func strikes(_ rule: FaultRule, count: Int = 12, seed: UInt64 = 1) -> [Int] {
        var plan = FaultPlan()
        var random = SeededGenerator(seed: seed)
        plan.put(rule, at: self.start)
        return (0..<count).filter { second in
            let now = self.start + .seconds(second)
            return plan.strike(at: .frame, self.subject(), now: now, random: &random) != nil
        }
    }

    @Test func `the next N, and no more`() {
        #expect(self.strikes(self.rule { $0.trigger.times = 3 }) == [0, 1, 2])
    }

    @Test func `the first ones can be skipped`() {
        #expect(
            self.strikes(
                self.rule {
                    $0.trigger.skipFirst = 4
                    $0.trigger.times = 2
                }
            ) == [4, 5]
        )
    }

    @Test func `every Nth, counted from the first that is not skipped`() {
        #expect(
            self.strikes(
                self.rule {
                    $0.trigger.skipFirst = 1
                    $0.trigger.everyNth = 4
                }
            ) == [1, 5, 9]
        )
    }

    @Test func `only in a window of product time, counted from when the rule was added`() {
        #expect(
            self.strikes(self.rule { $0.trigger.window = .seconds(3)..<(.seconds(6)) }) == [3, 4, 5]
        )
    }

    @Test func `a rule whose time to live has passed removes itself`() {
        var plan = FaultPlan()
        var random = SeededGenerator(seed: 1)
        plan.put(self.rule { $0.timeToLive = .seconds(5) }, at: self.start)
        #expect(plan.strike(at: .frame, self.subject(), now: self.start + .seconds(4), random: &random) != nil)
        #expect(plan.strike(at: .frame, self.subject(), now: self.start + .seconds(5), random: &random) == nil)
        #expect(plan.entries.isEmpty)
    }

    @Test func `probability is drawn from the seed: the same seed strikes the same ones`() {
        let rule = self.rule { $0.trigger.probability = 0.3 }
        let first = self.strikes(rule, count: 1_000, seed: 42)
        #expect(first == self.strikes(rule, count: 1_000, seed: 42))
        #expect(first != self.strikes(rule, count: 1_000, seed: 43))
        #expect((200...400).contains(first.count))
    }

    @Test func `every field that is set must agree`() {
        let changes: [(inout FaultMatch) -> Void] = [
            { $0.topic = "com.example.other" }, { $0.identifier = 2 }, { $0.environment = .production },
            { $0.token = DeviceToken(Array(repeating: 8, count: 32)) }, { $0.connection = ConnectionID(rawValue: 2) },
            { $0.payloadContains = Array("boom".utf8) }, { $0.command = 1 }, { $0.service = .feedback },
        ]
        for change in changes {
            #expect(self.strikes(self.rule { change(&$0.match) }).isEmpty)
        }
        let all = self.rule {
            $0.match.topic = "com.example.app"
            $0.match.identifier = 1
            $0.match.environment = .sandbox
            $0.match.token = self.token
            $0.match.connection = ConnectionID(rawValue: 1)
            $0.match.service = .gateway
        }
        #expect(self.strikes(all, count: 1) == [0])
    }

    @Test func `the first rule that fires decides, and hits are counted`() {
        var plan = FaultPlan()
        var random = SeededGenerator(seed: 1)
        plan.put(self.rule("once") { $0.trigger.times = 1 }, at: self.start)
        plan.put(self.rule("always") { $0.action = .lose }, at: self.start)
        let names = (0..<3).map { _ in plan.strike(at: .frame, self.subject(), now: self.start, random: &random)?.rule }
        #expect(names == ["once", "always", "always"])
        #expect(plan.entries.map(\.hits) == [1, 2])
        #expect(plan.entries.map(\.remaining) == [0, nil])
        #expect(plan.strike(at: .reply, self.subject(), now: self.start, random: &random) == nil)
    }

    @Test func `clearing takes one topic's rules, or all`() {
        var plan = FaultPlan()
        plan.put(self.rule("a") { $0.match.topic = "com.example.app" }, at: self.start)
        plan.put(self.rule("b") { $0.match.topic = "com.example.other" }, at: self.start)
        plan.put(self.rule("c"), at: self.start)
        #expect(plan.clear(topic: "com.example.app") == 1)
        #expect(plan.entries.map(\.rule.id) == ["b", "c"])
        #expect(plan.clear(topic: nil) == 2)
        #expect(!plan.hasRules(for: .frame))
    }

    @Test func `part of a payload is found wherever it stands`() {
        var plan = FaultPlan()
        var random = SeededGenerator(seed: 1)
        plan.put(self.rule { $0.match.payloadContains = Array("aab".utf8) }, at: self.start)
        for (payload, isFound) in [("aaab", true), ("xaab", true), ("aaxb", false), ("aa", false)] {
            let strike = plan.strike(at: .frame, self.subject(payload: payload), now: self.start, random: &random)
            #expect((strike != nil) == isFound, "\(payload)")
        }
    }
}
