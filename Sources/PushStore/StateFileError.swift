/// Why a state file cannot be used. Whatever it is, the file is as it was.
package enum StateFileError: Error, Hashable, Sendable {
    /// It is of some other program, or no database at all.
    case foreign(path: String)
    /// Another version of Gatehouse wrote it, in a form that this one does not know.
    case newer(path: String, format: Int, known: Int)
    case damaged(path: String, detail: String)
    /// Another process uses it; `nil`: it did not say which.
    case inUse(path: String, processIdentifier: Int32?)
    /// The system does not let it be opened, read or made.
    case unavailable(path: String, detail: String)
}

extension StateFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .foreign(let path):
            "\(path) is no state file of Gatehouse, and was left as it is. Name another file, or one that does not exist"
        case .newer(let path, let format, let known):
            "\(path) was written by a newer Gatehouse (format \(format), this one knows up to \(known)), and was left as"
                + " it is. Use that version, or name another file"
        case .damaged(let path, let detail):
            "\(path) is damaged, and was left as it is: \(detail). Restore a copy, or name another file"
        case .inUse(let path, let processIdentifier):
            "\(path) is in use by \(processIdentifier.map { "process \($0)" } ?? "another process")."
                + " Stop that one, or name another file"
        case .unavailable(let path, let detail):
            "\(path) cannot be used: \(detail)"
        }
    }
}
