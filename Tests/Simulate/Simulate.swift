import Simulation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Lives the lives of `tools/simulate`, one after the other, and ends with the first that breaks a rule.
@main
enum Simulate {
    static func main() throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { UInt64($0) }
        guard numbers.count == 2, numbers[1] > 0 else {
            print("usage: Simulate FIRST COUNT")
            exit(2)
        }
        let (first, count) = (numbers[0], numbers[1])
        let clock = ContinuousClock()
        let start = clock.now
        var shownAt = start
        let isWatched = isatty(STDERR_FILENO) == 1
        LastWords.prepare()
        for done in 0..<count {
            LastWords.set(seed: first + done)
            if isWatched, shownAt.duration(to: clock.now) > .seconds(1) {
                shownAt = clock.now
                Self.show("\r\(done) of \(count) lives")
            }
            guard let failure = try SimulationPlan(seed: first + done).failure() else { continue }
            if isWatched { Self.show("\r") }
            print("failed: \(failure)\nagain: tools/simulate --seed \(first + done)")
            exit(1)
        }
        if isWatched { Self.show("\r") }
        let elapsed = start.duration(to: clock.now)
        print("\(count) lives from seed \(first) on in \(elapsed.components.seconds) s: no rule was broken")
    }

    private static func show(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }
}
