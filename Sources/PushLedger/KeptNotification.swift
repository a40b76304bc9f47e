import PushBroker
import PushVocabulary

/// A notification of the ledger as it is kept outside: what it is, and the way it went, in numbers.
///
/// The numbers of topic, device and rule are the ledger's own, named by the `NameRow`s of a `LedgerState`. Nothing is
/// worked out until it is asked for: handing one over costs the event loop a copy.
package struct KeptNotification: Sendable {
    package let number: UInt64
    let record: NotificationRecord

    init(number: UInt64, record: NotificationRecord) {
        self.number = number
        self.record = record
    }

    /// - Parameters:
    ///   - fate: as `fate` gave it.
    ///   - steps: as `steps` gave them.
    ///   - wasAnswered: whether an error packet was written about it.
    /// - Returns: `nil` when fate or steps are none.
    package init?(
        number: UInt64,
        received: ReceivedNotification,
        wasAnswered: Bool,
        fate: UInt8,
        fateDetail: UInt64,
        steps: [UInt8],
        omittedSteps: Int,
        note: String?
    ) {
        guard let fate = CompactFate(keptAs: fate), let steps = Self.steps(in: steps), omittedSteps >= 0,
            received.verdict == .accepted || fate == .undecided && steps.isEmpty
        else { return nil }
        var record = NotificationRecord(
            received,
            fate: fate,
            detail: fateDetail,
            steps: steps,
            note: note,
            omitted: omittedSteps
        )
        if wasAnswered { record.markAnswered() }
        self.number = number
        self.record = record
    }

    package var received: ReceivedNotification { self.record.received }
    package var wasAnswered: Bool { self.record.wasAnswered }
    /// Kind in the upper half, reason in the lower; 0: none.
    package var fate: UInt8 { self.record.fate.code }
    /// Of a coalesced one, the newer one's number; of a lost one, its rule's.
    package var fateDetail: UInt64 { self.record.fateDetail }
    package var note: String? { self.record.note }
    package var omittedSteps: Int { self.record.omittedSteps }

    /// The way it went, nine bytes a step: nanoseconds since 1970 as eight bytes, most significant first, and a fate.
    package var steps: [UInt8] {
        var bytes: [UInt8] = []
        for step in self.record.allSteps {
            withUnsafeBytes(of: step.at.nanosecondsSinceEpoch.bigEndian) { bytes.append(contentsOf: $0) }
            bytes.append(step.fate.code)
        }
        return bytes
    }

    package static let bytesPerStep = 9

    private static func steps(in bytes: [UInt8]) -> [NotificationRecord.Step]? {
        guard bytes.count.isMultiple(of: Self.bytesPerStep) else { return nil }
        var steps: [NotificationRecord.Step] = []
        for start in stride(from: 0, to: bytes.count, by: Self.bytesPerStep) {
            guard let fate = CompactFate(keptAs: bytes[start + 8]) else { return nil }
            let nanoseconds = bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            steps.append(
                NotificationRecord.Step(
                    at: Instant(nanosecondsSinceEpoch: Int64(bitPattern: nanoseconds)),
                    fate: fate
                )
            )
        }
        return steps
    }

    /// The largest numbers it refers to.
    var reach: (topic: Int, device: Int, rule: Int?) {
        let rules = self.record.allSteps.map(\.fate) + [self.record.fate]
        let usesRule = rules.contains { $0.kind == .lost }
        return (
            Int(self.record.received.topic.index), Int(self.record.received.device.index),
            usesRule ? Int(exactly: self.record.fateDetail) ?? .max : nil
        )
    }
}

extension LedgerTopic {
    /// - Parameter number: as a `LedgerState.NameRow` has it; 0: none.
    package init?(kept number: Int) {
        guard let index = Int32(exactly: number), index >= 0 else { return nil }
        self.init(index: index)
    }

    package var number: Int { Int(self.index) }
}

extension LedgerDevice {
    /// - Parameter number: as a `LedgerState.NameRow` has it; 0: none.
    package init?(kept number: Int) {
        guard let index = Int32(exactly: number), index >= 0 else { return nil }
        self.init(index: index)
    }

    package var number: Int { Int(self.index) }
}
