import NIOEmbedded
import PushLedger
import PushTestSupport
import ServiceTestSupport
import Testing

/// Thousands of phones on the edge of coverage, in memory, on a clock walked by hand. `tools/fleet-week` lives the same
/// with a release build, and judges time and memory as well.
struct FleetWeekTests {
    private func check(_ outcome: FleetLife.Outcome, of life: FleetLife) {
        let counters = outcome.counters
        #expect(counters.addUp && counters.accepted == life.pushCount)
        #expect(
            counters.delivered > 0
                && counters.delivered + counters.coalesced + counters.inFlight + counters.stored == life.pushCount
        )
        #expect(outcome.connections > UInt64(life.phones * life.hours) / 10)
    }

    @Test(.seed("000-09"))
    func `a day of a hundred phones repeats exactly`() throws {
        let life = FleetLife(phones: 100, hours: 24, seed: 5)
        let first = try life.run(on: EmbeddedEventLoop())
        self.check(first, of: life)
        #expect(try life.run(on: EmbeddedEventLoop()) == first)
        var other = life
        other.seed = 6
        #expect(try other.run(on: EmbeddedEventLoop()).digest != first.digest)
    }

    @Test(.seed("000-09"), .enabled(if: LongTests.areWanted))
    func `a week of five thousand phones adds up, and memory stays flat`() throws {
        let life = FleetLife(phones: 5_000, hours: 7 * 24, seed: 5)
        var memory: [Int] = []
        let outcome = try life.run(on: EmbeddedEventLoop()) { hour in
            if hour % 12 == 0 { memory.append(ProcessMemory.resident) }
        }
        self.check(outcome, of: life)
        #expect(memory.last.map { $0 < memory[3] + memory[3] / 4 } == true, "\(memory)")
    }
}
