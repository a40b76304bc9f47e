package import PushVocabulary

/// What a phone's user answered when asked whether an app may send notifications.
///
/// The question comes once. It comes again only after the phone was restored, or after the app was gone for a day, which
/// a clock moved forward brings about as well (TN2265, "Resetting the Push Notifications Permissions Alert on iOS").
package struct PermissionBook: Hashable, Sendable {
    package enum Answer: String, Hashable, Sendable, CaseIterable {
        case granted
        case denied
    }

    /// How long the answer about an app that is gone is remembered.
    package static let memory: Duration = .seconds(24 * 3_600)

    private struct Note: Hashable {
        var answer: Answer
        /// When the app was uninstalled; `nil`: it is there.
        var goneSince: Instant?

        func isForgotten(at now: Instant) -> Bool { self.goneSince.map { $0 + PermissionBook.memory <= now } ?? false }
    }

    private var notes: [Topic: Note] = [:]

    package init() {}

    /// `nil`: the user will be asked.
    package func answer(for topic: Topic) -> Answer? { self.notes[topic]?.answer }

    package mutating func installed(_ topic: Topic, at now: Instant) {
        guard let note = self.notes[topic] else { return }
        if note.isForgotten(at: now) { self.notes[topic] = nil } else { self.notes[topic]?.goneSince = nil }
    }

    package mutating func uninstalled(_ topic: Topic, at now: Instant) {
        self.notes = self.notes.filter { !$0.value.isForgotten(at: now) }
        self.notes[topic]?.goneSince = now
    }

    package mutating func answered(_ topic: Topic, _ answer: Answer) { self.notes[topic] = Note(answer: answer) }

    /// The phone was restored.
    package mutating func forgetAll() { self.notes = [:] }
}
