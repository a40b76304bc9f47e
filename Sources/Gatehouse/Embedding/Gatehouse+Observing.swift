import ControlAPI
import PushLedger
import PushVocabulary

/// How a wait ended.
public struct WaitReport: Hashable, Sendable {
    public let satisfied: Bool
    /// What was found, the oldest first.
    public let notifications: [NotificationReport]
    /// For the next wait's `after`: behind the newest that was found.
    public let cursor: String
}

/// How many notifications met which verdict and fate since the last reset.
public struct NotificationCounters: Hashable, Sendable {
    private let counters: Counters

    init(_ counters: Counters) {
        self.counters = counters
    }

    public var received: Int { self.counters.received }

    public subscript(verdict: PushVerdict) -> Int {
        switch verdict {
        case .accepted: self.counters.accepted
        case .rejected: self.counters.rejected
        case .discarded: self.counters.discarded
        }
    }

    public subscript(fate: PushFate) -> Int {
        switch fate {
        case .delivered: self.counters.delivered
        case .inFlight: self.counters.inFlight
        case .stored: self.counters.stored
        case .coalesced: self.counters.coalesced
        case .expired: self.counters.expired
        case .undeliverable: self.counters.undeliverable
        case .lost: self.counters.lost
        }
    }

    /// Whether every frame has one verdict and every accepted one has one fate: always, between two batches.
    public var addUp: Bool { self.counters.addUp }
}

extension Gatehouse {
    /// The notifications that match, the oldest first.
    public func notifications(
        _ query: NotificationQuery = NotificationQuery()
    ) async throws(GatehouseError) -> [NotificationReport] {
        let filter = try NotificationFilter(query, for: self.operations)
        return try await self.asking {
            try await self.operations.notifications(matching: filter, limit: Int.max).items.map {
                NotificationReport($0)
            }
        }
    }

    /// Waits until `count` notifications match, or until the time is up. What happened before the call counts too.
    ///
    /// - Parameters:
    ///   - count: 0: none may come.
    ///   - cursor: only what is behind it.
    ///   - timeout: real time.
    public func wait(
        for query: NotificationQuery = NotificationQuery(),
        count: Int = 1,
        after cursor: String? = nil,
        timeout: Duration = .seconds(10)
    ) async throws(GatehouseError) -> WaitReport {
        let filter = try NotificationFilter(query, for: self.operations)
        let start = cursor.flatMap { Cursor($0) }
        if start == nil, let cursor { throw GatehouseError(.usage, "`\(cursor)` is no cursor.") }
        return try await self.asking {
            let outcome = try await self.operations.wait(for: filter, count: count, after: start, timeout: timeout)
            return WaitReport(
                satisfied: outcome.satisfied,
                notifications: outcome.items.map { NotificationReport($0) },
                cursor: outcome.cursor.description
            )
        }
    }

    /// Behind the newest notification: for a wait for what comes from now on.
    public func cursor() async throws(GatehouseError) -> String {
        try await self.asking { try await self.operations.latestCursor().description }
    }

    /// - Parameter topic: only this topic's; `nil`: everybody's.
    public func counters(topic: String? = nil) async throws(GatehouseError) -> NotificationCounters {
        try await self.asking {
            NotificationCounters(try await self.operations.counters(topic: topic.map { Topic($0) }))
        }
    }

    /// Forgets notifications and feedback, of one topic or of all; without a topic, devices become as configured.
    public func reset(topic: String? = nil) async throws(GatehouseError) {
        try await self.asking { _ = try await self.operations.reset(topic: topic.map { Topic($0) }) }
    }

    func asking<Result>(_ body: () async throws -> Result) async throws(GatehouseError) -> Result {
        do {
            return try await body()
        } catch let error as GatehouseError {
            throw error
        } catch let error as ControlError {
            let category: GatehouseError.Category =
                switch error.code.status {
                case 400..<404, 413, 415, 422: .usage
                case 404..<500: .notSatisfied
                case 503: .unreachable
                default: .internalFault
                }
            throw GatehouseError(category, error.description)
        } catch {
            throw GatehouseError(.internalFault, "\(error)")
        }
    }
}
