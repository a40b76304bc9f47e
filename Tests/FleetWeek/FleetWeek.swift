import NIOEmbedded
import PushLedger
import ServiceTestSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lives the week of `tools/fleet-week` twice, and judges it.
@main
enum FleetWeek {
    private static let longest: Duration = .seconds(300)

    static func main() throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 3, numbers[0] > 0, numbers[1] > 0 else {
            print("usage: FleetWeek PHONES HOURS SEED")
            exit(2)
        }
        let life = FleetLife(phones: numbers[0], hours: numbers[1], seed: UInt64(numbers[2]))
        let first = try Self.live(life, "first")
        let second = try Self.live(life, "second")
        var defects: [String] = []
        if !first.outcome.counters.addUp { defects.append("the counters do not add up") }
        if first.outcome.counters.accepted != life.pushCount { defects.append("not every push was accepted") }
        if first.elapsed > Self.longest { defects.append("it took longer than \(Self.longest)") }
        if first.outcome != second.outcome { defects.append("the second run was another one") }
        let (early, late) = (first.memory[first.memory.count / 4], first.memory[first.memory.count - 1])
        if late > early + early / 4 { defects.append("memory grew from \(early) to \(late) MiB") }
        for defect in defects { print("failed: \(defect)") }
        if defects.isEmpty { print("everything holds") }
        exit(defects.isEmpty ? 0 : 1)
    }

    private static func live(
        _ life: FleetLife,
        _ name: String
    ) throws -> (outcome: FleetLife.Outcome, elapsed: Duration, memory: [Int]) {
        let clock = ContinuousClock()
        let start = clock.now
        var memory: [Int] = []
        let outcome = try life.run(on: EmbeddedEventLoop()) { hour in
            guard hour % 12 == 0 || hour == life.hours else { return }
            memory.append(ProcessMemory.resident >> 20)
        }
        let elapsed = start.duration(to: clock.now)
        print(
            "\(name): \(life.phones) phones, \(life.hours) h in \(elapsed.components.seconds) s,"
                + " \(outcome.connections) connections, digest \(outcome.digest)"
        )
        print("  \(outcome.counters)")
        print("  MiB resident, every 12 h: \(memory.map { "\($0)" }.joined(separator: " "))")
        return (outcome, elapsed, memory)
    }
}
