package import PushBroker

/// A topic's small number in the ledger. Given out once by `Ledger.topic(_:)`; a session keeps it.
package struct LedgerTopic: Hashable, Sendable {
    let index: Int32

    /// For frames of a connection whose certificate names no topic.
    package static let none = LedgerTopic(index: 0)
}

/// A device's small number in the ledger. Given out once by `Ledger.device(named:)`; whoever owns the device keeps it.
package struct LedgerDevice: Hashable, Sendable {
    let index: Int32

    /// For frames that address no known device.
    package static let none = LedgerDevice(index: 0)
}

/// Names one connection for as long as the process runs, from 1 up; `c-42` in text.
package struct ConnectionID: RawRepresentable, Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// - Parameter text: `c-` and a number from 1 up, otherwise `nil`.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("c-"), let number = Cursor.number(text.dropFirst(2)), let value = Int(exactly: number),
            value > 0
        else { return nil }
        self.rawValue = value
    }

    package static func < (left: ConnectionID, right: ConnectionID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { "c-\(self.rawValue)" }
}

extension NotificationID {
    /// - Parameter text: `n-` and a number from 1 up, otherwise `nil`.
    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("n-"), let number = Cursor.number(text.dropFirst(2)), number > 0 else { return nil }
        self.init(rawValue: number)
    }
}
