import APNSWire
import NIOCore
import PushBroker
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport

/// A provider's frames by chance, good and bad, and the fault rules they meet.
struct RandomStream {
    /// What the gateway makes of a frame if no fault rule interferes.
    enum Kind: Hashable {
        case good
        case unusablePayload
        case refused(UInt8)
        /// Refused with 128; behind another refused frame it is stepped over.
        case misframed
        /// Nothing behind it can be read.
        case unreadable
    }

    struct Frame {
        var kind: Kind
        var bytes: [UInt8]
        var identifier: UInt32?
        var command: UInt8
    }

    private(set) var frames: [Frame] = []

    init(count: Int, tokens: [DeviceToken], random: inout SeededGenerator) {
        for number in 1...count {
            self.frames.append(Self.frame(UInt32(number), tokens: tokens, random: &random))
        }
    }

    private static func frame(_ number: UInt32, tokens: [DeviceToken], random: inout SeededGenerator) -> Frame {
        let formats: [OutgoingNotification.Format] = [
            .simple, .enhanced, .enhanced, .usualItems, .items(order: [3, 1, 2, 5]), .items(order: [1, 2]),
        ]
        let format = formats.randomElement(using: &random) ?? .enhanced
        let text = String(repeating: "x", count: Int.random(in: 0...120, using: &random))
        var push = OutgoingNotification(
            format: format,
            token: tokens.randomElement(using: &random)?.bytes ?? [],
            payload: Array(#"{"aps":{"alert":"\#(text)"}}"#.utf8),
            identifier: number,
            expiry: Bool.random(using: &random) ? 0 : 0x7FFF_FFFF,
            priority: [5, 10, 7].randomElement(using: &random)
        )
        var kind = Kind.good
        switch Int.random(in: 0..<300, using: &random) {
        case 0: (kind, push.token) = (.refused(8), random.bytes(32))
        case 1: (kind, push.token) = (.refused(2), [])
        case 2: (kind, push.token) = (.refused(5), random.bytes(31))
        case 3: (kind, push.payload) = (.refused(4), [])
        case 4: (kind, push.payload) = (.refused(7), random.bytes(2_049))
        case 5...20: (kind, push.payload) = (.unusablePayload, Array(#"{"aps":"#.utf8))
        case 21: return Frame(kind: .misframed, bytes: [2, 0, 0, 0, 3, 9, 0, 9], identifier: nil, command: 2)
        case 22 where Bool.random(using: &random):
            return Frame(
                kind: .unreadable,
                bytes: [UInt8.random(in: 3...255, using: &random)],
                identifier: nil,
                command: 3
            )
        default: break
        }
        var buffer = ByteBuffer()
        push.write(into: &buffer)
        let bytes = Array(buffer.readableBytesView)
        var identifier: UInt32? = number
        if format == .simple || format == .items(order: [1, 2]) { identifier = nil }
        return Frame(kind: kind, bytes: bytes, identifier: identifier, command: bytes[0])
    }

    /// Rules that fire by chance, named for what they do.
    static func rules(random: inout SeededGenerator, resets: Bool) -> [FaultRule] {
        func rule(_ id: String, _ action: FaultAction, _ probability: Double, at stage: FaultStage = .frame)
            -> FaultRule
        {
            var rule = FaultRule(id: id, match: FaultMatch(stage: stage), action: action)
            rule.trigger.probability = probability
            return rule
        }
        var rules = [
            rule("spurious", .answer(status: 8, identifier: .own, keepsOpen: false), 0.01),
            rule("open", .answer(status: 1, identifier: .own, keepsOpen: true), 0.01),
            rule("zero", .answer(status: 255, identifier: .zero, keepsOpen: false), 0.005),
            rule("shutdown", .shutdown, 0.01),
            rule("late", .lateAnswer(status: 8, afterFrames: Int.random(in: 0...20, using: &random)), 0.01),
            rule("cut", .silentClose, 0.005), rule("lose", .lose, 0.02), rule("hole", .blackHole, 0.002),
            rule("mute", .silentClose, 0.1, at: .reply), rule("pieces", .split(bytes: 2), 0.3, at: .reply),
        ]
        if resets { rules.append(rule("reset", .reset, 0.003)) }
        rules.shuffle(using: &random)
        return rules
    }
}

/// One connection's story, told twice: by the client and by the ledger.
struct ConnectionStory {
    var sent: [RandomStream.Frame]
    var heard: [UInt8]
    var entries: [NotificationEntry]
    var connection: ConnectionEntry

    /// What the two disagree about; empty if nothing.
    func contradictions() -> [String] {
        var found: [String] = []
        var walk = Walk()
        var entries = self.entries[...]
        var offset: UInt64 = 0
        for frame in self.sent {
            defer { offset += UInt64(frame.bytes.count) }
            if walk.isDeaf { break }
            if walk.isOver, frame.kind == .misframed { continue }
            if walk.isOver, frame.kind == .unreadable { break }
            guard let entry = entries.popFirst() else {
                // A reset may come before what was sent last is read.
                if !walk.wasReset { found.append("the frame at \(offset) is not in the ledger") }
                break
            }
            if entry.wire.offset != offset { found.append("\(entry.id) stands at \(entry.wire.offset), not \(offset)") }
            if entry.wire.identifier != walk.identifier(of: frame, in: entry) {
                found.append("\(entry.id) has another identifier")
            }
            if let objection = walk.take(entry, frame) { found.append("\(entry.id): \(objection)") }
        }
        if !entries.isEmpty { found.append("\(entries.count) entries too many") }
        found += self.contradictions(to: walk)
        return found
    }

    private func contradictions(to walk: Walk) -> [String] {
        var found: [String] = []
        var expected = walk.packets
        if case .closed(by: .fault, let end) = self.connection.outcome, end.sentence.contains("mute") {
            expected.removeLast(min(6, expected.count))
        }
        let agrees = walk.wasReset ? expected.starts(with: self.heard) : expected == self.heard
        if !agrees { found.append("heard \(self.heard), the ledger says \(expected); \(self.connection.outcome)") }
        let sentBytes = self.sent.map(\.bytes.count).reduce(0, +)
        if !walk.wasReset, self.connection.bytesIn != sentBytes { found.append("bytes in: \(self.connection.bytesIn)") }
        if !walk.wasReset, self.connection.bytesOut != self.heard.count { found.append("bytes out") }
        if self.connection.received != self.entries.count { found.append("the connection counts otherwise") }
        for kind in VerdictKind.allCases {
            let counted = [self.connection.accepted, self.connection.rejected, self.connection.discarded]
            let listed = self.entries.filter { $0.verdict.kind == kind }.count
            guard let index = VerdictKind.allCases.firstIndex(of: kind) else { continue }
            if counted[index] != listed { found.append("\(kind): \(counted[index]) counted, \(listed) listed") }
        }
        return found
    }

    /// The ledger's entries of one connection, one after the other.
    private struct Walk {
        var packets: [UInt8] = []
        var lastAccepted: UInt32 = 0
        /// The refused one, which everything behind it is lost to.
        var refused: NotificationID?
        var isOver = false
        var isDeaf = false
        var wasReset = false

        /// - Returns: what is wrong with the entry.
        mutating func take(_ entry: NotificationEntry, _ frame: RandomStream.Frame) -> String? {
            switch entry.verdict {
            case .accepted:
                self.lastAccepted = frame.identifier ?? 0
                if self.isOver { return "accepted behind a refusal" }
                // The rule that loses comes before the look at the token.
                if frame.kind == .refused(8), entry.fate?.kind == .lost { return nil }
                if frame.kind != .good && frame.kind != .unusablePayload { return "accepted, a frame \(frame.kind)" }
                if frame.kind == .unusablePayload, entry.fate?.kind != .undeliverable, entry.fate?.kind != .lost {
                    return "of use after all"
                }
                return entry.fate == nil ? "accepted, and without a fate" : nil
            case .discarded(let cause):
                // Only a black hole takes a frame that stands behind none.
                let isInHole = !self.isOver && cause == nil
                self.isOver = true
                return isInHole || cause == self.refused ? nil : "discarded for \(String(describing: cause))"
            case .rejected(let status):
                if self.isOver { return "refused behind a refusal" }
                return self.refuse(entry, frame, status: status)
            }
        }

        private mutating func refuse(_ entry: NotificationEntry, _ frame: RandomStream.Frame, status: UInt8) -> String?
        {
            let opening = "refused by the fault rule "
            guard let note = entry.note, note.hasPrefix(opening) else {
                self.end(with: entry)
                return self.refuseByRight(entry, frame, status: status)
            }
            let rule = note.dropFirst(opening.count)
            if rule != "open" { self.end(with: entry) }
            switch rule {
            case "cut": return status == 0 ? nil : "a silent close with a status"
            case "zero": self.say(status, 0, to: frame)
            case "shutdown": self.packets += [8, 10] + WireFrame.bigEndian(self.lastAccepted)
            case "reset":
                self.wasReset = true
                self.say(status, frame.identifier ?? 0, to: frame)
            default: self.say(status, frame.identifier ?? 0, to: frame)
            }
            return nil
        }

        private mutating func refuseByRight(
            _ entry: NotificationEntry,
            _ frame: RandomStream.Frame,
            status: UInt8
        ) -> String? {
            switch frame.kind {
            case .good, .unusablePayload: return "refused, and nothing is wrong with it"
            case .unreadable: self.isDeaf = true
            case .misframed: self.packets += [8, 2, 0, 0, 0, 0]
            case .refused(let expected):
                if status != expected { return "refused with \(status), not \(expected)" }
                self.say(expected, self.identifier(of: frame, in: entry) ?? 0, to: frame)
            }
            return nil
        }

        /// What the gateway has read of an identifier: found in an item before item 3, a mistake has none.
        func identifier(of frame: RandomStream.Frame, in entry: NotificationEntry) -> UInt32? {
            guard case .refused(let status) = frame.kind, status != 8, entry.verdict.kind == .rejected,
                frame.command == 2, frame.bytes[5] == 1
            else { return frame.identifier }
            return nil
        }

        private mutating func end(with entry: NotificationEntry) {
            self.isOver = true
            self.refused = entry.id
        }

        private mutating func say(_ status: UInt8, _ identifier: UInt32, to frame: RandomStream.Frame) {
            if frame.command != 0 { self.packets += [8, status] + WireFrame.bigEndian(identifier) }
        }
    }
}
