package import PushBroker

/// How the ledger tells what is said of a frame's priority from what is said of its payload: by the note's first words.
enum PriorityNote {
    static let opening = "the priority is "

    static func isOpening(of note: String?) -> Bool { note?.hasPrefix(Self.opening) == true }
}

extension Ledger {
    /// Notes that a frame's priority is neither 5 nor 10, whether that was refused or not.
    package mutating func attach(otherPriority priority: UInt8, to id: NotificationID) {
        self.attach("\(PriorityNote.opening)\(priority), neither 5 nor 10", to: id)
    }
}
