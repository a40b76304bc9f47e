import Foundation

/// A directory that goes with its owner.
final class TemporaryDirectory {
    private let url: URL

    init() throws {
        self.url = FileManager.default.temporaryDirectory.appending(path: "gatehouse-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: self.url) }

    func path(_ name: String) -> String { self.url.appending(path: name).path }
    func bytes(_ name: String) throws -> Data { try Data(contentsOf: self.url.appending(path: name)) }
    func write(_ bytes: Data, to name: String) throws { try bytes.write(to: self.url.appending(path: name)) }
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: self.url.path).sorted() }
}
