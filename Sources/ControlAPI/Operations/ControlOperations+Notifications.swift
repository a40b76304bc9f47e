import NIOCore
package import PushBroker
package import PushLedger
package import PushServer
package import PushVocabulary
import Synchronization

/// A tuple the feedback service would send, and to whom.
package struct FeedbackRecord: Hashable, Sendable {
    package let environment: Environment
    package let topic: Topic
    package let token: DeviceToken
    /// When the service learned that the app was gone.
    package let since: Instant
}

/// A part of the listing of connections.
package struct ConnectionPage: Hashable, Sendable {
    package let items: [ConnectionEntry]
    /// The last item, when there are more behind it.
    package let next: ConnectionID?
    /// How many kept connections match in all.
    package let total: Int
}

extension ControlOperations {
    // MARK: - Notifications

    package func notifications(
        matching filter: NotificationFilter = .everything,
        from cursor: Cursor? = nil,
        limit: Int,
        order: ListingOrder = .ascending
    ) async throws -> NotificationPage {
        try await self.perform {
            $0.ledger.notifications(matching: filter, from: cursor, limit: limit, order: order)
        }
    }

    /// The terms that a text of the search language has, to be put into a filter.
    ///
    /// - Throws: `validationFailed`.
    package func searchTerms(_ query: String) throws(ControlError) -> [SearchTerm] {
        do throws(ValueDefect) {
            return try SearchLanguage.terms(query, now: self.clock.now)
        } catch {
            throw .invalid(.parameter("q"), error.text)
        }
    }

    /// The newest notification that matches.
    package func latestNotification(matching filter: NotificationFilter = .everything) async throws
        -> NotificationEntry?
    {
        try await self.notifications(matching: filter, limit: 1, order: .descending).items.first
    }

    /// - Throws: `ControlError` with `notFound`, `pruned` or `forgotten`.
    package func notification(_ id: NotificationID) async throws -> NotificationEntry {
        switch try await self.perform({ $0.ledger.notification(id) }) {
        case .found(let entry): return entry
        case .pruned:
            throw ControlError(.pruned, "\(id) was received, but is so long ago that it is no longer kept")
        case .forgotten: throw ControlError(.forgotten, "\(id) was received, and forgotten by a reset")
        case .unknown: throw ControlError(.notFound, "there has never been a notification \(id)")
        }
    }

    /// Behind the newest notification: the `after` of a wait for what comes from now on.
    package func latestCursor() async throws -> Cursor {
        try await self.perform { $0.ledger.latestCursor }
    }

    /// Waits until `count` notifications match, or the time is up.
    ///
    /// - Parameters:
    ///   - count: 0: waits for silence, satisfied when nothing matches until the time is up.
    ///   - cursor: only what is behind it; `nil`: everything since the last reset.
    ///   - timeout: real time.
    /// - Throws: `ControlError` with `stopping` as soon as the service stops; `CancellationError`.
    package func wait(
        for filter: NotificationFilter,
        count: Int = 1,
        after cursor: Cursor? = nil,
        timeout: Duration
    ) async throws -> WaitOutcome {
        let server = self.server
        return try await Self.translating {
            try await self.waits.outcome {
                try await server.wait(
                    for: filter,
                    count: count,
                    after: cursor,
                    timeout: .nanoseconds(timeout.wholeNanoseconds)
                )
            }
        }
    }

    // MARK: - Feedback

    /// What the feedback service would send, without emptying its lists.
    ///
    /// - Parameters:
    ///   - topic: `nil`: every one.
    ///   - environment: `nil`: both.
    package func feedback(of topic: Topic? = nil, in environment: Environment? = nil) async throws -> [FeedbackRecord] {
        let topics = self.feedbackTopics
        return try await self.perform { Self.feedback(of: topic, in: environment, knowing: topics, on: $0) }
    }

    /// Topics that may have feedback beside those of the devices there are.
    var feedbackTopics: Set<Topic> { Set(self.identities.map { Topic($0.topic) }) }

    /// Lists of devices that are gone are found by the lists themselves.
    static func feedback(
        of topic: Topic?,
        in environment: Environment?,
        knowing topics: Set<Topic>,
        on host: BrokerHost
    ) -> [FeedbackRecord] {
        var topics = topics
        if let topic {
            topics = [topic]
        } else {
            topics.formUnion(host.broker.feedbackTopics)
            for device in host.broker.deviceViews { topics.formUnion(device.apps.compactMap(\.topic)) }
        }
        let environments = environment.map { [$0] } ?? Environment.allCases
        let sorted = topics.sorted { $0.name < $1.name }
        return environments.flatMap { environment in
            sorted.flatMap { topic in
                host.feedback(of: topic, in: environment).map {
                    FeedbackRecord(environment: environment, topic: topic, token: $0.token, since: $0.since)
                }
            }
        }
    }

    // MARK: - Connections

    /// Connections that are open, and closed ones as long as they are kept.
    ///
    /// - Parameters:
    ///   - isOpen: `nil`: both.
    ///   - id: only those behind this one in the order.
    package func connections(
        service: PushService? = nil,
        environment: Environment? = nil,
        isOpen: Bool? = nil,
        after id: ConnectionID? = nil,
        limit: Int,
        order: ListingOrder = .ascending
    ) async throws -> ConnectionPage {
        try await self.perform { host in
            let ledger = host.ledger
            let found = ledger.connections(
                service: service,
                environment: environment,
                isOpen: isOpen,
                after: id,
                limit: limit + 1,
                order: order
            )
            let total = ledger.connections(service: service, environment: environment, isOpen: isOpen).count
            let items = Array(found.prefix(limit))
            return ConnectionPage(items: items, next: found.count > limit ? items.last?.id : nil, total: total)
        }
    }

    /// - Throws: `ControlError` with `notFound` or `pruned`.
    package func connection(_ id: ConnectionID) async throws -> ConnectionEntry {
        try await self.perform { host in try Self.kept(host.ledger.connection(id), id, on: host) }
    }

    /// A connection with what is kept of its bytes and of its way.
    ///
    /// - Throws: `ControlError` with `notFound` or `pruned`.
    package func connectionRecord(_ id: ConnectionID) async throws -> ConnectionRecord {
        try await self.perform { host in try Self.kept(host.record(of: id), id, on: host) }
    }

    private static func kept<Kept>(_ found: Kept?, _ id: ConnectionID, on host: BrokerHost) throws -> Kept {
        if let found { return found }
        guard host.ledger.isKnown(id) else {
            throw ControlError(.notFound, "there has never been a connection \(id)")
        }
        throw ControlError(.pruned, "\(id) was closed so long ago that it is no longer kept")
    }
}
