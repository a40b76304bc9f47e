import NIOCore
package import PushLedger
import PushServer
import PushVocabulary
import Synchronization

/// What an event stream brings, piece by piece.
package enum EventStreamPiece: Sendable {
    /// The first one. `id`: behind which event the stream goes on.
    case hello(id: EventID, cursor: Cursor)
    /// What happened, in order.
    case events([EventReport])
    /// Events are missing here: what the reader knows is out of date. The stream goes on behind `id`.
    case resync(id: EventID, cursor: Cursor, reason: Resync)
    /// Nothing happened for a while.
    case heartbeat

    package enum Resync: Hashable, Sendable {
        /// So many events had left the log before they were read.
        case missed(UInt64)
        /// The id the reader came with is not of this run.
        case unknownID
    }
}

/// Where an event stream begins.
package enum EventStreamStart: Hashable, Sendable {
    case now
    /// With the oldest event that is kept.
    case oldest
    /// Behind an event; `nil`: behind one that this service never told of.
    case after(EventID?)
}

extension ControlOperations {
    static let maximumEventStreams = 100
    /// Real time after which a silent stream says that it is alive.
    static let heartbeat = TimeAmount.seconds(15)
    /// Most events of one piece.
    private static let pieceLimit = 256

    /// Tells what happens, until the service stops, `tell` throws, or its task is cancelled.
    ///
    /// Nothing is kept for a slow reader: it reads from the one log there is, and is told when it has missed some of it.
    ///
    /// - Throws: `ControlError` with `tooManyStreams` or `stopping`, `CancellationError`, and what `tell` throws.
    package func streamEvents(
        from start: EventStreamStart = .now,
        matching filter: EventFilter = EventFilter(),
        heartbeat: Duration? = nil,
        _ tell: (EventStreamPiece) async throws -> Void
    ) async throws {
        let time = heartbeat.map { TimeAmount.nanoseconds($0.wholeNanoseconds) } ?? Self.heartbeat
        try self.takeEventStream()
        defer { self.state.withLock { $0.openEventStreams -= 1 } }
        var position = try await self.begin(start, tell)
        while self.readiness != .stopping {
            try Task.checkCancellation()
            let page = try await self.perform { [position] in
                $0.events(after: position, matching: filter, limit: Self.pieceLimit)
            }
            if page.missed > 0 {
                position = try await self.resync(.missed(page.missed), tell)
                continue
            }
            position = page.position
            if !page.items.isEmpty { try await tell(.events(page.items)) }
            guard !page.hasMore else { continue }
            let hasNews = try await Self.translating {
                try await self.server.awaitEvent(after: position, within: time)
            }
            if !hasNews { try await tell(.heartbeat) }
        }
    }

    private func takeEventStream() throws(ControlError) {
        let hasRoom = self.state.withLock { state in
            guard state.openEventStreams < Self.maximumEventStreams else { return false }
            state.openEventStreams += 1
            return true
        }
        guard hasRoom else {
            throw ControlError(
                .tooManyStreams,
                "\(Self.maximumEventStreams) event streams are open",
                hint: "Close one that nobody reads."
            )
        }
    }

    /// - Returns: the number of the event behind which the stream goes on.
    private func begin(
        _ start: EventStreamStart,
        _ tell: (EventStreamPiece) async throws -> Void
    ) async throws -> UInt64 {
        let (latest, cursor) = try await self.perform { ($0.ledger.latestEvent, $0.ledger.latestCursor) }
        switch start {
        case .oldest:
            try await tell(.hello(id: EventID(run: latest.run, number: 0), cursor: cursor))
            return 0
        case .after(let id?) where id.run == latest.run && id.number <= latest.number:
            try await tell(.hello(id: id, cursor: cursor))
            return id.number
        case .after:
            try await tell(.hello(id: latest, cursor: cursor))
            return try await self.resync(.unknownID, tell)
        case .now:
            try await tell(.hello(id: latest, cursor: cursor))
            return latest.number
        }
    }

    private func resync(
        _ reason: EventStreamPiece.Resync,
        _ tell: (EventStreamPiece) async throws -> Void
    ) async throws -> UInt64 {
        let (latest, cursor) = try await self.perform { ($0.ledger.latestEvent, $0.ledger.latestCursor) }
        try await tell(.resync(id: latest, cursor: cursor, reason: reason))
        return latest.number
    }
}
