package import PushLedger
import PushServer
package import PushVocabulary

/// How many pushes have to match.
package struct ExpectedCount: Hashable, Sendable, CustomStringConvertible {
    package let range: ClosedRange<Int>

    package init(_ range: ClosedRange<Int>) {
        self.range = range
    }

    package var description: String {
        if self.range.lowerBound == self.range.upperBound { return "exactly \(self.range.lowerBound)" }
        if self.range.upperBound == .max { return "at least \(self.range.lowerBound)" }
        if self.range.lowerBound == 0 { return "at most \(self.range.upperBound)" }
        return "from \(self.range.lowerBound) to \(self.range.upperBound)"
    }
}

package struct Verification: Hashable, Sendable {
    package let satisfied: Bool
    /// How many match.
    package let matched: Int
    package let expected: ExpectedCount
    /// Where too few match: what came closest.
    package let nearMisses: [NearMiss]
}

extension ControlOperations {
    /// The newest pushes looked at for near misses.
    private static let nearMissLook = 1_000

    /// Checks how many notifications match, now.
    ///
    /// - Parameter cursor: only what is behind it; `nil`: everything that is kept.
    package func verify(
        _ filter: NotificationFilter,
        _ expected: ExpectedCount,
        after cursor: Cursor? = nil
    ) async throws -> Verification {
        let matched = try await self.perform { host in
            guard let cursor else { return host.ledger.notifications(matching: filter, limit: 1).total }
            return host.ledger.notifications(matching: filter, from: cursor, limit: .max).items.count
        }
        let tooFew = matched < expected.range.lowerBound
        return Verification(
            satisfied: expected.range ~= matched,
            matched: matched,
            expected: expected,
            nearMisses: tooFew ? try await self.nearMisses(of: filter, after: cursor) : []
        )
    }

    /// What came closest to a filter, of its own topic where it names one: a test is not told of another's pushes.
    package func nearMisses(of filter: NotificationFilter, after cursor: Cursor? = nil) async throws -> [NearMiss] {
        let own = NotificationFilter(topic: filter.topic)
        let newest = try await self.notifications(matching: own, limit: Self.nearMissLook, order: .descending).items
        return NearMiss.closest(
            to: filter,
            among: newest.reversed().filter { entry in
                cursor.map { $0.isBefore(entry.id) } ?? true
            }
        )
    }

    /// Forgets the notifications that match; counters and slots stay.
    ///
    /// - Returns: how many there were.
    package func deleteNotifications(matching filter: NotificationFilter) async throws -> Int {
        try await self.perform { $0.forgetNotifications(matching: filter) }
    }

    /// Who is waiting, oldest first.
    package func openWaits(topic: Topic? = nil) async throws -> [WaitView] {
        try await self.perform { host in
            host.ledger.waits.filter { topic == nil || $0.filter.topic == topic }
        }
    }

    /// Ends waits early: they answer with what they have found.
    ///
    /// - Returns: how many there were.
    package func endWaits(topic: Topic? = nil) async throws -> Int {
        try await Self.translating { try await self.server.endWaits(topic: topic) }
    }
}
