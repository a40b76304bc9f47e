/// Something that keeps Gatehouse from doing what it was asked to: what is wrong, where, and what to do about it.
public struct GatehouseError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whose trouble it is. The raw value is the exit status of the command line.
    public enum Category: Int32, Sendable {
        /// What was asked for did not come true, or not in time.
        case notSatisfied = 1
        /// Wrong usage, or a configuration that cannot be.
        case usage = 2
        /// An address cannot be bound, a file cannot be read or written.
        case unavailable = 3
        /// No server answers, or it refuses.
        case unreachable = 4
        /// A fault of Gatehouse itself.
        case internalFault = 70
    }

    public let category: Category
    public let message: String

    public init(_ category: Category, _ message: String) {
        self.category = category
        self.message = message
    }

    public var description: String { self.message }
}
