import DequeModule
package import PushBroker
package import PushVocabulary

extension Ledger {
    // MARK: - Writing

    /// - Parameters:
    ///   - environment: the listener's; a TLS server name may say otherwise later.
    ///   - peer: the other end's address.
    ///   - now: product time.
    package mutating func openConnection(
        to service: PushService,
        environment: Environment,
        peer: String,
        at now: Instant
    ) -> ConnectionID {
        self.openedConnectionCount += 1
        let id = ConnectionID(rawValue: self.openedConnectionCount)
        self.connectionEntries.append(
            ConnectionEntry(
                id: id,
                service: service,
                environment: environment,
                peer: peer,
                openedAt: now,
                openedBefore: self.nextNotificationID
            )
        )
        self.events.append(.connection(.connectionOpened, id), at: now)
        return id
    }

    /// Changes what is known about a connection; nothing happens when it is no longer kept.
    package mutating func updateConnection(_ id: ConnectionID, _ body: (inout ConnectionEntry) -> Void) {
        guard let index = self.indexOfConnection(id) else { return }
        body(&self.connectionEntries[index])
    }

    /// Ends a connection. Its first end counts; later ones are ignored.
    package mutating func closeConnection(_ id: ConnectionID, _ outcome: ConnectionOutcome, at now: Instant) {
        guard outcome != .open, let index = self.indexOfConnection(id), self.connectionEntries[index].isOpen else {
            return
        }
        self.connectionEntries[index].outcome = outcome
        self.connectionEntries[index].closedAt = now
        self.connectionEntries[index].endedBefore = self.nextNotificationID
        if case .handshakeFailed(let end) = outcome {
            self.tally.count(.failed, on: self.connectionEntries[index].service)
            self.tally.countFailure(end.code)
            self.events.append(.connection(.connectionFailed, id), at: now)
        } else {
            self.events.append(.connection(.connectionClosed, id), at: now)
        }
        self.closedConnectionCount += 1
        if self.closedConnectionCount > self.limits.maximumClosedConnections { self.pruneConnections() }
    }

    mutating func countOnConnection(_ received: borrowing ReceivedNotification) {
        guard let index = self.indexOfConnection(received.connection) else { return }
        switch received.verdict {
        case .accepted: self.connectionEntries[index].accepted += 1
        case .rejected: self.connectionEntries[index].rejected += 1
        case .discarded: self.connectionEntries[index].discarded += 1
        }
    }

    /// Sweeps out the oldest closed connections, an eighth of the maximum at a time: open ones may stand between
    /// them, and taking single entries out of the middle would cost a move of all others.
    private mutating func pruneConnections() {
        let maximum = self.limits.maximumClosedConnections
        var surplus = self.closedConnectionCount - (maximum - maximum / 8)
        self.closedConnectionCount -= surplus
        self.connectionEntries.removeAll { entry in
            guard surplus > 0, !entry.isOpen else { return false }
            surplus -= 1
            return true
        }
        self.latestConnection = nil
    }

    /// Entries stand in ascending order of their numbers. Most calls are about the same connection as the last.
    private mutating func indexOfConnection(_ id: ConnectionID) -> Int? {
        if let latest = self.latestConnection, latest.id == id { return latest.index }
        guard let index = self.searchConnection(id) else { return nil }
        self.latestConnection = (id, index)
        return index
    }

    private func searchConnection(_ id: ConnectionID) -> Int? {
        var low = 0
        var high = self.connectionEntries.count
        while low < high {
            let middle = (low + high) / 2
            if self.connectionEntries[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low < self.connectionEntries.count && self.connectionEntries[low].id == id ? low : nil
    }

    // MARK: - Reading

    /// `nil`: unknown, or no longer kept; `isKnown` tells which.
    package func connection(_ id: ConnectionID) -> ConnectionEntry? {
        self.searchConnection(id).map { self.connectionEntries[$0] }
    }

    /// Whether there ever was a connection of this number.
    package func isKnown(_ id: ConnectionID) -> Bool { id.rawValue > 0 && id.rawValue <= self.openedConnectionCount }

    /// Kept connections, oldest first.
    ///
    /// - Parameters:
    ///   - isOpen: only those that are, or are not; `nil`: both.
    ///   - id: only those behind this one in the order.
    package func connections(
        service: PushService? = nil,
        environment: Environment? = nil,
        isOpen: Bool? = nil,
        after id: ConnectionID? = nil,
        limit: Int = .max,
        order: ListingOrder = .ascending
    ) -> [ConnectionEntry] {
        var found: [ConnectionEntry] = []
        for position in self.connectionEntries.indices where found.count < limit {
            let index = order == .ascending ? position : self.connectionEntries.count - 1 - position
            let entry = self.connectionEntries[index]
            if let id, order == .ascending ? entry.id <= id : entry.id >= id { continue }
            if let service, entry.service != service { continue }
            if let environment, entry.environment != environment { continue }
            if let isOpen, entry.isOpen != isOpen { continue }
            found.append(entry)
        }
        return found
    }

    package var openConnectionCount: Int { self.connectionEntries.count - self.closedConnectionCount }

    // MARK: - Feedback reads

    package mutating func recordFeedbackRead(
        on connection: ConnectionID,
        topics: [Topic],
        environment: Environment,
        entries: [FeedbackEntry],
        at now: Instant
    ) {
        self.readCount += 1
        self.readEntryCount += entries.count
        let change = FeedbackChange(
            topics: topics,
            environment: environment,
            connection: connection,
            count: entries.count
        )
        self.noteFeedback(.feedbackRead, change, at: now)
        self.tally.countFeedbackRead()
        self.reads.append(
            FeedbackRead(
                number: self.readCount,
                connection: connection,
                environment: environment,
                topics: topics,
                entries: entries,
                at: now,
                before: self.nextNotificationID
            )
        )
        while self.reads.count > self.limits.maximumFeedbackReads
            || self.readEntryCount > self.limits.maximumFeedbackEntries && self.reads.count > 1
        {
            self.readEntryCount -= self.reads.removeFirst().entries.count
        }
    }

    /// Kept reads, oldest first.
    ///
    /// - Parameter topic: only reads whose certificate names it; `nil`: all.
    package func feedbackReads(topic: Topic? = nil) -> [FeedbackRead] {
        self.reads.filter { read in topic.map { read.topics.contains($0) } ?? true }
    }

    /// How often feedback was read since the start, pruned reads included.
    package var feedbackReadCount: Int { self.readCount }
}
