package import PushLedger

extension Counters {
    /// The counters object of the control API.
    package var json: JSONValue {
        var members = [JSONValue.Member("received", .number(self.received))]
        members += VerdictKind.allCases.map { JSONValue.Member($0.rawValue, .number(self[$0])) }
        members += FateKind.allCases.map { JSONValue.Member($0.rawValue, .number(self[$0])) }
        return .object(members)
    }
}
