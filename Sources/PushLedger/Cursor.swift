package import PushBroker

/// A place between two notifications. It stays valid while newer ones arrive, and across resets: what a reset forgot
/// is never found again, from whichever place one looks.
package struct Cursor: Hashable, Sendable, CustomStringConvertible {
    /// Grows with every reset of notifications.
    package let epoch: UInt64
    /// The notification before the place; 0: the beginning.
    let sequence: UInt64

    init(epoch: UInt64, sequence: UInt64) {
        self.epoch = epoch
        self.sequence = sequence
    }

    /// - Parameter text: as `description` wrote it, otherwise `nil`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = Self.number(parts[0]), let sequence = Self.number(parts[1]) else {
            return nil
        }
        self.init(epoch: epoch, sequence: sequence)
    }

    /// Whether a notification comes behind this place.
    package func isBefore(_ id: NotificationID) -> Bool { self.sequence < id.rawValue }

    package var description: String { "\(self.epoch).\(self.sequence)" }

    /// Decimal digits only, without sign or leading zero, so that each number has one text.
    static func number(_ text: some StringProtocol) -> UInt64? {
        guard let first = text.utf8.first, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            first != UInt8(ascii: "0") || text.utf8.count == 1
        else { return nil }
        return UInt64(text)
    }
}
