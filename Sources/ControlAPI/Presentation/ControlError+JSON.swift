extension ControlError {
    /// The problem document (RFC 9457).
    ///
    /// - Parameter instance: the path that was asked for.
    func json(instance: String) -> JSONValue {
        var members: [JSONValue.Member] = [
            JSONValue.Member("type", .string("urn:gatehouse:problem:\(self.code.rawValue)")),
            JSONValue.Member("title", .string(self.code.title)),
            JSONValue.Member("status", .number(self.code.status)),
            JSONValue.Member("detail", .string(self.detail)),
            JSONValue.Member("instance", .string(instance)),
            JSONValue.Member("code", .string(self.code.rawValue)),
        ]
        if !self.places.isEmpty { members.append(JSONValue.Member("errors", .array(self.places.map(\.json)))) }
        if let hint = self.hint { members.append(JSONValue.Member("hint", .string(hint))) }
        return .object(members)
    }
}

extension ControlError.Place {
    fileprivate var json: JSONValue {
        switch self.location {
        case .pointer(let pointer): ["pointer": .string(pointer), "detail": .string(self.detail)]
        case .parameter(let name): ["parameter": .string(name), "detail": .string(self.detail)]
        }
    }
}
