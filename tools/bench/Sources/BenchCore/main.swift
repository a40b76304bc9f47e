#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Measures the parts that do no I/O, and prints one line of JSON for each.
///
///     BenchCore [--quick] [codec] [payload] [broker] [ledger]
///
/// Allocations are counted when `count-allocations.so` was loaded before it.
var arguments = Set(CommandLine.arguments.dropFirst())
let isQuick = arguments.remove("--quick") != nil
let parts: [(name: String, run: () -> Void)] = [
    ("codec", { CodecBench(isQuick: isQuick).run() }),
    ("payload", { PayloadBench(isQuick: isQuick).run() }),
    ("broker", { BrokerBench(isQuick: isQuick).run() }),
    ("ledger", { LedgerBench(isQuick: isQuick).run() }),
]
for part in parts where arguments.isEmpty || arguments.contains(part.name) { part.run() }
