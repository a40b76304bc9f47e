import CSQLite

/// What SQLite says went wrong.
struct SQLiteError: Error, Hashable, CustomStringConvertible {
    let code: Int32
    let message: String

    /// The file is no database, or not a whole one.
    var meansDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB].contains(self.code & 0xFF) }

    static func damage(_ message: String) -> SQLiteError { SQLiteError(code: SQLITE_CORRUPT, message: message) }

    var description: String { "\(self.message) (SQLite \(self.code))" }
}
