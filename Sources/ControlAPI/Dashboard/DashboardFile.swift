import CDashboard
import PushIdentity
import PushVocabulary

/// One file of the dashboard: a page that reads the public API like any other client, and comes out of the binary.
struct DashboardFile: Sendable {
    /// The path under which it is served.
    let path: String
    let type: String
    let bytes: [UInt8]
    /// Changes with the content, quotation marks included (RFC 9110, section 8.8.3).
    let entityTag: String

    private init(_ content: DashboardContent) {
        self.path = String(cString: content.path)
        self.type = String(cString: content.type)
        self.bytes = Array(UnsafeBufferPointer(start: content.bytes, count: content.count))
        self.entityTag = "\"\(Hexadecimal.string(from: Digest.sha256(self.bytes).prefix(16)))\""
    }

    /// By path.
    private static let all: [String: DashboardFile] = Dictionary(
        uniqueKeysWithValues: (0..<dashboard_count()).map { index in
            let file = DashboardFile(dashboard_content(index))
            return (file.path, file)
        }
    )

    static func at(_ path: String) -> DashboardFile? { Self.all[path] }
}
