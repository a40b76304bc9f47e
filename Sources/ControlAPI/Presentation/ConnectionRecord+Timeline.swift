import PushBroker
import PushLedger
package import PushServer
import PushVocabulary

extension ConnectionRecord {
    /// What happened on a connection, step by step: when, what, and how long after its opening.
    package var timelineJSON: JSONValue {
        let steps = self.steps
        return [
            "connectionId": .string(self.entry.id.description),
            "items": .array(steps.map { $0.json(since: self.openedAt) }), "total": .number(steps.count),
        ]
    }

    private struct Step {
        let event: String
        /// Product time.
        let at: Instant
        /// Wall time; `nil`: not known.
        let wall: Instant?
        let explanation: String
        var further: [JSONValue.Member] = []

        func json(since opening: Instant?) -> JSONValue {
            var members = [JSONValue.Member("at", self.at.json), JSONValue.Member("event", .string(self.event))]
            if let opening, let wall {
                let passed = opening.duration(to: wall).wholeNanoseconds / 1_000_000
                members.append(JSONValue.Member("sinceOpenMs", .number(passed)))
            }
            return .object(members + [JSONValue.Member("explanation", .string(self.explanation))] + self.further)
        }
    }

    /// In their order. What is not known by wall time stands where product time has it.
    private var steps: [Step] {
        var steps = [self.opened]
        if let securedAt {
            steps.append(
                Step(event: "secured", at: securedAt.product, wall: securedAt.wall, explanation: self.secureSentence)
            )
        }
        var middle = self.frames.map(self.step(of:))
        middle += self.bytes.filter { $0.direction == .sent && self.entry.service == .gateway }.map(Self.reply)
        middle += self.feedback.map { read in
            let count = read.entries.count
            let sentence = "The feedback list was sent: \(count == 1 ? "1 tuple" : "\(count) tuples")."
            return Step(event: "feedback-read", at: read.at, wall: nil, explanation: sentence)
        }
        if let ended { middle.append(ended) }
        // The sort keeps the order of what has the same time.
        let places = middle.enumerated().sorted {
            let (left, right) = ($0.element.wall ?? $0.element.at, $1.element.wall ?? $1.element.at)
            return left == right ? $0.offset < $1.offset : left < right
        }
        steps += places.map(\.element)
        if let endedAt {
            let sentence = "Nothing more can be sent or received: the socket is gone."
            steps.append(Step(event: "gone", at: endedAt.product, wall: endedAt.wall, explanation: sentence))
        }
        return steps
    }

    private var opened: Step {
        Step(
            event: "opened",
            at: self.entry.openedAt,
            wall: self.openedAt,
            explanation: "\(self.entry.peer) connected to the \(self.entry.service.rawValue) of the "
                + "\(self.entry.environment.rawValue) environment."
        )
    }

    private var secureSentence: String {
        let version = self.entry.tls.map { "\($0.version) stands" } ?? "TLS stands"
        guard let subject = self.entry.certificateSubject else { return "\(version); the peer showed no certificate." }
        return "\(version); the peer showed the certificate \(subject)."
    }

    private func step(of run: FrameRun) -> Step {
        let count = run.count == 1 ? "1 frame" : "\(run.count) frames"
        let names = run.count == 1 ? run.first.description : "\(run.first) to \(run.last)"
        var further = [
            JSONValue.Member("frames", .number(run.count)), JSONValue.Member("bytes", .number(run.byteCount)),
            JSONValue.Member("first", .string(run.first.description)),
            JSONValue.Member("last", .string(run.last.description)),
        ]
        let passed = run.receivedAt.duration(to: run.lastReceivedAt).wholeNanoseconds / 1_000_000
        further.append(JSONValue.Member("durationMs", .number(passed)))
        let sentence =
            switch run.verdict {
            case .accepted: "\(count) accepted: \(names), \(run.byteCount) bytes."
            case .rejected: "\(names) was refused. \(run.verdict.explanation)"
            case .discarded: "\(count) lost behind the refused one: \(names), \(run.byteCount) bytes."
            }
        return Step(
            event: run.verdict.kind.rawValue,
            at: run.clockAt,
            wall: run.receivedAt,
            explanation: sentence,
            further: further
        )
    }

    private static func reply(_ bytes: TracedBytes) -> Step {
        let digits = Hexadecimal.string(from: bytes.bytes.prefix(32))
        return Step(
            event: "replied",
            at: bytes.clockAt,
            wall: bytes.at,
            explanation: "\(bytes.bytes.count == 1 ? "1 byte was" : "\(bytes.bytes.count) bytes were") sent: \(digits)."
        )
    }

    private var ended: Step? {
        guard let closedAt = self.entry.closedAt else { return nil }
        // While the clock was real, product time is wall time.
        let wall = self.openedAt == self.entry.openedAt ? closedAt : nil
        var further: [JSONValue.Member] = []
        let (event, end): (String, ConnectionEnd)
        switch self.entry.outcome {
        case .open: return nil
        case .closed(let by, let reason):
            (event, end) = ("ended", reason)
            further.append(JSONValue.Member("by", .string(by.rawValue)))
        case .handshakeFailed(let reason): (event, end) = ("handshake-failed", reason)
        }
        further.append(JSONValue.Member("code", .string(end.code)))
        if let hint = end.hint { further.append(JSONValue.Member("hint", .string(hint))) }
        return Step(event: event, at: closedAt, wall: wall, explanation: end.sentence, further: further)
    }
}
