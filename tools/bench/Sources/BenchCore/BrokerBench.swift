import PushBroker
import PushIdentity
import PushVocabulary

/// One transition of the broker: a token looked up and a notification accepted, for a device that is away (it waits,
/// and replaces what waited) and for one that is there (sent, then acknowledged). With a thousand tokens and with a
/// million, each on a device of its own.
@MainActor
struct BrokerBench {
    let isQuick: Bool
    private let now = Instant(unixSeconds: 1_500_000_000)
    private let content = PushContent(frame: Array(repeating: 0, count: 361), payloadRange: 47..<347)

    func run() {
        let small = Population((0..<1_000).map { BenchFrame.token($0) })
        // The bench's own list of them is not the broker's memory.
        let tokens = (0..<(self.isQuick ? 100_000 : 1_000_000)).map { BenchFrame.token($0) }
        let before = Heap.bytes
        let large = Population(tokens)
        let bytes = before.flatMap { before in Heap.bytes.map { Double($0 - before) / Double(large.tokens.count) } }
        report("broker memory, \(large.tokens.count) tokens", [("bytesPerToken", bytes)], reference: "none: bytes")
        for isAway in [true, false] {
            let costs = compare(
                rounds: self.isQuick ? 20 : 100,
                count: 10_000,
                subject: { self.run(large, isAway: isAway) },
                reference: { self.run(small, isAway: isAway) }
            )
            report(
                "broker, \(isAway ? "away" : "connected"), \(large.tokens.count) tokens",
                costs,
                reference: "the same with 1,000 tokens"
            )
        }
    }

    private func run(_ population: Population, isAway: Bool) {
        var effects: [BrokerEffect] = []
        for _ in 0..<10_000 {
            let number = population.next(isAway: isAway)
            let id = NotificationID(rawValue: population.sent)
            guard
                let app = population.broker.app(
                    token: population.tokens[number],
                    topics: [population.topic],
                    environment: .sandbox
                ), let device = population.broker.device(of: app)
            else { preconditionFailure("a token is not known") }
            let notification = PushNotification(
                id: id,
                content: self.content,
                keptUntil: self.now + .seconds(3_600),
                wireExpiry: 0,
                priority: 10
            )
            population.broker.accept(notification, for: app, at: self.now, effects: &effects)
            if !isAway {
                population.broker.acknowledged(by: device, at: self.now, effects: &effects) { $0 == id }
            }
            consume(effects)
            effects.removeAll(keepingCapacity: true)
        }
    }
}

/// Devices with one app each; every second is connected.
private final class Population {
    var broker = Broker()
    let topic: TopicID
    let tokens: [DeviceToken]
    private(set) var sent: UInt64 = 0
    private var random = SeededGenerator(seed: 1)

    init(_ tokens: [DeviceToken]) {
        let hash = Topic("com.example.app").hash
        self.topic = self.broker.topic(hash)
        self.tokens = tokens
        var effects: [BrokerEffect] = []
        for (number, token) in tokens.enumerated() {
            let device = self.broker.addDevice(
                named: "device-\(number)",
                environment: .sandbox,
                baseToken: BenchFrame.token(-1 - number)
            )
            guard (try? self.broker.install(self.topic, on: device, token: token, effects: &effects)) != nil else {
                preconditionFailure("a token is taken")
            }
            guard number % 2 == 1 else { continue }
            self.broker.connected(device)
            self.broker.filtered(device, [hash: .enabled], at: Instant(unixSeconds: 1), effects: &effects)
            effects.removeAll(keepingCapacity: true)
        }
    }

    func next(isAway: Bool) -> Int {
        self.sent += 1
        return Int.random(in: 0..<self.tokens.count / 2, using: &self.random) * 2 + (isAway ? 0 : 1)
    }
}
