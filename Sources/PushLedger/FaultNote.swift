package import PushBroker

/// How the ledger tells a refusal that a fault rule made from one the provider earned: by the note's first words.
enum FaultNote {
    static let opening = "refused by the fault rule "

    static func isOpening(of note: String?) -> Bool { note?.hasPrefix(Self.opening) == true }
}

extension Ledger {
    /// Notes that a fault rule, not the frame, is the reason of a refusal.
    package mutating func attachRefusal(byRule rule: String, to id: NotificationID) {
        self.attach(FaultNote.opening + rule, to: id)
    }
}
