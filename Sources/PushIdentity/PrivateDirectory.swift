#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A directory of small files, some of them secret, that several processes may use at once.
///
/// 1. A file is there whole or not at all: it is written under another name and then renamed.
/// 2. Whoever writes holds the lock, so no two processes make the same file.
/// 3. The directory is made for its owner only (0700), and so is each secret file (0600).
struct PrivateDirectory: Sendable {
    enum Access {
        /// Keys and what contains them: 0600.
        case secret
        /// Certificates: 0644.
        case open

        var mode: mode_t {
            switch self {
            case .secret: 0o600
            case .open: 0o644
            }
        }
    }

    private static let lockName = ".lock"

    /// Absolute.
    let path: String

    /// Makes the directory, and those above it, when it is missing. One that is there keeps its mode.
    init(creating path: String) throws(IdentityStoreError) {
        self.path = Self.absolute(path)
        try Self.create(self.path)
    }

    func file(_ name: String) -> String { "\(self.path)/\(name)" }

    /// Runs `body` while no other process, and no other user of this directory in this one, does the same.
    ///
    /// A directory that may only be read is used without the lock: nothing can change in it.
    func withLock<Result>(
        _ body: () throws(IdentityStoreError) -> Result
    ) throws(IdentityStoreError) -> Result {
        let lock = self.file(Self.lockName)
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            guard errno == EROFS || errno == EACCES else { throw Self.failure(lock, "cannot be opened") }
            return try body()
        }
        // Closing the descriptor gives the lock back, as does the end of the process.
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw Self.failure(lock, "cannot be locked") }
        }
        return try body()
    }

    /// - Returns: `nil` when there is no such file.
    func contents(of name: String) throws(IdentityStoreError) -> [UInt8]? {
        let path = self.file(name)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure(path, "cannot be read")
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return content }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.failure(path, "cannot be read")
            }
            content += chunk.prefix(count)
            guard content.count <= Self.maximumFileSize else {
                throw IdentityStoreError(
                    path: path,
                    problem: "is larger than \(Self.maximumFileSize) bytes",
                    advice: "It is not a file of Gatehouse: move it away."
                )
            }
        }
    }

    /// A bundle of certificates with a key is two orders of magnitude smaller.
    private static let maximumFileSize = 1 << 20

    func exists(_ name: String) -> Bool { access(self.file(name), F_OK) == 0 }

    /// Replaces the file in one step.
    func replace(_ name: String, with content: [UInt8], _ access: Access) throws(IdentityStoreError) {
        let path = self.file(name)
        let temporary = self.file(".\(name).\(getpid()).tmp")
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, access.mode)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be written") }
        let written = Self.writeAll(content, to: descriptor)
        let problem = errno
        close(descriptor)
        guard written else {
            unlink(temporary)
            errno = problem
            throw Self.failure(path, "cannot be written")
        }
        guard rename(temporary, path) == 0 else {
            let failure = Self.failure(path, "cannot be written")
            unlink(temporary)
            throw failure
        }
    }

    private static func writeAll(_ content: [UInt8], to descriptor: Int32) -> Bool {
        content.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 {
                    guard errno == EINTR else { return false }
                    continue
                }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    private static func create(_ path: String) throws(IdentityStoreError) {
        guard mkdir(path, 0o700) != 0 else { return }
        switch errno {
        case EEXIST:
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
                throw IdentityStoreError(
                    path: path,
                    problem: "is not a directory",
                    advice: "Name another directory for the certificates, or move this file away."
                )
            }
        case ENOENT:
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            guard !parent.isEmpty else { throw Self.failure(path, "cannot be made") }
            try Self.create("/" + parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw Self.failure(path, "cannot be made") }
        default:
            throw Self.failure(path, "cannot be made")
        }
    }

    private static func absolute(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        if path.hasPrefix("/") { return "/" + parts }
        guard let current = getcwd(nil, 0) else { return parts }
        defer { free(current) }
        let base = String(cString: current)
        return parts.isEmpty ? base : (base == "/" ? "/" + parts : "\(base)/\(parts)")
    }

    /// Must follow the failed call at once, for `errno` says why.
    private static func failure(_ path: String, _ what: String) -> IdentityStoreError {
        IdentityStoreError(
            path: path,
            problem: "\(what): \(String(cString: strerror(errno)))",
            advice: "Check its permissions, or name another directory for the certificates."
        )
    }
}
