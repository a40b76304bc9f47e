#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Finds out which program has a port, where the system tells: Linux, and only of programs that one may look into.
enum PortHolder {
    /// Such as `nginx, process 4711`; `nil` when it cannot be told.
    static func description(of port: Int) -> String? {
        let inodes = Self.listeningInodes(port: port)
        guard !inodes.isEmpty else { return nil }
        let wanted = Set(inodes.map { "socket:[\($0)]" })
        for pid in FileSystem.names(in: "/proc") where pid.allSatisfy(\.isNumber) {
            let descriptors = "/proc/\(pid)/fd"
            let holds = FileSystem.names(in: descriptors).contains { name in
                Self.target(of: "\(descriptors)/\(name)").map(wanted.contains) ?? false
            }
            guard holds else { continue }
            let name = (try? FileSystem.text(of: "/proc/\(pid)/comm"))?.split(separator: "\n").first
            return name.map { "\($0), process \(pid)" } ?? "process \(pid)"
        }
        return nil
    }

    /// The sockets that listen on a port, by the kernel's numbers (proc(5), /proc/net/tcp).
    private static func listeningInodes(port: Int) -> [Substring] {
        let digits = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        let listening = "0A"
        return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { table in
            ((try? FileSystem.text(of: table)) ?? "").split(separator: "\n").dropFirst().compactMap { line in
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[1].hasSuffix(ending), fields[3] == listening else { return nil }
                return fields[9]
            }
        }
    }

    private static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
