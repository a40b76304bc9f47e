import PushVocabulary

/// Reads the members of one object of a request's body; a member that is not expected is refused, so that a misspelt
/// one is not silently ignored.
struct BodyReader {
    private let value: JSONValue
    private let pointer: String

    /// - Parameters:
    ///   - pointer: where the object stands in the body (RFC 6901).
    ///   - fields: the members it may have.
    init(_ value: JSONValue, at pointer: String = "", fields: [String]) throws(ControlError) {
        guard case .object(let members) = value else {
            throw .invalid(.pointer(pointer), "must be an object, not \(value.kind)")
        }
        let unknown = members.map(\.name).filter { !fields.contains($0) }
        guard unknown.isEmpty else {
            throw ControlError(
                .unknownField,
                "there is no field \(unknown.map { "\"\($0)\"" }.joined(separator: ", "))",
                hint: fields.isEmpty ? nil : NearestName.hint(for: unknown[0], among: fields, called: "fields"),
                places: unknown.map {
                    ControlError.Place(.pointer(Self.join(pointer, $0)), "does not exist")
                }
            )
        }
        self.value = value
        self.pointer = pointer
    }

    /// A member's value; `nil` when it is absent or `null`.
    subscript(name: String) -> JSONValue? {
        guard let member = self.value[name], member != .null else { return nil }
        return member
    }

    /// Whether the member is there, be it `null`.
    func has(_ name: String) -> Bool { self.value[name] != nil }

    func pointer(to name: String) -> String { Self.join(self.pointer, name) }

    func string(_ name: String) throws(ControlError) -> String? {
        switch self[name] {
        case nil: return nil
        case .string(let text): return text
        case let other?: throw self.invalid(name, "must be a string, not \(other.kind)")
        }
    }

    func bool(_ name: String) throws(ControlError) -> Bool? {
        switch self[name] {
        case nil: return nil
        case .bool(let value): return value
        case let other?: throw self.invalid(name, "must be true or false, not \(other.kind)")
        }
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ControlError) -> Int? {
        guard let text = try self.number(name) else { return nil }
        return try self.reading(name) { () throws(ValueDefect) in try text.integer(in: range) }
    }

    /// A number's text.
    func number(_ name: String) throws(ControlError) -> String? {
        switch self[name] {
        case nil: return nil
        case .number(let text): return text
        case let other?: throw self.invalid(name, "must be a number, not \(other.kind)")
        }
    }

    func array(_ name: String) throws(ControlError) -> [JSONValue]? {
        switch self[name] {
        case nil: return nil
        case .array(let elements): return elements
        case let other?: throw self.invalid(name, "must be an array, not \(other.kind)")
        }
    }

    /// Runs `body`; what it finds wrong is said of the member `name`.
    func reading<Value>(_ name: String, _ body: () throws(ValueDefect) -> Value) throws(ControlError) -> Value {
        do {
            return try body()
        } catch {
            throw self.invalid(name, error.text)
        }
    }

    func invalid(_ name: String, _ detail: String) -> ControlError {
        .invalid(.pointer(self.pointer(to: name)), detail)
    }

    private static func join(_ pointer: String, _ name: String) -> String {
        var escaped = ""
        for character in name {
            switch character {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.append(character)
            }
        }
        return "\(pointer)/\(escaped)"
    }
}
