import PushBroker
package import PushLedger
import PushServer
import PushVocabulary
import Synchronization

extension ControlOperations {
    /// Reads all that is counted, now.
    package func metrics() async throws -> MetricsReading {
        let (topics, facts, uptime) = (self.feedbackTopics, self.facts, self.uptime)
        let streams = self.state.withLock(\.openEventStreams)
        return try await self.perform { host in
            let open = host.ledger.connections(isOpen: true)
            return MetricsReading(
                version: facts.version,
                profile: facts.profile,
                tally: host.ledger.tally,
                openConnections: Dictionary(open.map { ($0.service, 1) }, uniquingKeysWith: +),
                feedbackQueued: Self.feedback(of: nil, in: nil, knowing: topics, on: host).count,
                faultRules: host.faultEntries.count,
                openWaits: host.ledger.waits.count,
                connectedDevices: host.broker.deviceViews.count { $0.isConnected },
                openEventStreams: streams,
                missedEvents: host.ledger.missedEventCount,
                keptNotifications: host.ledger.keptCount,
                uptime: uptime
            )
        }
    }

    /// Real time since the start.
    package var uptime: Duration { self.startedAt.duration(to: ProductClock.systemNow()) }

    /// Ends a connection from outside.
    ///
    /// - Parameter abruptly: with RST instead of TLS's and TCP's goodbye.
    /// - Throws: `ControlError` with `notFound`, `pruned`, or `wrongState` when it has ended already.
    package func endConnection(_ id: ConnectionID, abruptly: Bool) async throws {
        _ = try await self.connection(id)
        guard try await self.perform({ $0.endConnection(id, abruptly: abruptly) }) else {
            throw ControlError(.wrongState, "\(id) has ended already, or is held in memory")
        }
    }
}
