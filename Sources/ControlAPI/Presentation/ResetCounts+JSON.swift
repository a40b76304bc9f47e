import PushLedger

extension ResetCounts {
    /// How much of each there was, and where what comes from now on begins.
    package var json: JSONValue {
        var members = ResetScope.allCases.compactMap { scope in
            self[scope].map { JSONValue.Member(scope.rawValue, .number($0)) }
        }
        members.append(JSONValue.Member("heldConnections", .number(self.heldConnections)))
        if let cursor {
            members.append(JSONValue.Member("epoch", .number(cursor.epoch)))
            members.append(JSONValue.Member("cursor", .string(cursor.description)))
        }
        return .object(members)
    }
}
