import HTTPTypes
import NIOCore
import PushLedger
import PushVocabulary

extension ControlCall {
    /// The event stream. It is the public one: dashboard and command line read no other.
    func events() async throws -> ControlAnswer {
        let filter = EventFilter(
            types: try self.query.value("types") { text throws(ValueDefect) in try Self.types(text) },
            topic: try self.query.value("topic") { text throws(ValueDefect) in Topic(try text.nonEmpty) },
            environment: try self.query.value("environment") { text throws(ValueDefect) -> Environment in
                try text.choice()
            }
        )
        let start = try self.eventStreamStart()
        let format = try self.eventFormat()
        let operations = self.operations
        let encoder = EventEncoder(format: format, version: operations.facts.version)
        return ControlAnswer(
            content: .stream(type: format.contentType) { write in
                do {
                    try await operations.streamEvents(from: start, matching: filter) { piece in
                        try await write(encoder.encode(piece))
                    }
                } catch let error as ControlError where error.code == .stopping {
                    // The stream ends; its reader comes back when there is a service again.
                }
            }
        )
    }

    private static func types(_ text: String) throws(ValueDefect) -> Set<EventType> {
        var types: Set<EventType> = []
        for name in text.split(separator: ",", omittingEmptySubsequences: false) {
            let named = EventType.allCases.filter { $0.isNamed(name) }
            guard !named.isEmpty else {
                let all = EventType.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValueDefect("must be types with commas between them, not \"\(name)\"; there are \(all)")
            }
            types.formUnion(named)
        }
        return types
    }

    /// The parameter goes before the header, which a browser sets by itself when it comes back.
    private func eventStreamStart() throws(ControlError) -> EventStreamStart {
        let asked = try self.query.value("lastEventId") { text throws(ValueDefect) -> EventStreamStart in
            if text == "0" { return .oldest }
            guard let id = EventID(text) else {
                throw ValueDefect("must be the id of an event, or 0 for the oldest that is kept")
            }
            return .after(id)
        }
        if let asked { return asked }
        guard let name = HTTPField.Name("Last-Event-ID"), let text = self.headers[name], !text.isEmpty else {
            return .now
        }
        return .after(EventID(text))
    }

    private func eventFormat() throws(ControlError) -> EventFormat {
        let asked = try self.query.value("format") { text throws(ValueDefect) -> EventFormat in try text.choice() }
        if let asked { return asked }
        guard let accept = self.headers[.accept] else { return .sse }
        let types = accept.split(separator: ",").map { type in
            type.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        }
        for type in types {
            if let format = EventFormat.allCases.first(where: { $0.contentType == type }) { return format }
            if type == "*/*" || type == "text/*" { return .sse }
            if type == "application/*" { return .ndjson }
        }
        throw ControlError(
            .notAcceptable,
            "events are not written as \(accept)",
            hint: "Accept text/event-stream or application/x-ndjson."
        )
    }
}

/// How an event stream is written.
enum EventFormat: String, CaseIterable, Sendable {
    /// Server-sent events.
    case sse
    /// An object a line.
    case ndjson

    var contentType: String {
        switch self {
        case .sse: "text/event-stream"
        case .ndjson: "application/x-ndjson"
        }
    }
}
