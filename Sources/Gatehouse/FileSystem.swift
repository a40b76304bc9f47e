#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The few things Gatehouse does with files itself.
package enum FileSystem {
    /// - Returns: `nil` when there is no such file.
    /// - Throws: `GatehouseError` when it cannot be read, or is not text.
    package static func text(of path: String) throws(GatehouseError) -> String? {
        guard let bytes = try self.bytes(of: path) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw GatehouseError(.unavailable, "\(path): this is not a text in UTF-8.")
        }
        return text
    }

    /// - Returns: `nil` when there is no such file.
    /// - Throws: `GatehouseError` when it cannot be read.
    package static func bytes(of path: String) throws(GatehouseError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Self.failure(path, "cannot be read")
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count > 0 {
                content += chunk.prefix(count)
            } else if errno != EINTR {
                throw Self.failure(path, "cannot be read")
            }
        }
    }

    /// Writes a file whole or not at all: under another name first, which is then changed.
    ///
    /// - Parameter mode: its permissions, such as 0o600.
    package static func replace(_ path: String, with text: String, mode: UInt32) throws(GatehouseError) {
        let temporary = "\(path).\(getpid()).tmp"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be written") }
        let isWritten = Self.writeAll(Array(text.utf8), to: descriptor)
        let problem = errno
        close(descriptor)
        if isWritten, rename(temporary, path) == 0 { return }
        let failure = isWritten ? errno : problem
        unlink(temporary)
        errno = failure
        throw Self.failure(path, "cannot be written")
    }

    /// - Returns: `false`, with `errno` set, when not all could be written.
    package static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }

    /// Whether anybody but its owner may read a file.
    static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o044 != 0
    }

    /// Makes a directory that only its owner may look into, of a name nobody has used before.
    package static func makeTemporaryDirectory(prefix: String) throws(GatehouseError) -> String {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/\(prefix).XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Self.failure(parent, "no directory can be made in it") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a directory and all that is in it, as far as that is possible.
    package static func removeTree(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in Self.names(in: path) { Self.removeTree("\(path)/\(name)") }
        rmdir(path)
    }

    /// What is in a directory, by name; nothing when it cannot be read.
    package static func names(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: field.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Must follow the failed call at once, for `errno` says why.
    static func failure(_ path: String, _ what: String) -> GatehouseError {
        GatehouseError(.unavailable, "\(path): \(what): \(String(cString: strerror(errno))).")
    }
}
