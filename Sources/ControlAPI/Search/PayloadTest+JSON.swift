import PushLedger

/// Conditions on a payload as JSON.
extension PayloadTest {
    /// Somewhere in its bytes.
    static func containing(_ text: String) -> PayloadTest {
        let part = Array(text.utf8)
        return PayloadTest("payload contains \"\(text)\"") { payload in
            guard let first = part.first else { return true }
            var rest = payload
            while let start = rest.firstIndex(of: first) {
                if rest[start...].starts(with: part) { return true }
                rest = rest[(start + 1)...]
            }
            return false
        }
    }

    /// Whether `aps`, or the payload itself, has this member.
    static func having(_ name: String) -> PayloadTest {
        PayloadTest("payload has \(name)") { payload in
            guard let json = try? JSONReader.value(of: payload) else { return false }
            return json["aps"]?[name] != nil || json[name] != nil
        }
    }

    /// A string or number at the end of a path of member names.
    static func at(_ path: [String], _ pattern: TextPattern) -> PayloadTest {
        PayloadTest("payload.\(path.joined(separator: ".")) is \(pattern)") { payload in
            guard let json = try? JSONReader.value(of: payload) else { return false }
            switch path.reduce(json as JSONValue?, { $0?[$1] }) {
            case .string(let text)?: return pattern.matches(text)
            case .number(let text)?: return pattern.matches(text)
            case .bool(let value)?: return pattern.matches(value ? "true" : "false")
            default: return false
            }
        }
    }

    /// Every member of `subset` is there with this value, whatever else is.
    static func including(_ subset: JSONValue) -> PayloadTest {
        PayloadTest("payload includes \(subset)") { payload in
            guard let json = try? JSONReader.value(of: payload) else { return false }
            return json.includes(subset)
        }
    }
}

extension JSONValue {
    /// Objects member by member; everything else has to be equal.
    func includes(_ subset: JSONValue) -> Bool {
        guard case .object(let members) = subset else { return self == subset }
        guard case .object = self else { return false }
        return members.allSatisfy { member in self[member.name]?.includes(member.value) ?? false }
    }
}
