#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// How client commands find the server that runs on this machine: each server leaves a note in a directory that only
/// its user may look into, and takes it away when it ends. A note whose process is gone counts for nothing.
package struct ServerLocator: Sendable {
    package struct Note: Codable, Hashable, Sendable {
        package var pid: Int32
        /// The control API's address, such as `http://127.0.0.1:8195`.
        package var control: String
        /// UNIX milliseconds.
        package var startedAt: Int64

        package init(pid: Int32, control: String, startedAt: Int64) {
            self.pid = pid
            self.control = control
            self.startedAt = startedAt
        }
    }

    private let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// In `XDG_RUNTIME_DIR`, or in a directory of the user's own below the one for temporary files.
    package init(variables: [String: String]) {
        if let runtime = variables["XDG_RUNTIME_DIR"], !runtime.isEmpty {
            self.init(directory: "\(runtime)/gatehouse")
        } else {
            self.init(directory: "\(variables["TMPDIR"] ?? "/tmp")/gatehouse-\(getuid())")
        }
    }

    /// Leaves a note.
    ///
    /// - Returns: the file, to be removed at the end.
    /// - Throws: `GatehouseError` when it cannot be written, or the directory is another user's.
    package func leave(_ note: Note) throws(GatehouseError) -> String {
        if mkdir(self.directory, 0o700) != 0, errno != EEXIST {
            throw FileSystem.failure(self.directory, "cannot be made")
        }
        guard self.isPrivate else {
            throw GatehouseError(.unavailable, "\(self.directory): this directory is not yours alone.")
        }
        let file = "\(self.directory)/\(note.pid).json"
        guard let content = try? JSONEncoder().encode(note) else {
            throw GatehouseError(.internalFault, "\(file): the note cannot be encoded.")
        }
        try FileSystem.replace(file, with: String(decoding: content, as: UTF8.self), mode: 0o600)
        return file
    }

    /// The servers that run, the latest started first.
    package func notes() -> [Note] {
        guard self.isPrivate else { return [] }
        return FileSystem.names(in: self.directory).compactMap { name in
            let file = "\(self.directory)/\(name)"
            guard name.hasSuffix(".json"), let content = try? FileSystem.bytes(of: file),
                let note = try? JSONDecoder().decode(Note.self, from: Data(content))
            else { return nil }
            if Self.isAlive(note.pid) { return note }
            unlink(file)
            return nil
        }
        .sorted { ($0.startedAt, $0.pid) > ($1.startedAt, $1.pid) }
    }

    private static func isAlive(_ pid: Int32) -> Bool {
        pid > 0 && (kill(pid, 0) == 0 || errno == EPERM)
    }

    /// Somebody else's directory could send clients anywhere.
    private var isPrivate: Bool {
        var status = stat()
        guard lstat(self.directory, &status) == 0 else { return false }
        return status.st_mode & S_IFMT == S_IFDIR && status.st_uid == getuid() && status.st_mode & 0o077 == 0
    }
}
