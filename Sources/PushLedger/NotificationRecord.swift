import PushBroker
import PushVocabulary

/// A notification as the ledger keeps it: numbers for names, a byte for a fate, and room for the usual life
/// (accepted, stored, sent, delivered) without an allocation.
struct NotificationRecord: Sendable {
    /// Steps kept beyond the inline ones. A device that flaps all night would otherwise grow its notification's record.
    static let maximumFurtherSteps = 60

    struct Step: Sendable {
        var at: Instant
        var fate: CompactFate
    }

    /// What few notifications have.
    final class Rarities: Sendable {
        let note: String?
        let furtherSteps: [Step]
        let omittedSteps: Int

        init(note: String?, furtherSteps: [Step] = [], omittedSteps: Int = 0) {
            self.note = note
            self.furtherSteps = furtherSteps
            self.omittedSteps = omittedSteps
        }
    }

    private(set) var received: ReceivedNotification
    private(set) var isForgotten = false
    /// Whether an error packet about it was written to its connection.
    private(set) var wasAnswered = false
    private(set) var fate = CompactFate.undecided
    private var stepCount: UInt8 = 0
    /// The newer notification that replaced it, or the number of the rule that lost it.
    private(set) var fateDetail: UInt64 = 0
    /// The steps after the verdict; further ones are in `rarities`.
    private var steps: (Step, Step, Step)
    private var rarities: Rarities?

    /// A record as it once was.
    init(
        _ received: ReceivedNotification,
        fate: CompactFate,
        detail: UInt64,
        steps: [Step],
        note: String?,
        omitted: Int
    ) {
        self.init(received)
        self.fate = fate
        self.fateDetail = detail
        let inline = steps.prefix(3)
        self.stepCount = UInt8(inline.count)
        if inline.count > 0 { self.steps.0 = steps[0] }
        if inline.count > 1 { self.steps.1 = steps[1] }
        if inline.count > 2 { self.steps.2 = steps[2] }
        let further = Array(steps.dropFirst(3).suffix(Self.maximumFurtherSteps))
        guard note != nil || !further.isEmpty || omitted > 0 else { return }
        self.rarities = Rarities(note: note, furtherSteps: further, omittedSteps: omitted)
    }

    /// The place of a notification that a reset removed.
    static let forgotten: NotificationRecord = {
        let nothing = ReceivedNotification(
            receivedAt: Instant(unixSeconds: 0),
            clockAt: Instant(unixSeconds: 0),
            environment: .sandbox,
            topic: .none,
            token: nil,
            verdict: .accepted,
            connection: ConnectionID(rawValue: 0),
            content: PushContent(frame: [], payloadRange: 0..<0),
            wire: WireFacts(command: 0, offset: 0, length: 0)
        )
        var record = NotificationRecord(nothing)
        record.forget()
        return record
    }()

    init(_ received: consuming ReceivedNotification) {
        let none = Step(at: received.clockAt, fate: .undecided)
        self.steps = (none, none, none)
        self.received = received
    }

    /// - Returns: the former fate's kind; `nil`: nothing changes, because the notification was not accepted, is
    ///   forgotten, or has this very fate.
    mutating func change(to fate: CompactFate, detail: UInt64, at now: Instant) -> FateKind?? {
        guard !self.isForgotten, self.received.verdict == .accepted, self.fate != fate else { return nil }
        let former = self.fate.kind
        self.fate = fate
        self.fateDetail = detail
        let step = Step(at: now, fate: fate)
        switch self.stepCount {
        case 0: self.steps.0 = step
        case 1: self.steps.1 = step
        case 2: self.steps.2 = step
        default:
            self.addFurther(step)
            return .some(former)
        }
        self.stepCount += 1
        return .some(former)
    }

    /// A second note is added to the first.
    mutating func attach(_ note: String) {
        guard !self.isForgotten else { return }
        let old = self.rarities
        self.rarities = Rarities(
            note: old?.note.map { "\($0); \(note)" } ?? note,
            furtherSteps: old?.furtherSteps ?? [],
            omittedSteps: old?.omittedSteps ?? 0
        )
    }

    mutating func markAnswered() { self.wasAnswered = true }

    /// Lets go of the bytes; the place stays, so that the numbers after it keep theirs.
    mutating func forget() {
        self.isForgotten = true
        self.received.content = PushContent(frame: [], payloadRange: 0..<0)
        self.received.unusualToken = []
        self.rarities = nil
    }

    private mutating func addFurther(_ step: Step) {
        var further = self.rarities?.furtherSteps ?? []
        var omitted = self.rarities?.omittedSteps ?? 0
        if further.count == Self.maximumFurtherSteps {
            further.removeFirst()
            omitted += 1
        }
        further.append(step)
        self.rarities = Rarities(note: self.rarities?.note, furtherSteps: further, omittedSteps: omitted)
    }
}

// MARK: - Reading

extension NotificationRecord {
    var note: String? { self.rarities?.note }

    /// The newer notification in the slot, of a coalesced one.
    var replacement: NotificationID? {
        self.fate.kind == .coalesced ? NotificationID(rawValue: self.fateDetail) : nil
    }

    /// The record in full, with names for numbers.
    func entry(id: NotificationID, names: LedgerNames) -> NotificationEntry {
        NotificationEntry(
            id: id,
            receivedAt: self.received.receivedAt,
            clockAt: self.received.clockAt,
            environment: self.received.environment,
            topic: names.topics[Int(self.received.topic.index)],
            device: names.devices[Int(self.received.device.index)],
            token: self.received.token,
            tokenBytes: self.received.token?.bytes ?? self.received.unusualToken,
            verdict: self.received.verdict,
            replySent: self.wasAnswered,
            fate: self.fate.fate(detail: self.fateDetail, rules: names.rules),
            connection: self.received.connection,
            content: self.received.content,
            wire: self.received.wire,
            note: self.rarities?.note,
            timeline: self.timeline(rules: names.rules),
            omittedSteps: self.omittedSteps
        )
    }

    /// The steps after the verdict that are kept, oldest first.
    var allSteps: [Step] {
        [self.steps.0, self.steps.1, self.steps.2].prefix(Int(self.stepCount)) + (self.rarities?.furtherSteps ?? [])
    }

    var omittedSteps: Int { self.rarities?.omittedSteps ?? 0 }

    private func timeline(rules: [String]) -> [TimelineEntry] {
        var timeline = [TimelineEntry(at: self.received.clockAt, event: .verdict(self.received.verdict))]
        for step in self.allSteps {
            guard let fate = step.fate.fate(detail: self.fateDetail, rules: rules) else { continue }
            timeline.append(TimelineEntry(at: step.at, event: .fate(fate)))
        }
        return timeline
    }
}
