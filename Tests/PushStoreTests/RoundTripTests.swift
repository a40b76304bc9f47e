import PushBroker
import PushLedger
import PushStore
import PushTestSupport
import PushVocabulary
import Testing

struct RoundTripTests {
    @Test(arguments: 1...UInt64(LongTests.areWanted ? 400 : 25))
    func `what the file holds is what the service was at the last batch`(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("state")
        // Small limits, so that pruning and what it leaves behind are part of most lives.
        let limits = LedgerLimits(maximumNotifications: 40, maximumFrameBytes: 4_000)
        var life = RandomLife(seed: seed, limits: limits)
        var pace = SeededGenerator(seed: seed)
        for _ in 0..<4 {
            // A process is killed: what it did since its last batch is not there, and nothing else is missing.
            let file = try StateFile(path: path)
            let kept = try file.load(limits: limits)
            try expectSame(kept.broker, kept.ledger, as: life)
            life.broker = kept.broker
            life.ledger = kept.ledger
            life.begin()
            life.resume()
            try file.apply(life.takeChanges())
            for _ in 0..<Int.random(in: 1...40, using: &pace) {
                for _ in 0..<Int.random(in: 1...12, using: &pace) { life.step() }
                try file.apply(life.takeChanges())
                #expect(life.ledger.counters.addUp)
            }
        }
    }

    @Test func `a batch that is written twice is written once`() throws {
        let directory = try TemporaryDirectory()
        var life = RandomLife(seed: 3, limits: LedgerLimits())
        do {
            let file = try StateFile(path: directory.path("state"))
            _ = try file.load(limits: LedgerLimits())
            life.ledger = Ledger()
            life.begin()
            for _ in 0..<300 { life.step() }
            let changes = life.takeChanges()
            try file.apply(changes)
            try file.apply(changes)
        }
        let kept = try StateFile(path: directory.path("state")).load(limits: LedgerLimits())
        try expectSame(kept.broker, kept.ledger, as: life)
    }

    @Test func `smaller limits prune what is too much, and every counter stays`() throws {
        let directory = try TemporaryDirectory()
        var life = RandomLife(seed: 5, limits: LedgerLimits())
        do {
            let file = try StateFile(path: directory.path("state"))
            _ = try file.load(limits: LedgerLimits())
            life.begin()
            for _ in 0..<400 { life.step() }
            try file.apply(life.takeChanges())
        }
        let kept = try StateFile(path: directory.path("state")).load(limits: LedgerLimits(maximumNotifications: 10))
        #expect(kept.ledger.keptCount <= 10)
        #expect(kept.ledger.counters == life.ledger.counters)
        #expect(kept.ledger.nextNotificationID == life.ledger.nextNotificationID)
    }

    private func expectSame(_ broker: Broker, _ ledger: Ledger, as life: RandomLife) throws {
        #expect(Normal(broker.state) == Normal(life.broker.state))
        #expect(ledger.state.position.next == life.ledger.state.position.next)
        #expect(ledger.counters == life.ledger.counters)
        #expect(
            ledger.state.counters.filter { $0.counters != Counters() }
                == life.ledger.state.counters.filter { $0.counters != Counters() }
        )
        let all = NotificationFilter.everything
        #expect(
            ledger.notifications(matching: all, limit: 1_000).items
                == life.ledger.notifications(matching: all, limit: 1_000).items
        )
        #expect(ledger.state.pruned == life.ledger.state.pruned)
        for number in 1..<(life.ledger.nextNotificationID.rawValue + 2) {
            let id = NotificationID(rawValue: number)
            #expect(ledger.notification(id) == life.ledger.notification(id))
        }
    }
}

/// A broker's state apart from the order of its rows.
private struct Normal: Equatable {
    let topics: [BrokerState.TopicRow]
    let devices: [BrokerState.DeviceRow]
    let apps: [BrokerState.AppRow]
    let slots: [BrokerState.SlotRow]
    let feedback: Set<BrokerState.FeedbackRow>

    init(_ state: BrokerState) {
        self.topics = state.topics
        self.devices = state.devices
        self.apps = state.apps
        self.slots = state.slots
        self.feedback = Set(state.feedback)
    }
}
