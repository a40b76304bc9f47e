import PushBroker
import PushVocabulary

/// What single notifications look like.
extension Auditor {
    // MARK: - Refused, or of no use

    /// `oversize`, `malformed`, `unusable-payload`, `unlisted-priority`, each without what a fault rule refused.
    func frames() -> [AuditFinding?] {
        let oversize = self.evidence { $0.verdict == .rejected(status: 7) && !$0.isInjected }
        let malformed = self.evidence { self.isMalformed($0) }
        let unusable = self.evidence { self.isUnusable($0) }
        let unlisted = self.evidence { $0.verdict.kind != .discarded && !$0.isInjected && self.hasOtherPriority($0) }
        return [
            self.finding(
                .oversize,
                .error,
                oversize,
                """
                \(Phrase.were(oversize.count, "notification")) refused with status 7 because of the payload's \
                size\(self.example(of: oversize)).
                """
            ),
            self.finding(
                .malformed,
                .error,
                malformed,
                "\(Phrase.were(malformed.count, "frame")) refused as malformed\(self.example(of: malformed))."
            ),
            self.finding(
                .unusablePayload,
                .error,
                unusable,
                """
                \(Phrase.count(unusable.count, "payload")) no device can use\(self.example(of: unusable)).
                """
            ),
            self.finding(
                .unlistedPriority,
                .warning,
                unlisted,
                """
                \(Phrase.were(unlisted.count, "notification")) sent with a priority that is neither 5 nor 10\
                \(self.example(of: unlisted)).
                """
            ),
        ]
    }

    private func isMalformed(_ seen: Observation) -> Bool {
        guard case .rejected(let status) = seen.verdict, !seen.isInjected else { return false }
        switch status {
        case 2: return !self.asksForTheEnd(seen)
        case 4, 5, 6: return true
        // A whole frame with a token gets these only for its payload or priority, from a strict profile.
        case 0, 128: return seen.target < 0
        default: return false
        }
    }

    /// pushy 0.x ends a connection with a frame that has neither token nor payload, and waits for status 2: five
    /// bytes and the items' headers and fixed fields, 29 in all.
    private func asksForTheEnd(_ seen: Observation) -> Bool {
        seen.command == 2 && self.ledger.records[seen.id.rawValue].received.wire.length <= 29
    }

    private func isUnusable(_ seen: Observation) -> Bool {
        if seen.fate == CompactFate(.undeliverable(.unusablePayload)) { return true }
        guard case .rejected(let status) = seen.verdict, status == 1 || status == 128, !seen.isInjected else {
            return false
        }
        guard seen.target >= 0, let note = self.ledger.records[seen.id.rawValue].note else { return false }
        return !PriorityNote.isOpening(of: note)
    }

    private func hasOtherPriority(_ seen: Observation) -> Bool {
        self.ledger.records[seen.id.rawValue].received.wire.priority.map { $0 != 5 && $0 != 10 } ?? false
    }

    // MARK: - Format and identifiers

    func simpleFormatOnly() -> AuditFinding? {
        var usesErrors: Set<LedgerTopic> = []
        for seen in self.trail.observations where 1...2 ~= seen.command { usesErrors.insert(seen.topic) }
        let evidence = self.evidence { $0.command == 0 && !usesErrors.contains($0.topic) }
        return self.finding(
            .simpleFormatOnly,
            .warning,
            evidence,
            """
            \(Phrase.were(evidence.count, "notification")) sent in the simple format, and none in one that has error \
            packets.
            """
        )
    }

    /// `identifier-reuse`, `identifier-zero`.
    func identifiers() -> [AuditFinding?] {
        var known: Set<UInt64> = []
        let reused = self.evidence { seen in
            guard seen.target >= 0, let identifier = seen.identifier else { return false }
            return !known.insert(UInt64(seen.connection) << 32 | UInt64(identifier)).inserted
        }
        let zero = self.evidence { seen in
            seen.target >= 0 && (seen.command == 1 || seen.command == 2) && (seen.identifier ?? 0) == 0
        }
        return [
            self.finding(
                .identifierReuse,
                .warning,
                reused,
                """
                \(Phrase.were(reused.count, "notification")) sent with an identifier that an earlier one on the same \
                connection had, on \(Phrase.count(reused.connectionCount, "connection")).
                """
            ),
            self.finding(
                .identifierZero,
                .warning,
                zero,
                "\(Phrase.were(zero.count, "notification")) sent with identifier 0 or without one."
            ),
        ]
    }

    // MARK: - Expiry

    /// `expiry-is-a-duration`, `expired-on-arrival`, `never-stored`.
    func expiries() -> [AuditFinding?] {
        let duration = self.evidence { self.isPast($0) && self.isDuration($0) }
        let expired = self.evidence { self.isPast($0) && !self.isDuration($0) }
        let neverStored = self.evidence { seen in
            seen.fate == CompactFate(.expired(.notStored)) && !self.isPast(seen)
        }
        let first = duration.notifications.first.flatMap { self.ledger.records[$0.rawValue].received.wire.expiry }
        return [
            self.finding(
                .expiryIsADuration,
                .error,
                duration,
                """
                \(Phrase.were(duration.count, "notification")) sent with a small number as expiry, such as \
                \(first ?? 0), which is a date in 1970 or soon after.
                """
            ),
            self.finding(
                .expiredOnArrival,
                .warning,
                expired,
                """
                \(Phrase.were(expired.count, "notification")) past \(expired.count == 1 ? "its" : "their") expiry on \
                arrival.
                """
            ),
            self.finding(
                .neverStored,
                .note,
                neverStored,
                """
                \(Phrase.were(neverStored.count, "notification")) gone at once, because the device was away and the \
                expiry was 0, negative or left out.
                """
            ),
        ]
    }

    /// An expiry above 31 bits is a negative number to some clients, and means now or never.
    private func isPast(_ seen: Observation) -> Bool {
        guard let expiry = seen.expiry, expiry > 0, expiry <= UInt32(Int32.max) else { return false }
        return Int64(expiry) <= seen.at.unixSeconds
    }

    private func isDuration(_ seen: Observation) -> Bool {
        seen.expiry.map { $0 <= self.settings.maximumDurationExpiry } ?? false
    }

    // MARK: - Bursts

    /// A warning when some were replaced within a burst, else a note: news that waits for a device that is away may
    /// well be replaced by later news.
    func coalescedBursts() -> AuditFinding? {
        var targets: Set<Int> = []
        var quick = 0
        let evidence = self.evidence { seen in
            guard seen.fate.kind == .coalesced else { return false }
            targets.insert(seen.target)
            if self.isReplacedQuickly(seen) { quick += 1 }
            return true
        }
        return self.finding(
            .coalescedBursts,
            quick > 0 ? .warning : .note,
            evidence,
            """
            \(Phrase.were(evidence.count, "notification")) replaced by a newer one to the same token before delivery, \
            to \(Phrase.count(targets.count, "token")) in all, \(quick) of them within \
            \(Phrase.duration(self.settings.burstInterval)).
            """
        )
    }

    private func isReplacedQuickly(_ seen: Observation) -> Bool {
        guard let newer = self.ledger.records[seen.id.rawValue].replacement,
            self.ledger.records.contains(newer.rawValue)
        else { return false }
        let later = self.ledger.records[newer.rawValue].received.receivedAt
        return seen.receivedAt.duration(to: later) <= self.settings.burstInterval
    }
}
