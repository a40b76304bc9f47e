import PushTransport
import PushVocabulary

extension ControlCall {
    /// The farthest one call moves the clock: ten years.
    private static let longestStep = 10 * 366 * 86_400_000

    func clock() -> ControlAnswer { .json(self.clockJSON) }

    private var clockJSON: JSONValue {
        let clock = self.operations.clock
        return ["mode": .string(clock.mode.rawValue), "now": clock.now.json]
    }

    /// `{"mode": "manual" | "real", "now": ...}`: stops the clock, moves it forward, or lets it run again.
    func putClock() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["mode", "now"])
        var mode = ProductClock.Mode.manual
        if let text = try body.string("mode") {
            mode = try body.reading("mode") { () throws(ValueDefect) in try text.choice() }
        }
        if let text = try body.string("now") {
            guard let instant = Instant(text) else {
                throw body.invalid("now", "must be a time such as 2014-05-01T00:00:00Z")
            }
            _ = try await self.operations.advanceClock(to: instant)
        }
        try await self.operations.setClock(mode)
        return .json(self.clockJSON)
    }

    /// `{"ms": n}` or `{"to": time}`: moves the clock through everything that is due on the way.
    func advanceClock() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["ms", "to"])
        let target: Instant
        if let text = try body.string("to") {
            guard let instant = Instant(text) else {
                throw body.invalid("to", "must be a time such as 2014-05-01T00:00:00Z")
            }
            target = instant
        } else if let step = try body.integer("ms", in: 0...Self.longestStep) {
            target = self.operations.clock.now + .milliseconds(step)
        } else {
            throw body.invalid("ms", "must be given, or to")
        }
        let fired = try await self.operations.advanceClock(to: target)
        return .json([
            "mode": .string(self.operations.clock.mode.rawValue),
            "now": self.operations.clock.now.json,
            "fired": .array(fired.map { ["at": $0.due.json, "purpose": .string($0.purpose)] }),
        ])
    }
}
