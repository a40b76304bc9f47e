import PushLedger
import PushVocabulary

/// The conditions on notifications, under the names that queries and `match` objects use.
enum FilterField: String, CaseIterable {
    case topic
    case environment
    case device
    case token
    case verdict
    case fate
    case status
    case identifier
    case connectionId

    static let names = Self.allCases.map(\.rawValue)

    /// In JSON a number, not a string.
    var isNumber: Bool { self == .status || self == .identifier }

    /// - Throws: what a value has to be, as a sentence's end.
    func set(_ text: String, in filter: inout NotificationFilter) throws(ValueDefect) {
        switch self {
        case .topic: filter.topic = Topic(try text.nonEmpty)
        case .environment: filter.environment = try text.choice()
        case .device: filter.device = try text.nonEmpty
        case .token: filter.token = try text.token
        case .verdict: filter.verdict = try text.choice()
        case .fate: filter.fate = try text.choice()
        case .status: filter.status = try text.integer()
        case .identifier: filter.identifier = try text.integer()
        case .connectionId:
            guard let id = ConnectionID(text) else { throw ValueDefect("must be a connection's id, such as c-42") }
            filter.connection = id
        }
    }
}

/// What is wrong with a value, as a sentence's end: `must be ...`.
struct ValueDefect: Error {
    let text: String

    init(_ text: String) {
        self.text = text
    }
}

extension String {
    var nonEmpty: String {
        get throws(ValueDefect) {
            guard !self.isEmpty else { throw ValueDefect("must not be empty") }
            return self
        }
    }

    var token: DeviceToken {
        get throws(ValueDefect) {
            guard let token = DeviceToken(hexadecimal: self) else {
                throw ValueDefect("must be a device token: hexadecimal digits, usually 64")
            }
            return token
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>() throws(ValueDefect) -> Choice
    where Choice.RawValue == String {
        guard let choice = Choice(rawValue: self) else {
            throw ValueDefect("must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func integer<Integer: FixedWidthInteger>(
        in range: ClosedRange<Integer> = Integer.min...Integer.max
    ) throws(ValueDefect) -> Integer {
        guard let number = Integer(self), range ~= number, self.utf8.first != UInt8(ascii: "+") else {
            throw ValueDefect("must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
