import PushBroker
import PushVocabulary

/// Whether feedback is read: `feedback-never-read`, `feedback-not-read-daily`.
extension Auditor {
    private struct Stream: Hashable {
        let topic: LedgerTopic
        let environment: Environment
    }

    /// A topic's readings in one environment, and the next one to come.
    private struct Readings {
        var reads: [FeedbackRead] = []
        var next = 0

        mutating func first(after id: NotificationID) -> FeedbackRead? {
            while self.next < self.reads.count, self.reads[self.next].before <= id { self.next += 1 }
            return self.next < self.reads.count ? self.reads[self.next] : nil
        }
    }

    func feedbackReading() -> [AuditFinding?] {
        var readings = self.readings()
        let firstJudgeable = self.firstJudgeable
        var (never, seldom) = (self.evidence(), self.evidence())
        var (longestNever, longestSeldom) = (Duration.zero, Duration.zero)
        for seen in self.trail.observations where seen.isAudited && seen.topic != .none {
            guard seen.id >= firstJudgeable else { continue }
            let stream = Stream(topic: seen.topic, environment: seen.environment)
            let next = readings[stream]?.first(after: seen.id)
            let wait = seen.at.duration(to: next?.at ?? self.now)
            if readings[stream] == nil {
                never.add(seen, of: self.trail)
                longestNever = max(longestNever, wait)
            } else if wait > self.settings.feedbackInterval {
                seldom.add(seen, of: self.trail)
                longestSeldom = max(longestSeldom, wait)
            }
        }
        return [
            self.finding(
                .feedbackNeverRead,
                longestNever > self.settings.feedbackInterval ? .warning : .note,
                never,
                """
                \(Phrase.were(never.count, "notification")) sent, the first \(Phrase.duration(longestNever)) ago, and \
                feedback was never read.
                """
            ),
            self.finding(
                .feedbackNotReadDaily,
                .warning,
                seldom,
                """
                \(Phrase.were(seldom.count, "notification")) not followed by a reading of feedback within \
                \(Phrase.duration(self.settings.feedbackInterval)); the longest time without one was \
                \(Phrase.duration(longestSeldom)).
                """
            ),
        ]
    }

    private func readings() -> [Stream: Readings] {
        var readings: [Stream: Readings] = [:]
        for read in self.ledger.feedbackReads() {
            for topic in read.topics where self.scope.isNew(read.number, [topic], \.reads) {
                guard let topic = self.ledger.names.known(topic) else { continue }
                let stream = Stream(topic: topic, environment: read.environment)
                readings[stream, default: Readings()].reads.append(read)
            }
        }
        return readings
    }

    /// What came before the oldest kept reading may have been followed by a pruned one.
    private var firstJudgeable: NotificationID {
        guard let oldest = self.ledger.feedbackReads().first, oldest.number > self.ledger.resetMark.reads + 1 else {
            return NotificationID(rawValue: 0)
        }
        return oldest.before
    }
}
