package import PushBroker
package import PushLedger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A file that keeps the service's state: a SQLite database, written by one process at a time.
///
/// 1. What `apply` has written survives the end of the process at any later moment, however it ends: the write-ahead
///    log has been handed to the system. After a power failure the file is whole, and the last moments may be missing.
/// 2. A file that is not ours, damaged, of a newer version or in use is refused and not changed by a byte.
/// 3. A new file appears whole or not at all.
package final class StateFile {
    package let path: String
    let database: SQLiteDatabase
    private let lock: StateFileLock
    private var isAccepted = false

    /// Opens a state file, or makes one.
    ///
    /// - Throws: `StateFileError`.
    package init(path: String) throws(StateFileError) {
        self.path = path
        self.lock = try StateFileLock(for: path)
        if try !Self.holdsState(path) { try Self.create(path) }
        self.database = try Self.open(path)
    }

    deinit {
        if !self.isAccepted { self.database.closesWithoutCheckpoint() }
    }

    /// All it holds. Until this has been read, nothing can be written.
    ///
    /// - Parameter limits: what is more is pruned, and gone from the file with the next batch.
    /// - Throws: `StateFileError`.
    package func load(
        limits: LedgerLimits
    ) throws(StateFileError) -> (broker: Broker, ledger: Ledger, documents: [StateDocument], isNew: Bool) {
        let log = self.path + "-wal"
        let hadLog = access(log, F_OK) == 0
        let rows: StoredRows
        do throws(SQLiteError) {
            let verdict = try self.database.text(of: "PRAGMA quick_check(1)")
            guard verdict == "ok" else { throw SQLiteError.damage(verdict ?? "it cannot be checked") }
            rows = try self.readAll()
        } catch {
            if !hadLog, Self.size(of: log) == 0 { unlink(log) }
            throw Self.failure(error, self.path)
        }
        guard let broker = Broker(rows.broker) else {
            throw .damaged(path: self.path, detail: "its devices, apps and slots do not fit together")
        }
        guard let ledger = Ledger(rows.ledger, limits: limits) else {
            throw .damaged(path: self.path, detail: "its notifications and counters do not fit together")
        }
        self.isAccepted = true
        do throws(SQLiteError) {
            try self.database.execute("PRAGMA wal_autocheckpoint=1000")
        } catch {
            throw Self.failure(error, self.path)
        }
        let isNew = rows.broker.topics.isEmpty && rows.ledger.position == LedgerState.Position()
        return (broker, ledger, rows.documents, isNew)
    }

    /// The owner of the state finds that it cannot be used after all: the file keeps its bytes.
    func refuse(_ detail: String) -> StateFileError {
        self.isAccepted = false
        return .damaged(path: self.path, detail: detail)
    }

    private static func failure(_ error: SQLiteError, _ path: String) -> StateFileError {
        error.meansDamage
            ? .damaged(path: path, detail: error.message) : .unavailable(path: path, detail: error.description)
    }

    // MARK: - Opening

    /// Whether there is a state file to be opened; `false`: there is none, or an empty one.
    private static func holdsState(_ path: String) throws(StateFileError) -> Bool {
        let descriptor = Self.openForReading(path)
        guard descriptor >= 0 else {
            guard errno == ENOENT else { throw .unavailable(path: path, detail: String(cString: strerror(errno))) }
            return false
        }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: 100)
        let count = header.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw .unavailable(path: path, detail: String(cString: strerror(errno))) }
        if count == 0 { return false }
        guard count == 100, header.starts(with: Array("SQLite format 3\0".utf8)),
            Self.number(at: 68, in: header) == StateSchema.applicationID
        else { throw .foreign(path: path) }
        let format = Self.number(at: 60, in: header)
        guard format <= StateSchema.format else {
            throw .newer(path: path, format: Int(format), known: Int(StateSchema.format))
        }
        guard format >= 1 else { throw .damaged(path: path, detail: "its format is \(format)") }
        return true
    }

    private static func openForReading(_ path: String) -> Int32 {
        #if canImport(Glibc)
        Glibc.open(path, O_RDONLY | O_CLOEXEC)
        #elseif canImport(Musl)
        Musl.open(path, O_RDONLY | O_CLOEXEC)
        #else
        Darwin.open(path, O_RDONLY | O_CLOEXEC)
        #endif
    }

    private static func number(at offset: Int, in header: [UInt8]) -> Int32 {
        Int32(bitPattern: header[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
    }

    private static func size(of path: String) -> Int? {
        var facts = stat()
        return stat(path, &facts) == 0 ? Int(facts.st_size) : nil
    }

    /// Makes a file beside and renames it: a process that ends in the middle leaves none that is half made.
    private static func create(_ path: String) throws(StateFileError) {
        let beside = path + "-new"
        for suffix in ["", "-wal", "-journal"] { unlink(beside + suffix) }
        do throws(SQLiteError) {
            let database = try SQLiteDatabase(path: beside, creates: true)
            try database.execute(
                """
                PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL;
                PRAGMA application_id=\(StateSchema.applicationID); PRAGMA user_version=\(StateSchema.format);
                """
            )
            try database.transaction { () throws(SQLiteError) in try database.execute(StateSchema.tables) }
        } catch {
            unlink(beside)
            throw .unavailable(path: path, detail: error.description)
        }
        for suffix in ["-wal", "-journal"] { unlink(path + suffix) }
        guard rename(beside, path) == 0 else {
            throw .unavailable(path: path, detail: String(cString: strerror(errno)))
        }
    }

    private static func open(_ path: String) throws(StateFileError) -> SQLiteDatabase {
        do throws(SQLiteError) {
            let database = try SQLiteDatabase(path: path)
            // One process, so the index of the log can be in memory. Nothing is moved from the log into the file
            // before the file has been found good.
            try database.execute(
                "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
                    + "PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;"
            )
            return database
        } catch {
            throw Self.failure(error, path)
        }
    }
}
