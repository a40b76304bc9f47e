import PushBroker
package import PushLedger
import PushVocabulary

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension NotificationEntry {
    /// The notification object of the control API. `status` and `fate` are always there, `null` where there is none.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("id", .string(self.id.description)),
            JSONValue.Member("seq", .number(self.sequence)),
            JSONValue.Member("service", "apns-binary"),
            JSONValue.Member("environment", .string(self.environment.rawValue)),
        ]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("topic", self.topic.map { .string($0.name) })
        add("device", self.device.map { .string($0) })
        add("token", self.tokenBytes.isEmpty ? nil : .string(Hexadecimal.string(from: self.tokenBytes)))
        add("receivedAt", self.receivedAt.json)
        add("clockAt", self.clockAt.json)
        add("verdict", .string(self.verdict.kind.rawValue))
        add("status", self.status.map { .number($0) } ?? .null)
        add("replySent", self.verdict.kind == .rejected ? .bool(self.replySent) : nil)
        add("verdictReason", self.verdict.reason.map { $0.json(explanation: self.verdictExplanation) })
        add("fate", self.fate.map { .string($0.kind.rawValue) } ?? .null)
        add("fateReason", self.fate.flatMap { fate in fate.reason.map { $0.json(explanation: fate.explanation) } })
        add("explanation", .string(self.explanation))
        add("hint", self.hint.map { .string($0) })
        add("note", self.note.map { .string($0) })
        members += self.payloadMembers
        add("connectionId", .string(self.connection.description))
        add("timeline", .array(self.timeline.map(\.json)))
        add("omittedSteps", self.omittedSteps > 0 ? .number(self.omittedSteps) : nil)
        add("wire", self.wire.json)
        return .object(members)
    }

    /// The payload as JSON; `nil` when it is none.
    package var payloadJSON: JSONValue? { try? JSONReader.value(of: self.content.payload) }

    private var verdictExplanation: String {
        self.verdict.explanation(replySent: self.replySent, command: self.wire.command)
    }

    /// The status of a rejection.
    private var status: UInt8? { if case .rejected(let status) = self.verdict { status } else { nil } }

    private var payloadMembers: [JSONValue.Member] {
        let count = JSONValue.Member("payloadBytes", .number(self.content.payload.count))
        if let payload = self.payloadJSON { return [JSONValue.Member("payload", payload), count] }
        if self.content.payload.isEmpty { return [count] }
        let text = Data(self.content.payload).base64EncodedString()
        return [JSONValue.Member("payloadBase64", .string(text)), count]
    }
}

extension TimelineEntry {
    fileprivate var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("at", self.at.json), JSONValue.Member("event", .string(self.event.name)),
        ]
        if let reason = self.event.reason { members.append(JSONValue.Member("reason", reason.json())) }
        return .object(members)
    }
}

extension Reason {
    fileprivate func json(explanation: String? = nil) -> JSONValue {
        var members = [JSONValue.Member("code", .string(self.code))]
        if let by = self.by { members.append(JSONValue.Member("by", .string(by.description))) }
        if let rule = self.rule { members.append(JSONValue.Member("rule", .string(rule))) }
        if let explanation { members.append(JSONValue.Member("explanation", .string(explanation))) }
        return .object(members)
    }
}

extension WireFacts {
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("command", .number(self.command))]
        if let identifier { members.append(JSONValue.Member("identifier", .number(identifier))) }
        if let expiry { members.append(JSONValue.Member("expiry", .number(expiry))) }
        if let priority { members.append(JSONValue.Member("priority", .number(priority))) }
        members.append(JSONValue.Member("offset", .number(self.offset)))
        members.append(JSONValue.Member("length", .number(self.length)))
        return .object(members)
    }
}

extension Instant {
    var json: JSONValue { .string(self.description) }
}
