import APNSWire
import MockDevice
import NIOCore
import NIOEmbedded
import PushBroker
import PushLedger
import PushServer
import PushTestSupport
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Testing

/// Thousands of phones on the edge of coverage, in memory, on a clock walked by hand.
struct FleetWeekTests {
    private struct Outcome: Hashable {
        var counters: Counters
        /// Over what every phone got, when, and how often it lost its connection.
        var digest: UInt64
        var connections: UInt64
        /// Resident memory in bytes after a quarter of the time, and at the end.
        var memory: [Int] = []
    }

    /// FNV-1a.
    private final class Digest {
        private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
        private(set) var connects: UInt64 = 0

        func add(_ event: DeviceEvent) {
            self.add(UInt64(bitPattern: event.at.nanosecondsSinceEpoch))
            for byte in event.device.utf8 { self.add(UInt64(byte)) }
            switch event.kind {
            case .received(_, _, _, let identifier, let fromStorage):
                self.add(UInt64(identifier) << 1 | (fromStorage ? 1 : 0))
            case .connected: self.connects += 1
            default: self.add(7)
            }
        }

        private func add(_ number: UInt64) { self.value = (self.value ^ number) &* 0x100_0000_01b3 }
    }

    private func live(phones: Int, hours: Int, seed: UInt64) throws -> Outcome {
        let digest = Digest()
        let scene = try MemoryScene(
            eventLoop: EmbeddedEventLoop(),
            ledgerLimits: LedgerLimits(),
            seed: seed
        ) { digest.add($0) }
        let network = try #require(NetworkCatalogue.builtIn.profile(named: "edge-of-coverage"))
        let tokens = try (1...phones).map { number in
            try scene.addPhone(
                MockDeviceConfiguration(
                    name: "phone-\(number)",
                    environment: .sandbox,
                    apps: [MockDeviceConfiguration.App(topic: TestService.topic)],
                    network: network
                )
            )
        }
        var random = SeededGenerator(seed: seed)
        var memory: [Int] = []
        for hour in 0..<hours {
            for _ in 0..<12 {
                for _ in 0..<max(1, phones / 100) {
                    try scene.push(.alert(to: tokens[Int.random(in: tokens.indices, using: &random)]))
                }
                scene.walk(.seconds(300))
            }
            if hour == hours / 4 || hour == hours - 1 { memory.append(ProcessMemory.resident) }
        }
        return Outcome(
            counters: scene.host.ledger.counters,
            digest: digest.value,
            connections: digest.connects,
            memory: memory
        )
    }

    private func check(_ outcome: Outcome, phones: Int, hours: Int) {
        #expect(outcome.counters.addUp)
        #expect(outcome.counters.accepted == UInt64(hours * 12 * max(1, phones / 100)))
        #expect(
            outcome.counters.delivered > 0
                && outcome.counters.stored + outcome.counters.inFlight < outcome.counters.accepted
        )
        #expect(outcome.connections > UInt64(phones * hours) / 10)
    }

    @Test(.seed("000-09"))
    func `a day of twenty phones repeats exactly`() throws {
        var (first, second) = (
            try self.live(phones: 20, hours: 24, seed: 5), try self.live(phones: 20, hours: 24, seed: 5)
        )
        (first.memory, second.memory) = ([], [])
        self.check(first, phones: 20, hours: 24)
        #expect(first == second)
        #expect(try self.live(phones: 20, hours: 24, seed: 6).digest != first.digest)
    }

    @Test(.seed("000-09"), .enabled(if: LongTests.areWanted))
    func `a week of five thousand phones takes minutes, adds up, repeats exactly, and memory stays flat`() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let first = try self.live(phones: 5_000, hours: 7 * 24, seed: 5)
        let elapsed = start.duration(to: clock.now)
        print("5,000 phones, one week: \(elapsed), \(first)")
        self.check(first, phones: 5_000, hours: 7 * 24)
        #expect(elapsed < .seconds(300))
        #expect(first.memory[1] < first.memory[0] + first.memory[0] / 4)
        let second = try self.live(phones: 5_000, hours: 7 * 24, seed: 5)
        #expect(
            (first.counters, first.digest, first.connections) == (second.counters, second.digest, second.connections)
        )
    }
}
