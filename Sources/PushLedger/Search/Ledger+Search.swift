package import PushBroker
import PushVocabulary

extension Ledger {
    /// Whether a kept notification meets a filter, its terms included.
    func matches(_ sequence: UInt64, _ resolved: ResolvedFilter) -> Bool {
        guard resolved.matches(self.records[sequence]) else { return false }
        guard !resolved.filter.terms.isEmpty else { return true }
        let entry = self.entry(sequence)
        return resolved.filter.terms.allSatisfy { $0.matches(entry) }
    }

    /// Forgets the notifications that match. Counters and slots stay: what was counted did happen, and what is on its
    /// way arrives.
    ///
    /// - Returns: how many there were.
    package mutating func forget(matching filter: NotificationFilter) -> Int {
        guard let resolved = self.names.resolve(filter) else { return 0 }
        let numbers = self.records.numbers.filter { self.matches($0, resolved) }
        for number in numbers { self.forget(number) }
        self.takeFromWaiters(Set(numbers))
        return numbers.count
    }
}

extension NotificationFilter {
    /// Whether it asks for a fate: such a wait takes a notification as it was when it came to it.
    var concernsFate: Bool {
        self.fate != nil || self.terms.contains { if case .fate = $0.condition { true } else { false } }
    }
}
