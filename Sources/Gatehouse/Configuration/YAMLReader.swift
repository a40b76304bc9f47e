import PushVocabulary
import Yams

/// Reads values out of a YAML document, and says where in it something is wrong.
struct YAMLReader {
    struct Place: Hashable, CustomStringConvertible {
        let path: String
        let line: Int
        let column: Int

        var description: String { "\(self.path):\(self.line):\(self.column)" }
    }

    let path: String

    /// - Throws: `GatehouseError` for text that is not YAML.
    func parse(_ text: String) throws(GatehouseError) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw self.syntaxError(error)
        } catch {
            throw GatehouseError(.usage, "\(self.path): \(error)")
        }
    }

    func place(of node: Node) -> Place {
        Place(path: self.path, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    func error(at node: Node, _ message: String) -> GatehouseError {
        GatehouseError(.usage, "\(self.place(of: node)): \(message)")
    }

    /// The entries of a mapping, in the file's order, by the members of `Key`.
    ///
    /// - Parameter what: what the mapping stands for, with its article.
    func entries<Key>(of node: Node, _ what: String, by: Key.Type) throws(GatehouseError) -> [(key: Key, value: Node)]
    where Key: RawRepresentable<String> & CaseIterable & Hashable {
        guard case .mapping(let mapping) = node else {
            throw self.error(at: node, "\(what) is written as `key: value` lines, and this is \(Self.kind(of: node))")
        }
        var entries: [(key: Key, value: Node)] = []
        for (key, value) in mapping {
            let name = key.scalar?.string ?? ""
            guard let known = Key(rawValue: name) else {
                throw self.error(at: key, Self.unknownKey(name, what, known: Key.allCases.map(\.rawValue)))
            }
            entries.append((known, value))
        }
        return entries
    }

    private static func unknownKey(_ name: String, _ what: String, known: [String]) -> String {
        let suggestion = NearestName.of(name, among: known).map { " Did you mean `\($0)`?" } ?? ""
        return "unknown key `\(name)` in \(what).\(suggestion) Known: \(known.joined(separator: ", "))."
    }

    func text(_ node: Node, _ what: String) throws(GatehouseError) -> String {
        guard case .scalar(let scalar) = node else {
            throw self.error(at: node, "\(what) must be a single value, and this is \(Self.kind(of: node))")
        }
        if scalar.style == .plain, ["", "~", "null"].contains(scalar.string) {
            throw self.error(at: node, "\(what) has no value; write one, or remove the line")
        }
        return scalar.string
    }

    /// A single value, or the values of a list joined by commas.
    func textOrList(_ node: Node, _ what: String) throws(GatehouseError) -> String {
        guard case .sequence(let sequence) = node else { return try self.text(node, what) }
        var texts: [String] = []
        for element in sequence { texts.append(try self.text(element, what)) }
        return texts.joined(separator: ",")
    }

    func boolean(_ node: Node, _ what: String) throws(GatehouseError) -> Bool {
        let text = try self.text(node, what)
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw self.error(at: node, "\(what) must be true or false, and is `\(text)`")
        }
    }

    func list(_ node: Node, _ what: String) throws(GatehouseError) -> [Node] {
        guard case .sequence(let sequence) = node else {
            throw self.error(
                at: node,
                "\(what) must be a list, and this is \(Self.kind(of: node)); write [] for none"
            )
        }
        return Array(sequence)
    }

    func choice<Choice>(_ node: Node, _ what: String) throws(GatehouseError) -> Choice
    where Choice: RawRepresentable<String> & CaseIterable {
        let text = try self.text(node, what)
        do throws(SettingProblem) {
            return try GatehouseConfiguration.choice(text)
        } catch {
            throw self.error(at: node, "\(what): \(error.message)")
        }
    }

    private static func kind(of node: Node) -> String {
        switch node {
        case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "the single value `\(scalar.string)`"
        case .mapping: "a group of keys"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    private func syntaxError(_ error: YamlError) -> GatehouseError {
        func at(_ mark: Mark, _ problem: String) -> GatehouseError {
            GatehouseError(.usage, "\(self.path):\(mark.line):\(mark.column): this is not YAML: \(problem)")
        }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            return at(mark, [context?.text, problem].compactMap(\.self).joined(separator: ", "))
        case .duplicatedKeysInMapping(let duplicates, let context):
            let place = "\(self.path):\(context.mark.line):\(context.mark.column)"
            return GatehouseError(.usage, "\(place): written more than once: \(duplicates.joined(separator: ", "))")
        default:
            return GatehouseError(.usage, "\(self.path):1:1: this is not YAML: \(error)")
        }
    }
}
