import PushBroker
import PushIdentity
package import PushLedger
import PushServer
package import PushVocabulary
import Synchronization

extension ControlOperations {
    /// Judges the providers by what the ledger saw.
    package func audit(topic: Topic? = nil, environment: Environment? = nil) async throws -> AuditReport {
        try await self.perform { host in
            host.ledger.audit(topic: topic, environment: environment, at: host.clock.now)
        }
    }

    /// Puts a token on a feedback list by hand.
    package func addFeedback(_ record: FeedbackRecord) async throws {
        try await self.perform { host in
            host.addFeedback(
                FeedbackEntry(token: record.token, since: record.since),
                topic: record.topic,
                environment: record.environment
            )
        }
    }

    /// Empties the feedback lists.
    ///
    /// - Returns: how many tuples were on them.
    package func clearFeedback(of topic: Topic? = nil, in environment: Environment? = nil) async throws -> Int {
        let topics = self.feedbackTopics
        return try await self.perform { host in
            let records = Self.feedback(of: topic, in: environment, knowing: topics, on: host)
            for record in records { host.clearFeedback(of: record.topic, in: record.environment) }
            return records.count
        }
    }
}
