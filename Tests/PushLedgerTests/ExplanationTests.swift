import PushBroker
import PushLedger
import Testing

struct ExplanationTests {
    private static let fates: [Fate] =
        [.inFlight, .delivered, .coalesced(by: 9), .lost(rule: "drop-some")]
        + Fate.StoredReason.allCases.map { .stored($0) }
        + Fate.ExpiredReason.allCases.map { .expired($0) }
        + Fate.UndeliverableReason.allCases.map { .undeliverable($0) }

    private static let verdicts: [Verdict] =
        [.accepted, .discarded(causedBy: 3), .discarded(causedBy: nil)]
        + ([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 128, 255] as [UInt8]).map { .rejected(status: $0) }

    @Test func `each fate and verdict has a sentence of its own`() {
        let sentences = Self.fates.map(\.explanation) + Self.verdicts.map(\.explanation)
        #expect(Set(sentences).count == sentences.count)
        for sentence in sentences {
            #expect(sentence.hasSuffix("."), "\(sentence)")
            #expect(!sentence.contains("\n") && !sentence.contains("  "), "\(sentence)")
        }
    }

    @Test func `each reason has a code of its own, in kebab-case`() {
        let codes = (Self.fates.compactMap(\.reason) + Self.verdicts.compactMap(\.reason)).map(\.code)
        #expect(Set(codes).count == codes.count - 1, "only the two discarded ones share theirs")
        for code in codes {
            #expect(code.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D }, "\(code)")
        }
        #expect(Fate.inFlight.reason == nil && Fate.delivered.reason == nil && Verdict.accepted.reason == nil)
    }

    @Test func `what caused it is named`() {
        #expect(Fate.coalesced(by: 9).reason?.by == 9)
        #expect(Fate.coalesced(by: 9).explanation.contains("n-9"))
        #expect(Verdict.discarded(causedBy: 3).reason?.by == 3)
        #expect(Verdict.discarded(causedBy: 3).explanation.contains("n-3"))
        #expect(Fate.lost(rule: "drop-some").reason?.rule == "drop-some")
        #expect(Fate.lost(rule: "drop-some").explanation.contains("drop-some"))
    }

    @Test func `what the technical note explains is said to be from there`() {
        let explained: [Fate] = [
            .inFlight, .coalesced(by: 9), .stored(.deviceAway), .stored(.awaitingAcknowledgement),
            .undeliverable(.appRemoved),
        ]
        for fate in explained { #expect(fate.explanation.contains("TN2265")) }
        #expect(Verdict.rejected(status: 8).explanation.contains("TN2265"))
    }

    @Test func `the names are those of the contract`() {
        #expect(
            FateKind.allCases.map(\.rawValue) == [
                "delivered", "inFlight", "stored", "coalesced", "expired", "undeliverable", "lost",
            ]
        )
        #expect(VerdictKind.allCases.map(\.rawValue) == ["accepted", "rejected", "discarded"])
        #expect(
            Set(Self.fates.map { TimelineEvent.fate($0).name }) == [
                "delivered", "sent", "stored", "coalesced", "expired", "undeliverable", "lost",
            ]
        )
        #expect(Set(Self.verdicts.map { TimelineEvent.verdict($0).name }) == ["accepted", "rejected", "discarded"])
    }
}
