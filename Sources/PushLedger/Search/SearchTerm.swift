package import PushBroker
package import PushVocabulary

/// One condition on a notification beyond the exact ones of `NotificationFilter`.
package struct SearchTerm: Hashable, Sendable {
    package var condition: SearchCondition
    package var isNegated: Bool

    package init(_ condition: SearchCondition, isNegated: Bool = false) {
        self.condition = condition
        self.isNegated = isNegated
    }

    package func matches(_ entry: NotificationEntry) -> Bool { self.condition.matches(entry) != self.isNegated }
}

/// What a term looks at.
package enum SearchCondition: Hashable, Sendable {
    case topic(TextPattern)
    case device(TextPattern)
    /// In lowercase hexadecimal digits.
    case token(TextPattern)
    case environment(Environment)
    case verdict(VerdictKind)
    case fate(FateKind)
    case status(ClosedRange<UInt8>)
    case identifier(ClosedRange<UInt32>)
    case connection(ConnectionID)
    case command(ClosedRange<UInt8>)
    case priority(ClosedRange<UInt8>)
    case payloadBytes(ClosedRange<Int>)
    /// Received at this instant of product time or later.
    case since(Instant)
    /// Received before this instant of product time.
    case before(Instant)
    case payload(PayloadTest)

    package func matches(_ entry: NotificationEntry) -> Bool {
        switch self {
        case .topic(let pattern): entry.topic.map { pattern.matches($0.name) } ?? false
        case .device(let pattern): entry.device.map { pattern.matches($0) } ?? false
        case .token(let pattern): pattern.matches(Hexadecimal.string(from: entry.tokenBytes))
        case .environment(let environment): entry.environment == environment
        case .verdict(let verdict): entry.verdict.kind == verdict
        case .fate(let fate): entry.fate?.kind == fate
        case .status(let range): if case .rejected(let status) = entry.verdict { range ~= status } else { false }
        case .identifier(let range): entry.wire.identifier.map { range ~= $0 } ?? false
        case .connection(let connection): entry.connection == connection
        case .command(let range): range ~= entry.wire.command
        case .priority(let range): entry.wire.priority.map { range ~= $0 } ?? false
        case .payloadBytes(let range): range ~= entry.content.payload.count
        case .since(let instant): entry.clockAt >= instant
        case .before(let instant): entry.clockAt < instant
        case .payload(let test): test.matches(entry.content.payload)
        }
    }
}

/// Text that is equal, begins and ends in some way, or contains something.
package enum TextPattern: Hashable, Sendable, CustomStringConvertible {
    case exactly(String)
    /// Each part stands behind the one before it, with anything between them.
    case parts([String])
    case containing(String)

    /// - Parameter text: as it is, unless it begins with `~` (contains what follows) or has a `*` (anything).
    package init(_ text: String) {
        if text.hasPrefix("~") {
            self = .containing(String(text.dropFirst()))
        } else if text.contains("*") {
            self = .parts(text.split(separator: "*", omittingEmptySubsequences: false).map(String.init))
        } else {
            self = .exactly(text)
        }
    }

    package func matches(_ text: String) -> Bool {
        switch self {
        case .exactly(let wanted): return text == wanted
        case .containing(let part): return part.isEmpty || Self.range(of: part, in: text[...]) != nil
        case .parts(let parts):
            guard let first = parts.first, let last = parts.last, text.hasPrefix(first) else { return false }
            var rest = text.dropFirst(first.count)
            for part in parts.dropFirst().dropLast() where !part.isEmpty {
                guard let end = Self.range(of: part, in: rest)?.upperBound else { return false }
                rest = rest[end...]
            }
            return rest.hasSuffix(last)
        }
    }

    private static func range(of part: String, in text: Substring) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(part) { return start..<text.index(start, offsetBy: part.count) }
            start = text.index(after: start)
        }
        return nil
    }

    package var description: String {
        switch self {
        case .exactly(let text): text
        case .parts(let parts): parts.joined(separator: "*")
        case .containing(let part): "~\(part)"
        }
    }
}

/// A condition on a payload, by somebody who can read it. Two of the same text are the same.
package struct PayloadTest: Hashable, Sendable {
    /// For people.
    package let text: String
    private let test: @Sendable (ArraySlice<UInt8>) -> Bool

    package init(_ text: String, _ test: @escaping @Sendable (ArraySlice<UInt8>) -> Bool) {
        self.text = text
        self.test = test
    }

    package func matches(_ payload: ArraySlice<UInt8>) -> Bool { self.test(payload) }
    package static func == (left: PayloadTest, right: PayloadTest) -> Bool { left.text == right.text }
    package func hash(into hasher: inout Hasher) { hasher.combine(self.text) }
}
