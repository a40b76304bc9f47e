import ControlAPI
import MockDevice
import PushServer
import PushVocabulary
import Yams

/// Fault rules in the file: the same objects as in the control API, and judged by the same code.
extension YAMLReader {
    /// Members that are text whatever they look like: a token may well consist of decimal digits.
    private static let texts: Set<String> = [
        "id", "stage", "frame", "removedAt", "since", "keptUntil", "service", "environment", "topic", "token",
        "connectionId", "device", "payloadContains", "type",
    ]

    /// - Throws: `GatehouseError` with line and column of the first mistake.
    func faults(_ node: Node) throws(GatehouseError) -> [JSONValue] {
        var rules: [JSONValue] = []
        var ids: Set<JSONValue> = []
        for element in try self.list(node, "`faults`") {
            let rule = try self.json(element, isText: false)
            do throws(ControlError) {
                _ = try FaultRule(rule)
            } catch {
                throw self.error(about: error, in: element)
            }
            if let id = rule["id"], !ids.insert(id).inserted {
                throw self.error(at: element, "two rules have the id \(id)")
            }
            rules.append(rule)
        }
        return rules
    }

    /// A node as JSON.
    ///
    /// - Parameter isText: a scalar is text, whatever it looks like.
    func json(_ node: Node, isText: Bool = false) throws(GatehouseError) -> JSONValue {
        switch node {
        case .scalar(let scalar): return Self.json(scalar, isText: isText)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try self.json(element, isText: false)) }
            return .array(elements)
        case .mapping(let mapping):
            var members: [JSONValue.Member] = []
            for (key, value) in mapping {
                guard let name = key.scalar?.string else { throw self.error(at: key, "a key must be a single value") }
                members.append(.init(name, try self.json(value, isText: Self.texts.contains(name))))
            }
            return .object(members)
        case .alias: throw self.error(at: node, "an alias cannot stand here")
        }
    }

    private static func json(_ scalar: Node.Scalar, isText: Bool) -> JSONValue {
        guard scalar.style == .plain else { return .string(scalar.string) }
        if ["", "~", "null"].contains(scalar.string) { return .null }
        if isText { return .string(scalar.string) }
        switch try? JSONReader.value(of: scalar.string.utf8) {
        case .number(let text)?: return .number(text)
        case .bool(let value)?: return .bool(value)
        default: return .string(scalar.string)
        }
    }

    /// What the rules' own reader objects to, with the place in the file.
    func error(about error: ControlError, in rule: Node, called name: String = "a fault rule") -> GatehouseError {
        guard let place = error.places.first, case .pointer(let pointer) = place.location else {
            return self.error(at: rule, error.description)
        }
        let (node, path) = Self.place(pointer, in: rule, isKey: error.code == .unknownField)
        let hint = error.hint.map { ". \($0)" } ?? ""
        return self.error(at: node, "\(path ?? name) \(place.detail)\(hint)")
    }

    /// What a network profile's own reader objects to, with the place in the file.
    func error(about error: NetworkProfileError, in profile: Node) -> GatehouseError {
        let (node, path) = Self.place(error.pointer, in: profile, isKey: error.isUnknownField)
        return self.error(at: node, "\(path ?? "a network profile") \(error.text)")
    }

    /// The node a JSON pointer leads to, as far as it leads, and what it is called; `nil`: it is the whole.
    ///
    /// - Parameter isKey: the key is meant, not its value.
    private static func place(_ pointer: String, in whole: Node, isKey: Bool) -> (node: Node, path: String?) {
        let names = pointer.split(separator: "/").map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
        var node = whole
        for name in names {
            if case .sequence(let sequence) = node, let index = Int(name), sequence.indices.contains(index) {
                node = sequence[index]
                continue
            }
            guard case .mapping(let mapping) = node,
                let entry = mapping.first(where: { $0.key.scalar?.string == name })
            else { break }
            node = isKey && name == names.last ? entry.key : entry.value
        }
        return (node, names.isEmpty ? nil : "`\(names.joined(separator: "."))`")
    }
}
