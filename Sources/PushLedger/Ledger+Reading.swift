package import PushBroker
package import PushVocabulary

/// What is known about a number.
package enum NotificationLookup: Hashable, Sendable {
    case found(NotificationEntry)
    /// It was kept once and has aged out.
    case pruned
    /// A reset removed it.
    case forgotten
    /// Never given out.
    case unknown
}

package enum ListingOrder: String, Hashable, Sendable, CaseIterable, Codable {
    case ascending = "asc"
    case descending = "desc"
}

/// A part of a listing.
package struct NotificationPage: Hashable, Sendable {
    package let items: [NotificationEntry]
    /// Where the next part begins; `nil`: at the moment there is none.
    package let nextCursor: Cursor?
    /// Behind the last item: where an ascending listing goes on when more has arrived.
    package let end: Cursor
    /// How many kept notifications match in all, on whichever page.
    package let total: Int
}

extension Ledger {
    // MARK: - Counters

    /// Everybody's.
    package var counters: Counters { self.counters(topic: nil) }

    /// - Parameter topic: only this topic's; `nil`: everybody's, frames without a topic included.
    package func counters(topic: Topic?) -> Counters {
        if let topic {
            return self.names.known(topic).map { self.countersByTopic[Int($0.index)] } ?? Counters()
        }
        var sum = Counters()
        for counters in self.countersByTopic { sum += counters }
        return sum
    }

    /// By topic, of all that have ever been seen; frames without a topic are left out.
    package var countersOfTopics: [(topic: Topic, counters: Counters)] {
        self.names.topics.indices.compactMap { index in
            self.names.topics[index].map { ($0, self.countersByTopic[index]) }
        }
    }

    /// Notifications kept at the moment.
    package var keptCount: Int { self.records.count - self.forgottenCount }
    /// Bytes of their frames.
    package var keptFrameBytes: Int { self.frameBytes }

    // MARK: - Notifications

    package func notification(_ id: NotificationID) -> NotificationLookup {
        let number = id.rawValue
        guard self.records.contains(number) else {
            guard number > 0, number < self.records.next else { return .unknown }
            return number < self.forgottenBelow ? .forgotten : .pruned
        }
        return self.records[number].isForgotten ? .forgotten : .found(self.entry(number))
    }

    /// Behind the newest notification.
    package var latestCursor: Cursor {
        Cursor(epoch: self.epoch, sequence: self.records.next - 1)
    }

    /// Whether a cursor was given out by this run. A stranger is taken as the beginning wherever a cursor is expected.
    package func isOwn(_ cursor: Cursor) -> Bool {
        self.firstEpoch...self.epoch ~= cursor.epoch && cursor.sequence < self.records.next
    }

    /// The kept notifications that match.
    ///
    /// - Parameters:
    ///   - cursor: where to begin; `nil`: at the beginning, or in descending order at the newest.
    ///   - limit: at most so many items.
    package func notifications(
        matching filter: NotificationFilter = .everything,
        from cursor: Cursor? = nil,
        limit: Int,
        order: ListingOrder = .ascending
    ) -> NotificationPage {
        let start = cursor.flatMap { self.isOwn($0) ? $0.sequence : nil }
        var items: [NotificationEntry] = []
        var hasMore = false
        var total = 0
        if let resolved = self.names.resolve(filter) {
            let numbers = self.records.numbers
            for step in 0..<UInt64(numbers.count) {
                let sequence = order == .ascending ? numbers.lowerBound + step : numbers.upperBound - 1 - step
                guard self.matches(sequence, resolved) else { continue }
                total += 1
                guard start.map({ order == .ascending ? sequence > $0 : sequence < $0 }) ?? true else { continue }
                if items.count < limit { items.append(self.entry(sequence)) } else { hasMore = true }
            }
        }
        let end =
            items.last.map { Cursor(epoch: self.epoch, sequence: $0.sequence) }
            ?? start.map { Cursor(epoch: self.epoch, sequence: $0) }
            ?? (order == .ascending ? Cursor(epoch: self.epoch, sequence: 0) : self.latestCursor)
        return NotificationPage(items: items, nextCursor: hasMore ? end : nil, end: end, total: total)
    }

    /// - Parameter sequence: must be kept.
    func entry(_ sequence: UInt64) -> NotificationEntry {
        self.records[sequence].entry(id: NotificationID(rawValue: sequence), names: self.names)
    }
}
