/// Looks into a process group, where the system tells (Linux, proc(5)).
///
/// In a container whose first process takes nobody's status, a group whose members have all ended is still there.
enum ProcessGroup {
    /// Whether any member has not ended; `true` where that cannot be told.
    static func hasLivingMember(_ group: Int32) -> Bool {
        let numbers = FileSystem.names(in: "/proc").filter { $0.allSatisfy(\.isNumber) }
        if numbers.isEmpty { return true }
        return numbers.contains { number in
            guard let line = try? FileSystem.text(of: "/proc/\(number)/stat") else { return false }
            return Self.isLivingMember(of: group, stat: line)
        }
    }

    /// - Parameter stat: `pid (name) state parent group …`; the name may have blanks and parentheses in it.
    static func isLivingMember(of group: Int32, stat: String) -> Bool {
        guard let end = stat.lastIndex(of: ")") else { return false }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 2, fields[2] == String(group) else { return false }
        return fields[0] != "Z" && fields[0] != "X"
    }
}
