import PushBroker
package import PushLedger
import PushVocabulary

/// A captured push that did not quite match, and which of the conditions it meets.
package struct NearMiss: Hashable, Sendable {
    package struct Criterion: Hashable, Sendable {
        package let field: String
        package let expected: String
        /// `nil`: the push has none.
        package let actual: String?
        package let passed: Bool
    }

    package let entry: NotificationEntry
    package let criteria: [Criterion]

    var passedCount: Int { self.criteria.count { $0.passed } }

    /// How many are named.
    package static let maximum = 3

    /// The pushes that came closest, the closest first, of equally close ones the newest.
    ///
    /// - Parameter entries: what to look at, oldest first.
    package static func closest(to filter: NotificationFilter, among entries: [NotificationEntry]) -> [NearMiss] {
        let misses = entries.reversed().map { entry in
            NearMiss(entry: entry, criteria: filter.criteria(of: entry))
        }.filter { $0.passedCount < $0.criteria.count }
        let ranked = misses.enumerated().sorted { left, right in
            (right.element.passedCount, left.offset) < (left.element.passedCount, right.offset)
        }
        return ranked.prefix(Self.maximum).map(\.element)
    }
}

extension NotificationFilter {
    /// Each condition with what the push has in its place.
    fileprivate func criteria(of entry: NotificationEntry) -> [NearMiss.Criterion] {
        var criteria: [NearMiss.Criterion] = []
        for field in FilterField.allCases {
            guard let expected = field.text(in: self) else { continue }
            let actual = field.text(of: entry)
            criteria.append(
                NearMiss.Criterion(
                    field: field.rawValue,
                    expected: expected,
                    actual: actual,
                    passed: actual == expected
                )
            )
        }
        for term in self.terms {
            criteria.append(
                NearMiss.Criterion(
                    field: term.field,
                    expected: (term.isNegated ? "not " : "") + term.expected,
                    actual: term.actual(of: entry),
                    passed: term.matches(entry)
                )
            )
        }
        return criteria
    }
}

extension FilterField {
    /// What a filter wants of this field.
    func text(in filter: NotificationFilter) -> String? {
        switch self {
        case .topic: filter.topic?.name
        case .environment: filter.environment?.rawValue
        case .device: filter.device
        case .token: filter.token?.hexadecimal
        case .verdict: filter.verdict?.rawValue
        case .fate: filter.fate?.rawValue
        case .status: filter.status.map { String($0) }
        case .identifier: filter.identifier.map { String($0) }
        case .connectionId: filter.connection?.description
        }
    }

    /// What a push has in this field.
    func text(of entry: NotificationEntry) -> String? {
        switch self {
        case .topic: entry.topic?.name
        case .environment: entry.environment.rawValue
        case .device: entry.device
        case .token: entry.tokenBytes.isEmpty ? nil : Hexadecimal.string(from: entry.tokenBytes)
        case .verdict: entry.verdict.kind.rawValue
        case .fate: entry.fate?.kind.rawValue
        case .status: if case .rejected(let status) = entry.verdict { String(status) } else { nil }
        case .identifier: entry.wire.identifier.map { String($0) }
        case .connectionId: entry.connection.description
        }
    }
}

extension SearchTerm {
    var field: String {
        switch self.condition {
        case .topic: "topic"
        case .device: "device"
        case .token: "token"
        case .environment: "environment"
        case .verdict: "verdict"
        case .fate: "fate"
        case .status: "status"
        case .identifier: "identifier"
        case .connection: "connectionId"
        case .command: "command"
        case .priority: "priority"
        case .payloadBytes: "bytes"
        case .since: "after"
        case .before: "before"
        case .payload: "payload"
        }
    }

    var expected: String {
        switch self.condition {
        case .topic(let pattern), .device(let pattern), .token(let pattern): pattern.description
        case .environment(let environment): environment.rawValue
        case .verdict(let verdict): verdict.rawValue
        case .fate(let fate): fate.rawValue
        case .status(let range), .command(let range), .priority(let range): Self.text(range)
        case .identifier(let range): Self.text(range)
        case .payloadBytes(let range): Self.text(range)
        case .connection(let id): id.description
        case .since(let instant): "\(instant) or later"
        case .before(let instant): "before \(instant)"
        case .payload(let test): test.text
        }
    }

    func actual(of entry: NotificationEntry) -> String? {
        if let field = FilterField(rawValue: self.field) { return field.text(of: entry) }
        switch self.condition {
        case .command: return String(entry.wire.command)
        case .priority: return entry.wire.priority.map { String($0) }
        case .payloadBytes: return String(entry.content.payload.count)
        case .since, .before: return entry.clockAt.description
        default: return String(decoding: entry.content.payload.prefix(256), as: UTF8.self)
        }
    }

    private static func text<Bound: FixedWidthInteger>(_ range: ClosedRange<Bound>) -> String {
        range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound)..\(range.upperBound)"
    }
}

extension NearMiss {
    package var json: JSONValue {
        [
            "notification": self.entry.json, "passed": .number(self.passedCount),
            "criteria": .array(self.criteria.map(\.json)),
        ]
    }
}

extension NearMiss.Criterion {
    fileprivate var json: JSONValue {
        [
            "field": .string(self.field), "pass": .bool(self.passed), "expected": .string(self.expected),
            "actual": self.actual.map { .string($0) } ?? .null,
        ]
    }
}
