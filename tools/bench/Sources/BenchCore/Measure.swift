#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Keeps the optimiser from leaving out what nobody looks at.
@inline(never) @_optimize(none)
func consume<Value>(_ value: borrowing Value) {}

/// Nanoseconds of a clock that nobody sets.
func nanosecondsNow() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// What `count-allocations.so` tells, when it was loaded before this program.
enum Heap {
    private typealias Count = @convention(c) () -> Int

    private static let counters: (calls: Count, bytes: Count)? = {
        guard let calls = dlsym(nil, "bench_allocation_count"), let bytes = dlsym(nil, "bench_heap_bytes") else {
            return nil
        }
        return (unsafeBitCast(calls, to: Count.self), unsafeBitCast(bytes, to: Count.self))
    }()

    /// Allocations so far.
    static var allocations: Int? { self.counters?.calls() }
    /// Bytes in use, the allocator's own overhead included.
    static var bytes: Int? { self.counters?.bytes() }
}

/// What one thing costs, over several rounds.
struct Cost {
    var rounds: [Double] = []
    var allocations: Double?

    var minimum: Double { self.rounds.min() ?? 0 }
    var median: Double { self.rounds.sorted()[self.rounds.count / 2] }
}

/// Measures `subject` and `reference` in turn, so that what else the machine does meets both.
///
/// - Parameters:
///   - count: how many things one call of either does.
@MainActor
func compare(
    rounds: Int,
    count: Int,
    subject: () -> Void,
    reference: () -> Void
) -> (subject: Cost, reference: Cost) {
    var costs = (subject: Cost(), reference: Cost())
    subject()
    reference()
    for _ in 0..<rounds {
        measure(&costs.subject, count: count, subject)
        measure(&costs.reference, count: count, reference)
    }
    return costs
}

@MainActor
private func measure(_ cost: inout Cost, count: Int, _ body: () -> Void) {
    let allocations = Heap.allocations
    let start = nanosecondsNow()
    body()
    cost.rounds.append(Double(nanosecondsNow() - start) / Double(count))
    if let allocations, let now = Heap.allocations {
        cost.allocations = Double(now - allocations) / Double(count)
    }
}

/// One line of JSON: a figure and what it is measured against.
func report(_ name: String, _ values: [(String, Double?)], reference: String) {
    let members = values.compactMap { key, value in value.map { "\"\(key)\":\($0)" } }
    print("{\"name\":\"\(name)\",\(members.joined(separator: ",")),\"reference\":\"\(reference)\"}")
    fflush(nil)
}

@MainActor
func report(_ name: String, _ costs: (subject: Cost, reference: Cost), reference: String) {
    report(
        name,
        [
            ("ns", costs.subject.minimum), ("median", costs.subject.median),
            ("allocations", costs.subject.allocations),
            ("referenceNs", costs.reference.minimum),
            ("ratio", costs.subject.minimum / costs.reference.minimum),
        ],
        reference: reference
    )
}
