import PushVocabulary

/// A JSON value of a network profile.
indirect enum NetworkValue: Decodable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case text(String)
    case list([NetworkValue])
    case object([String: NetworkValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([NetworkValue].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: NetworkValue].self))
        }
    }
}

/// Reads the members of one object of a network profile, and refuses those it does not know.
struct NetworkReader {
    private let members: [String: NetworkValue]
    private let pointer: String

    init(_ value: NetworkValue, at pointer: String, fields: [String]) throws(NetworkProfileError) {
        guard case .object(let members) = value else {
            throw NetworkProfileError(pointer: pointer, text: "must be an object")
        }
        if let unknown = members.keys.sorted().first(where: { !fields.contains($0) }) {
            throw NetworkProfileError(
                pointer: "\(pointer)/\(unknown)",
                text: "is not known here: the fields are \(fields.joined(separator: ", "))",
                isUnknownField: true
            )
        }
        (self.members, self.pointer) = (members, pointer)
    }

    var count: Int { self.members.count }

    /// `nil` when it is absent or `null`.
    subscript(name: String) -> NetworkValue? {
        if case .null? = self.members[name] { nil } else { self.members[name] }
    }

    func isNull(_ name: String) -> Bool { if case .null? = self.members[name] { true } else { false } }

    func pointer(to name: String) -> String { "\(self.pointer)/\(name)" }

    func text(_ name: String) throws(NetworkProfileError) -> String? {
        switch self[name] {
        case nil: return nil
        case .text(let text)?: return text
        default: throw self.error(name, "must be a string")
        }
    }

    func list(_ name: String) throws(NetworkProfileError) -> [NetworkValue]? {
        switch self[name] {
        case nil: return nil
        case .list(let elements)?: return elements
        default: throw self.error(name, "must be an array")
        }
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(NetworkProfileError) -> Double? {
        switch self[name] {
        case nil: return nil
        case .number(let number)? where range.contains(number): return number
        default:
            throw self.error(name, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String
    ) throws(NetworkProfileError) -> Choice? {
        guard let text = try self.text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw self.error(name, "must be \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// Such as `"300ms"`, `"8m"`, or a number of seconds; at most a year.
    func duration(_ name: String) throws(NetworkProfileError) -> Duration? {
        try self[name].map { value throws(NetworkProfileError) in try self.duration(value, name) }
    }

    /// Such as `["5m", "90m"]`, or one duration.
    func range(_ name: String) throws(NetworkProfileError) -> ClosedRange<Duration>? {
        guard let value = self[name] else { return nil }
        guard case .list(let bounds) = value else {
            let both = try self.duration(value, name)
            guard both > .zero else { throw self.error(name, "must be more than nothing") }
            return both...both
        }
        guard bounds.count == 2 else { throw self.error(name, "must be the shortest and the longest time") }
        let (lower, upper) = (try self.duration(bounds[0], name), try self.duration(bounds[1], name))
        guard .zero < lower, lower <= upper else {
            throw self.error(name, "must be the shortest time, more than nothing, and the longest")
        }
        return lower...upper
    }

    private func duration(_ value: NetworkValue, _ name: String) throws(NetworkProfileError) -> Duration {
        let duration: Duration? =
            switch value {
            case .number(let seconds) where 0...31_536_000 ~= seconds: .seconds(seconds)
            case .text(let text): Duration(written: text)
            default: nil
            }
        guard let duration, duration <= .seconds(31_536_000) else {
            throw self.error(name, "must be a time such as \"300ms\", \"8m\" or a number of seconds, at most a year")
        }
        return duration
    }

    private func error(_ name: String, _ text: String) -> NetworkProfileError {
        NetworkProfileError(pointer: self.pointer(to: name), text: text)
    }
}
