import CSQLite

/// One connection to a database file. Not for two threads at a time.
final class SQLiteDatabase {
    fileprivate let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// - Parameter creates: whether the file may be missing.
    init(path: String, creates: Bool = false) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (creates ? SQLITE_OPEN_CREATE : 0)
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let message = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code, message: message)
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
    }

    deinit {
        self.statements = [:]
        sqlite3_close_v2(self.handle)
    }

    /// From now on the file keeps its bytes when this connection ends.
    func closesWithoutCheckpoint() { _ = gatehouse_close_without_checkpoint(self.handle) }

    /// Runs statements that give nothing.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(self.handle, sql, nil, nil, nil)
        guard code == SQLITE_OK || code == SQLITE_DONE else { throw self.error(code) }
    }

    /// A statement, compiled at its first use and kept.
    func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let known = self.statements[sql] { return known }
        let statement = try SQLiteStatement(sql, in: self)
        self.statements[sql] = statement
        return statement
    }

    /// Runs `body` in a transaction: all of it is kept, or nothing.
    func transaction(_ body: () throws(SQLiteError) -> Void) throws(SQLiteError) {
        try self.execute("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            try body()
            try self.execute("COMMIT")
        } catch {
            // Some errors have rolled back already; this one then says that there is nothing to roll back.
            try? self.execute("ROLLBACK")
            throw error
        }
    }

    /// The first column of the first row, as text.
    func text(of sql: String) throws(SQLiteError) -> String? {
        let statement = try SQLiteStatement(sql, in: self)
        return try statement.step() ? statement.text(0) : nil
    }

    fileprivate func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: String(cString: sqlite3_errmsg(self.handle)))
    }
}

/// A compiled statement: bind in the order of the question marks, then `run`; or `step` and read columns.
final class SQLiteStatement {
    private let statement: OpaquePointer
    private unowned let database: SQLiteDatabase
    private var next: Int32 = 1

    init(_ sql: String, in database: SQLiteDatabase) throws(SQLiteError) {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(database.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw database.error(code) }
        self.statement = statement
        self.database = database
    }

    deinit { sqlite3_finalize(self.statement) }

    // MARK: - Binding

    @discardableResult
    func bind(_ number: Int64?) -> Self {
        if let number {
            sqlite3_bind_int64(self.statement, self.next, number)
        } else {
            sqlite3_bind_null(self.statement, self.next)
        }
        self.next += 1
        return self
    }

    @discardableResult
    func bind(_ number: Int) -> Self { self.bind(Int64(number)) }

    @discardableResult
    func bind(_ text: String?) -> Self {
        if var text {
            text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    _ = gatehouse_bind_text(self.statement, self.next, $0.baseAddress, Int32($0.count))
                }
            }
        } else {
            sqlite3_bind_null(self.statement, self.next)
        }
        self.next += 1
        return self
    }

    /// - Parameter bytes: must stay where they are until the statement has run.
    @discardableResult
    func bind(_ bytes: UnsafeRawBufferPointer) -> Self {
        _ = gatehouse_bind_blob(self.statement, self.next, bytes.baseAddress, Int32(bytes.count))
        self.next += 1
        return self
    }

    /// Runs to the end, and is ready to be bound again.
    func run() throws(SQLiteError) {
        self.next = 1
        let code = sqlite3_step(self.statement)
        let reset = sqlite3_reset(self.statement)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw self.database.error(reset) }
    }

    // MARK: - Reading

    /// - Returns: whether there is a row.
    func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(self.statement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(self.statement)
            return false
        case let code: throw self.database.error(code)
        }
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(self.statement, column) == SQLITE_NULL }
    func number(_ column: Int32) -> Int64 { sqlite3_column_int64(self.statement, column) }
    func text(_ column: Int32) -> String? { sqlite3_column_text(self.statement, column).map { String(cString: $0) } }

    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(sqlite3_column_bytes(self.statement, column))
        guard count > 0, let start = sqlite3_column_blob(self.statement, column) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
