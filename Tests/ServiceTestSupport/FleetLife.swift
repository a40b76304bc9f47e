import APNSWire
import MockDevice
package import NIOCore
package import PushLedger
import PushServer
import PushTransport
import PushVocabulary

/// Thousands of phones on the edge of coverage, in memory, on a clock walked by hand: what becomes of them and of what
/// is pushed to them.
package struct FleetLife: Sendable {
    package struct Outcome: Hashable, Sendable {
        package var counters: Counters
        /// Over what every phone got, when, and how often it lost its connection.
        package var digest: UInt64
        /// Connections that phones made, over all the time.
        package var connections: UInt64
    }

    package var phones: Int
    package var hours: Int
    package var seed: UInt64
    package var network = "edge-of-coverage"

    package init(phones: Int, hours: Int, seed: UInt64) {
        self.phones = phones
        self.hours = hours
        self.seed = seed
    }

    /// One in a hundred phones gets a push every five minutes.
    package var pushesPerRound: Int { max(1, self.phones / 100) }
    package var pushCount: UInt64 { UInt64(self.hours * 12 * self.pushesPerRound) }

    /// Lives it, from the first connection to the last hour.
    ///
    /// - Parameter afterHour: called with the number of hours that have passed.
    package func run(on eventLoop: any EventLoop, afterHour: (Int) -> Void = { _ in }) throws -> Outcome {
        let digest = Digest()
        // Full before the first day is over: what grows after that is no ledger.
        let limits = LedgerLimits(maximumNotifications: 10_000)
        let scene = try MemoryScene(eventLoop: eventLoop, ledgerLimits: limits, seed: self.seed) { digest.add($0) }
        defer {
            scene.devices.removeAll()
            scene.settle()
        }
        guard let network = NetworkCatalogue.builtIn.profile(named: self.network) else {
            preconditionFailure("\(self.network) comes with Gatehouse")
        }
        let tokens = try (1...self.phones).map { number in
            try scene.addPhone(
                MockDeviceConfiguration(
                    name: "phone-\(number)",
                    environment: .sandbox,
                    apps: [MockDeviceConfiguration.App(topic: TestService.topic)],
                    network: network
                )
            )
        }
        var random = SeededGenerator(seed: self.seed)
        for hour in 1...self.hours {
            for _ in 0..<12 {
                for _ in 0..<self.pushesPerRound {
                    try scene.push(.alert(to: tokens[Int.random(in: tokens.indices, using: &random)]))
                }
                scene.walk(.seconds(300))
            }
            afterHour(hour)
        }
        return Outcome(
            counters: scene.host.ledger.counters,
            digest: digest.value,
            connections: digest.connections
        )
    }

    /// FNV-1a.
    private final class Digest {
        private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325
        private(set) var connections: UInt64 = 0

        func add(_ event: DeviceEvent) {
            self.add(UInt64(bitPattern: event.at.nanosecondsSinceEpoch))
            for byte in event.device.utf8 { self.add(UInt64(byte)) }
            switch event.kind {
            case .received(_, _, _, let identifier, let fromStorage):
                self.add(UInt64(identifier) << 1 | (fromStorage ? 1 : 0))
            case .connected: self.connections += 1
            default: self.add(7)
            }
        }

        private func add(_ number: UInt64) { self.value = (self.value ^ number) &* 0x100_0000_01b3 }
    }
}
