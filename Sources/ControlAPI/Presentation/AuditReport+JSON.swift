import PushBroker
package import PushLedger
import PushVocabulary

extension AuditReport {
    package var json: JSONValue {
        [
            "at": self.at.json,
            "findings": .array(self.findings.map(\.json)),
            "examined": self.examined.json,
            "pruned": self.pruned.json,
            "incomplete": .bool(self.incomplete),
        ]
    }
}

extension AuditReport.Extent {
    fileprivate var json: JSONValue {
        [
            "notifications": .number(self.notifications), "connections": .number(self.connections),
            "feedbackReads": .number(self.reads),
        ]
    }
}

extension AuditFinding {
    package var json: JSONValue {
        var members = [
            JSONValue.Member("rule", .string(self.rule.rawValue)),
            JSONValue.Member("severity", .string(self.severity.rawValue)),
        ]
        if let subject { members.append(JSONValue.Member("subject", .string(subject))) }
        members += [
            JSONValue.Member("count", .number(self.count)),
            JSONValue.Member("summary", .string(self.summary)),
            JSONValue.Member("notifications", .array(self.notifications.map { .string($0.description) })),
            JSONValue.Member("connections", .array(self.connections.map { .string($0.description) })),
            JSONValue.Member("topics", .array(self.topics.map { .string($0.name) })),
            JSONValue.Member("firstAt", self.firstAt.json),
            JSONValue.Member("requirement", .string(self.requirement)),
            JSONValue.Member("source", .string(self.source)),
            JSONValue.Member("behaviours", .array(self.behaviours.map { .string($0) })),
            JSONValue.Member("remedy", .string(self.remedy)),
        ]
        return .object(members)
    }
}
