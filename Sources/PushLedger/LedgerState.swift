import PushBroker
import PushVocabulary

/// All that a ledger knows and that outlives its process, as plain values.
///
/// Connections and feedback reads are not among it: they are of one run. Their numbers go on, so that none is ever
/// given out twice.
package struct LedgerState: Sendable {
    /// A name and the small number under which records refer to it.
    package struct NameRow: Hashable, Sendable {
        package var number: Int
        package var name: String

        package init(number: Int, name: String) {
            self.number = number
            self.name = name
        }
    }

    package struct CounterRow: Hashable, Sendable {
        /// The topic's number; 0: of frames without one.
        package var topic: Int
        package var counters: Counters

        package init(topic: Int, counters: Counters) {
            self.topic = topic
            self.counters = counters
        }
    }

    /// A notification that has aged out before it had its final fate.
    package struct PrunedRow: Hashable, Sendable {
        package var number: UInt64
        package var topic: Int
        package var fate: FateKind?

        package init(number: UInt64, topic: Int, fate: FateKind?) {
            self.number = number
            self.topic = topic
            self.fate = fate
        }
    }

    /// Where the ledger stands.
    package struct Position: Hashable, Sendable {
        /// The oldest number kept, and the next to be given out.
        package var first: UInt64 = 1
        package var next: UInt64 = 1
        package var forgottenBelow: UInt64 = 1
        package var firstEpoch: UInt64 = 1
        package var epoch: UInt64 = 1
        package var prunedCount = 0
        package var openedConnections = 0
        package var feedbackReads = 0

        package init() {}
    }

    /// Numbers from 1 up, without gaps.
    package var topics: [NameRow] = []
    package var devices: [NameRow] = []
    /// Numbers from 0 up, without gaps.
    package var rules: [NameRow] = []
    package var counters: [CounterRow] = []
    /// In ascending order of their numbers, all of them within `position`.
    package var notifications: [KeptNotification] = []
    package var pruned: [PrunedRow] = []
    package var position = Position()

    package init() {}
}

/// What of a ledger's state differs from what was last asked for.
package struct LedgerChanges: Sendable {
    /// All notifications of earlier are gone, before anything else here.
    package var forgetsEverything = false
    package var topics: [LedgerState.NameRow] = []
    package var devices: [LedgerState.NameRow] = []
    package var rules: [LedgerState.NameRow] = []
    package var counters: [LedgerState.CounterRow] = []
    package var notifications: [KeptNotification] = []
    package var goneNotifications: [UInt64] = []
    package var pruned: [LedgerState.PrunedRow] = []
    package var gonePruned: [UInt64] = []
    package var position = LedgerState.Position()

    package init() {}
}

/// Which parts of a ledger have changed since they were last taken.
struct LedgerMarks: Sendable {
    /// Numbers from here on are new.
    var firstNew: UInt64
    /// Older ones that changed or are gone.
    var numbers: Set<UInt64> = []
    var pruned: Set<UInt64> = []
    var counters: Set<Int32> = []
    var forgetsEverything = false
    var topicNames: Int
    var deviceNames: Int
    var ruleNames: Int
    var position: LedgerState.Position
    private var latestTopic: Int32 = -1

    init(firstNew: UInt64, names: LedgerNames, position: LedgerState.Position) {
        self.firstNew = firstNew
        self.topicNames = names.topics.count
        self.deviceNames = names.devices.count
        self.ruleNames = names.rules.count
        self.position = position
    }

    mutating func note(_ number: UInt64) {
        if number < self.firstNew { self.numbers.insert(number) }
    }

    /// Most calls are about the same topic as the last.
    mutating func note(countersOf topic: LedgerTopic) {
        guard topic.index != self.latestTopic else { return }
        self.latestTopic = topic.index
        self.counters.insert(topic.index)
    }

    mutating func forgetEverything(countersByTopic count: Int, next: UInt64) {
        self.forgetsEverything = true
        self.numbers = []
        self.pruned = []
        self.firstNew = next
        self.counters = Set(0..<Int32(count))
    }
}
