package import PushLedger
import PushVocabulary

extension ConnectionEntry {
    /// The connection object of the control API.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("id", .string(self.id.description)),
            JSONValue.Member("service", .string(self.service.rawValue)),
            JSONValue.Member("environment", .string(self.environment.rawValue)),
            JSONValue.Member("peer", .string(self.peer)),
            JSONValue.Member("state", .string(self.outcome.name)),
            JSONValue.Member("openedAt", self.openedAt.json),
        ]
        func add(_ name: String, _ value: JSONValue?) {
            if let value { members.append(JSONValue.Member(name, value)) }
        }
        add("closedAt", self.closedAt?.json)
        add("end", self.outcome.json)
        add("tls", self.tls?.json)
        add("certificateSubject", self.certificateSubject.map { .string($0) })
        add("topics", .array(self.topics.map { .string($0.name) }))
        add("device", self.device.map { .string($0) })
        add("bytesIn", .number(self.bytesIn))
        add("bytesOut", .number(self.bytesOut))
        add(
            "frames",
            [
                "received": .number(self.received), "accepted": .number(self.accepted),
                "rejected": .number(self.rejected), "discarded": .number(self.discarded),
            ]
        )
        return .object(members)
    }
}

extension TLSFacts {
    fileprivate var json: JSONValue {
        var members = [JSONValue.Member("version", .string(self.version))]
        if let cipher { members.append(JSONValue.Member("cipher", .string(cipher))) }
        return .object(members)
    }
}

extension ConnectionOutcome {
    fileprivate var name: String {
        switch self {
        case .open: "open"
        case .closed: "closed"
        case .handshakeFailed: "handshakeFailed"
        }
    }

    fileprivate var json: JSONValue? {
        let (closer, end): (ConnectionCloser?, ConnectionEnd)
        switch self {
        case .open: return nil
        case .closed(let by, let reason): (closer, end) = (by, reason)
        case .handshakeFailed(let reason): (closer, end) = (nil, reason)
        }
        var members: [JSONValue.Member] = []
        if let closer { members.append(JSONValue.Member("by", .string(closer.rawValue))) }
        members.append(JSONValue.Member("code", .string(end.code)))
        members.append(JSONValue.Member("explanation", .string(end.sentence)))
        if let hint = end.hint { members.append(JSONValue.Member("hint", .string(hint))) }
        return .object(members)
    }
}
