import PushLedger
import PushVocabulary

extension ControlCall {
    func audit() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        let environment = try self.query.value("environment") { text throws(ValueDefect) -> Environment in
            try text.choice()
        }
        return .json(try await self.operations.audit(topic: topic, environment: environment).json)
    }

    /// `{"topic", "token", "environment", "since"}`: puts a token on a feedback list.
    func postFeedback() async throws -> ControlAnswer {
        let body = try BodyReader(self.body ?? [:], fields: ["topic", "token", "environment", "since"])
        guard let topic = try body.string("topic") else { throw body.invalid("topic", "must be given") }
        guard let tokenText = try body.string("token") else { throw body.invalid("token", "must be given") }
        let token = try body.reading("token") { () throws(ValueDefect) in try tokenText.token }
        var environment = Environment.sandbox
        if let text = try body.string("environment") {
            environment = try body.reading("environment") { () throws(ValueDefect) in try text.choice() }
        }
        var since = self.operations.clock.now
        if let text = try body.string("since") {
            guard let instant = Instant(text) else {
                throw body.invalid("since", "must be a time such as 2014-05-01T00:00:00Z")
            }
            since = instant
        }
        let record = FeedbackRecord(environment: environment, topic: Topic(topic), token: token, since: since)
        try await self.operations.addFeedback(record)
        return .made(record.json, at: "/v1/feedback?topic=\(PercentEncoding.encoded(topic))")
    }

    func clearFeedback() async throws -> ControlAnswer {
        let topic = try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) }
        let environment = try self.query.value("environment") { text throws(ValueDefect) -> Environment in
            try text.choice()
        }
        return .json(["deleted": .number(try await self.operations.clearFeedback(of: topic, in: environment))])
    }
}
