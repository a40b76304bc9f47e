import PushBroker
import PushVocabulary

/// The stable codes of ends that the rules tell apart.
private enum EndCode {
    static let errorPacket = "error-packet"
    static let fault = "fault"
    static let wrongEnvironment = "wrong-environment"
}

/// How a provider uses its connections.
extension Auditor {
    // MARK: - Quick succession

    private struct Provider: Hashable {
        let topics: [Topic]
        let environment: Environment
        let service: PushService
    }

    /// `connection-per-push`, `connects-too-often`. Only connections that the provider itself closed count: after an
    /// error it has to connect again. Where the product clock stands still, a connection lasts no time and is left out.
    func connectionsInQuickSuccession() -> [AuditFinding?] {
        var indices: [Provider: Int] = [:]
        var groups: [[ConnectionEntry]] = []
        for entry in self.ledger.connectionEntries where self.scope.contains(entry) {
            guard case .closed(.peer, _) = entry.outcome, let closedAt = entry.closedAt, closedAt > entry.openedAt
            else {
                continue
            }
            let provider = Provider(topics: entry.topics, environment: entry.environment, service: entry.service)
            let index = indices[provider] ?? groups.count
            if index == groups.count {
                indices[provider] = index
                groups.append([])
            }
            groups[index].append(entry)
        }
        return self.connectionPerPush(groups) + self.connectsTooOften(groups)
    }

    private func connectionPerPush(_ groups: [[ConnectionEntry]]) -> [AuditFinding?] {
        let crowded = groups.map { self.crowded($0.filter(self.isShort), from: self.settings.tooManyShortConnections) }
        let evidence = self.evidence(of: crowded)
        let notifications = crowded.joined().reduce(0) { $0 + $1.received }
        return [
            self.finding(
                .connectionPerPush,
                .warning,
                evidence,
                """
                \(Phrase.were(evidence.count, "connection")) opened and closed for \
                \(Phrase.count(notifications, "notification")), \(self.settings.tooManyShortConnections) or more \
                within \(Phrase.duration(self.settings.connectionWindow)).
                """
            )
        ]
    }

    private func connectsTooOften(_ groups: [[ConnectionEntry]]) -> [AuditFinding?] {
        let crowded = groups.map {
            self.crowded($0.filter { !self.isShort($0) }, from: self.settings.tooManyConnections)
        }
        let evidence = self.evidence(of: crowded)
        return [
            self.finding(
                .connectsTooOften,
                .warning,
                evidence,
                """
                \(Phrase.were(evidence.count, "connection")) opened and closed in quick succession, \
                \(self.settings.tooManyConnections) or more within \(Phrase.duration(self.settings.connectionWindow)).
                """
            )
        ]
    }

    private func isShort(_ entry: ConnectionEntry) -> Bool {
        entry.service == .gateway && 1...max(1, self.settings.shortConnectionNotifications) ~= entry.received
    }

    /// Those that are among at least `number` opened within the window.
    private func crowded(_ entries: [ConnectionEntry], from number: Int) -> [ConnectionEntry] {
        let number = max(1, number)
        var crowded: [ConnectionEntry] = []
        var taken = 0
        for last in entries.indices where last >= number - 1 {
            let first = last - (number - 1)
            let span = entries[first].openedAt.duration(to: entries[last].openedAt)
            guard span >= .zero, span <= self.settings.connectionWindow else { continue }
            crowded += entries[max(first, taken)...last]
            taken = last + 1
        }
        return crowded
    }

    private func evidence(of groups: [[ConnectionEntry]]) -> Evidence {
        var evidence = self.evidence()
        for entry in groups.joined().sorted(by: { $0.id < $1.id }) {
            evidence.add(entry, topics: self.topics(of: entry))
        }
        return evidence
    }

    private func topics(of entry: ConnectionEntry) -> [LedgerTopic] {
        entry.topics.compactMap { self.ledger.names.known($0) }
    }

    // MARK: - Handshakes

    /// One finding for each reason. A connection refused right after its handshake, as the sandbox did, counts too.
    func failedHandshakes() -> [AuditFinding?] {
        var indices: [String: Int] = [:]
        var failures: [(end: ConnectionEnd, evidence: Evidence)] = []
        for entry in self.ledger.connectionEntries where self.scope.contains(entry) {
            guard let end = self.failure(of: entry) else { continue }
            let index = indices[end.code] ?? failures.count
            if index == failures.count {
                indices[end.code] = index
                failures.append((end, self.evidence()))
            }
            failures[index].evidence.add(entry, topics: self.topics(of: entry))
        }
        return failures.map { end, evidence in
            self.finding(
                .failedHandshakes,
                .error,
                evidence,
                subject: end.code,
                remedy: end.hint,
                "\(Phrase.were(evidence.count, "connection")) refused or given up in the handshake: \(end.sentence)"
            )
        }
    }

    private func failure(of entry: ConnectionEntry) -> ConnectionEnd? {
        switch entry.outcome {
        case .handshakeFailed(let end) where end.code != EndCode.fault: end
        case .closed(.service, let end) where end.code == EndCode.wrongEnvironment: end
        case .open, .closed, .handshakeFailed: nil
        }
    }

    // MARK: - Errors

    /// What was written to one connection behind its first refusal.
    private struct Tail {
        let refusal: Observation
        let end: ConnectionEntry
        var frames = 0
        var time = Duration.zero
    }

    func errorsNotRead() -> AuditFinding? {
        var tails = [Tail?](repeating: nil, count: self.trail.connections.count)
        for seen in self.trail.observations { self.lengthen(&tails[seen.connection], by: seen) }
        var evidence = self.evidence()
        var frames = 0
        let unread = tails.compactMap { $0 }.filter { $0.refusal.isAudited && self.isTooLong($0) }
        for tail in unread.sorted(by: { $0.refusal.id < $1.refusal.id }) {
            evidence.add(tail.refusal, of: self.trail)
            frames += tail.frames
        }
        return self.finding(
            .errorsNotRead,
            .error,
            evidence,
            """
            \(Phrase.were(evidence.count, "error packet")) not heeded: the provider wrote \
            \(Phrase.count(frames, "more frame")) to the same connections after they had been sent.
            """
        )
    }

    private func lengthen(_ tail: inout Tail?, by seen: Observation) {
        if tail == nil {
            // A connection cut without a word left nothing to read.
            guard case .rejected = seen.verdict, let entry = self.entry(of: seen),
                case .closed(_, let end) = entry.outcome, end.code == EndCode.errorPacket
            else { return }
            tail = Tail(refusal: seen, end: entry)
        } else if let end = tail?.end, let endedBefore = end.endedBefore, let closedAt = end.closedAt,
            seen.id >= endedBefore
        {
            tail?.frames += 1
            tail?.time = closedAt.duration(to: seen.at)
        }
    }

    private func isTooLong(_ tail: Tail) -> Bool {
        let wire = self.ledger.records[tail.refusal.id.rawValue].received.wire
        let end = wire.offset + UInt64(max(0, wire.length))
        let bytes = tail.end.bytesIn > end ? tail.end.bytesIn - end : 0
        return tail.time > self.settings.maximumTimeBehindError
            || tail.frames > self.settings.maximumFramesBehindError
            || bytes > self.settings.maximumBytesBehindError
    }
}
