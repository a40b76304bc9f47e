import Foundation
import PushVocabulary
import Testing

/// Random lives of the whole service, judged by what its two ends see. `GATEHOUSE_SIMULATION_SEEDS=100000` runs as
/// many; `GATEHOUSE_SIMULATION_SEED=42` runs this one alone. A seed that fails is told with the shortest plan that
/// still does.
struct SimulationTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }
    private static let stepsOfALife = 120

    private func plan(_ seed: Int) -> SimulationPlan {
        SimulationPlan(seed: UInt64(seed), length: Self.stepsOfALife)
    }

    @Test func `no life of the service breaks a rule`() throws {
        let single = Self.number("GATEHOUSE_SIMULATION_SEED")
        let seeds = single.map { $0..<$0 + 1 } ?? 0..<(Self.number("GATEHOUSE_SIMULATION_SEEDS") ?? 1_000)
        for seed in seeds {
            guard let problem = try SimulatedWorld.run(self.plan(seed)).problem else { continue }
            let shortest = try self.shrink(self.plan(seed))
            let steps = shortest.steps.map { "  \($0)" }.joined(separator: "\n")
            let still = try SimulatedWorld.run(shortest).problem ?? "nothing"
            Issue.record("seed \(seed): \(problem)\nshortest, \(still):\n\(steps)")
            return
        }
    }

    @Test(arguments: [3, 14, 159]) func `the same seed is the same life`(_ seed: Int) throws {
        let first = try SimulatedWorld.run(self.plan(seed))
        #expect(try SimulatedWorld.run(self.plan(seed)).story == first.story)
        #expect(!first.story.isEmpty)
    }

    @Test func `lives are full of what may happen`() throws {
        let stories = try (0..<20).map { try SimulatedWorld.run(self.plan($0)).story }.joined(separator: "\n")
        for word in [
            "accepted", "rejected", "discarded", "delivered", "coalesced", "expired", "appRemoved", "lost",
        ] {
            #expect(stories.contains(word), "nothing is \(word)")
        }
    }

    /// Leaves steps out, in ever smaller groups, as long as what is left fails.
    private func shrink(_ plan: SimulationPlan) throws -> SimulationPlan {
        var plan = plan
        var size = plan.steps.count / 2
        while size > 0 {
            var start = 0
            while start < plan.steps.count {
                var shorter = plan
                shorter.steps.removeSubrange(start..<min(start + size, plan.steps.count))
                if try SimulatedWorld.run(shorter).problem != nil { plan = shorter } else { start += size }
            }
            size /= 2
        }
        return plan
    }
}
