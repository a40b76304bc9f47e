/// Waiting notifications by message, first in, first out; one that has the same identifier is preferred.
struct MessageQueues {
    private struct Named: Hashable {
        let message: Int
        let identifier: UInt32
    }

    private struct Queue {
        var entries: [Int] = []
        var head = 0
    }

    private var queues: [Int: Queue] = [:]
    private var named: [Named: Int] = [:]
    /// By observation.
    private var isWaiting: [Bool]

    /// - Parameter count: of observations.
    init(count: Int) {
        self.isWaiting = [Bool](repeating: false, count: count)
    }

    /// The observations that were put in and not taken out, in order.
    var waiting: [Int] { self.isWaiting.indices.filter { self.isWaiting[$0] } }

    mutating func put(_ observation: Int, message: Int, identifier: UInt32?) {
        self.isWaiting[observation] = true
        self.queues[message, default: Queue()].entries.append(observation)
        if let identifier { self.named[Named(message: message, identifier: identifier)] = observation }
    }

    /// Takes out one that `isEligible`, looking only at the one with this identifier and at the oldest.
    mutating func take(message: Int, identifier: UInt32?, where isEligible: (Int) -> Bool) -> Bool {
        guard let oldest = self.oldest(message) else { return false }
        if let identifier, let same = self.named[Named(message: message, identifier: identifier)],
            self.isWaiting[same], isEligible(same)
        {
            self.isWaiting[same] = false
            return true
        }
        guard isEligible(oldest) else { return false }
        self.isWaiting[oldest] = false
        return true
    }

    /// The oldest that waits. Those taken out before it are dropped for good.
    mutating func oldest(_ message: Int) -> Int? {
        while let queue = self.queues[message] {
            guard queue.head < queue.entries.count else {
                self.queues[message] = nil
                return nil
            }
            let observation = queue.entries[queue.head]
            if self.isWaiting[observation] { return observation }
            self.queues[message]?.head += 1
        }
        return nil
    }

    mutating func drop(_ observation: Int) { self.isWaiting[observation] = false }
}
