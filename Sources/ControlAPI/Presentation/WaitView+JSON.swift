package import PushLedger
import PushVocabulary

extension WaitView {
    package var json: JSONValue {
        [
            "id": .string(self.id.description), "match": self.filter.json, "count": .number(self.count),
            "found": .number(self.found), "since": self.since.json,
        ]
    }
}

extension NotificationFilter {
    /// As a `match` object; terms are shown as sentences under `terms`.
    var json: JSONValue {
        var members: [JSONValue.Member] = []
        for field in FilterField.allCases {
            guard let text = field.text(in: self) else { continue }
            members.append(JSONValue.Member(field.rawValue, field.isNumber ? .number(text) : .string(text)))
        }
        if !self.terms.isEmpty {
            let terms = self.terms.map { JSONValue.string("\($0.isNegated ? "!" : "")\($0.field): \($0.expected)") }
            members.append(JSONValue.Member("terms", .array(terms)))
        }
        return .object(members)
    }
}
