import Foundation
import Simulation
import Testing

/// Random lives of the whole service, judged by what its two ends see. `tools/simulate` lives as many as one likes in an
/// optimised build. `GATEHOUSE_SIMULATION_SEED=42` lives this one alone, here, where a debugger can look at it.
struct SimulationTests {
    private static let only = ProcessInfo.processInfo.environment["GATEHOUSE_SIMULATION_SEED"].flatMap(UInt64.init)

    @Test func `no life of the service breaks a rule`() throws {
        for seed in Self.only.map({ $0...$0 }) ?? 0...999 {
            guard let failure = try SimulationPlan(seed: seed).failure() else { continue }
            Issue.record("\(failure)")
            return
        }
    }

    @Test(arguments: [3, 14, 159]) func `the same seed is the same life`(_ seed: UInt64) throws {
        let first = try SimulationPlan(seed: seed).story()
        #expect(try SimulationPlan(seed: seed).story() == first)
        #expect(!first.isEmpty)
    }

    @Test func `lives are full of what may happen`() throws {
        let stories = try (0..<60).map { try SimulationPlan(seed: $0).story() }.joined(separator: "\n")
        for word in [
            "accepted", "rejected", "discarded", "delivered", "coalesced", "expired", "appRemoved", "lost",
            "deviceAway", "awaitingAcknowledgement", "connectionLost", "topicPaused", "topicIgnored", "topicUnlisted",
        ] {
            let isThere = stories.contains(word)
            #expect(isThere, "nothing is \(word)")
        }
    }
}
