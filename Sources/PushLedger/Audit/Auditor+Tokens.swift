import PushBroker
import PushVocabulary

/// What a provider does with tokens it was told are of no use.
extension Auditor {
    /// `resending-invalid`, `sending-to-invalid-tokens`, `wrong-environment-tokens`.
    func invalidTokens() -> [AuditFinding?] {
        /// By target: its first refusal since it was last accepted.
        var refusals = [Int?](repeating: nil, count: self.trail.targets.count)
        /// By message: its latest refusal.
        var refusedMessages = [Int?](repeating: nil, count: self.trail.messageCount)
        var (same, other) = (self.evidence(), self.evidence())
        for (index, seen) in self.trail.observations.enumerated() where seen.target >= 0 {
            if seen.verdict == .accepted { refusals[seen.target] = nil }
            guard seen.isInvalidToken else { continue }
            if let refusal = refusals[seen.target] {
                if seen.isAudited, self.knew(seen, of: self.trail.observations[refusal]) {
                    let isSame = refusedMessages[seen.message].map { $0 >= refusal } ?? false
                    if isSame { same.add(seen, of: self.trail) } else { other.add(seen, of: self.trail) }
                }
            } else {
                refusals[seen.target] = index
            }
            refusedMessages[seen.message] = index
        }
        return [
            self.finding(
                .resendingInvalid,
                .error,
                same,
                """
                \(Phrase.were(same.count, "notification")) sent again unchanged after being refused with status 8, \
                and refused again.
                """
            ),
            self.finding(
                .sendingToInvalidTokens,
                .error,
                other,
                """
                \(Phrase.were(other.count, "further notification")) sent to a token that status 8 had named as \
                invalid, and refused too.
                """
            ),
            self.wrongEnvironmentTokens(),
        ]
    }

    private func wrongEnvironmentTokens() -> AuditFinding? {
        let evidence = self.evidence { seen in
            guard seen.verdict == .rejected(status: 8), !seen.isInjected, let token = self.token(of: seen) else {
                return false
            }
            let other = AuditTrail.Target(
                topicGroup: self.trail.groups[seen.topic],
                environment: seen.environment.other,
                token: token
            )
            return self.trail.targets[other].map { self.trail.acceptedTopics[$0] != nil } ?? false
        }
        return self.finding(
            .wrongEnvironmentTokens,
            .error,
            evidence,
            """
            \(Phrase.were(evidence.count, "notification")) refused with status 8 although the gateway of the other \
            environment accepts the same token.
            """
        )
    }

    private func token(of seen: Observation) -> DeviceToken? { self.ledger.records[seen.id.rawValue].received.token }

    func sendingToReportedTokens() -> AuditFinding? {
        var isReported = [Bool](repeating: false, count: self.trail.targets.count)
        var evidence = self.evidence()
        var targets: Set<Int> = []
        let reads = self.ledger.feedbackReads().filter { self.scope.isNew($0.number, $0.topics, \.reads) }
        var nextRead = reads.startIndex
        for seen in self.trail.observations where seen.target >= 0 {
            while nextRead < reads.endIndex, reads[nextRead].before <= seen.id {
                for target in self.targets(in: reads[nextRead]) { isReported[target] = true }
                nextRead += 1
            }
            guard isReported[seen.target] else { continue }
            if seen.isForRemovedApp || seen.isInvalidToken {
                guard seen.isAudited else { continue }
                evidence.add(seen, of: self.trail)
                targets.insert(seen.target)
            } else if seen.verdict == .accepted {
                // The app has registered again with the same token.
                isReported[seen.target] = false
            }
        }
        return self.finding(
            .sendingToReportedTokens,
            .error,
            evidence,
            """
            \(Phrase.were(evidence.count, "notification")) sent to \(Phrase.count(targets.count, "token")) after the \
            feedback service had listed \(targets.count == 1 ? "it" : "them").
            """
        )
    }

    private func targets(in read: FeedbackRead) -> [Int] {
        guard let topic = read.topics.lazy.compactMap({ self.ledger.names.known($0) }).first else { return [] }
        let group = self.trail.groups[topic]
        return read.entries.compactMap { entry in
            self.trail.targets[
                AuditTrail.Target(topicGroup: group, environment: read.environment, token: entry.token)
            ]
        }
    }
}
