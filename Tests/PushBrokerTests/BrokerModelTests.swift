import PushTestSupport
import Testing

/// Thousands of random histories, each step judged by the oracle and by the invariants in the broker's header.
struct BrokerModelTests {
    @Test(.seed("004-20", "004-21", "004-22", "004-26"), arguments: 0..<8 as Range<UInt64>)
    func `whatever happens, the broker does what the rules say`(_ part: UInt64) throws {
        for seed in part * 300..<(part + 1) * 300 {
            var run = ModelRun(seed: seed)
            try run.play(steps: 60)
        }
    }

    @Test func `the same history has the same effects, in the same order`() throws {
        for seed in 0..<100 as Range<UInt64> {
            var first = ModelRun(seed: seed)
            var second = ModelRun(seed: seed)
            try first.play(steps: 60)
            try second.play(steps: 60)
            #expect(first.effects == second.effects, "seed \(seed)")
        }
    }

    @Test func `a long history too`() throws {
        var run = ModelRun(seed: 42)
        try run.play(steps: 1_000)
    }
}
