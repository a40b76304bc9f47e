import PushBroker
import PushLedger
import PushVocabulary

/// The search language of API, command line and dashboard: terms with spaces between them, which must all agree.
///
/// `field:value` is equality, `field:ab*` and `field:~part` are not; `field:3..9` is a range; `!` before a term turns it
/// round; a word alone stands somewhere in the payload; quotes hold words together.
package enum SearchLanguage {
    /// The fields, for a sentence.
    package static let fields = [
        "topic", "device", "token", "environment", "verdict", "fate", "status", "identifier", "connectionId", "command",
        "priority", "bytes", "after", "before", "has", "payload",
    ]
    /// More would make every look at a notification slow.
    private static let maximumTerms = 32

    /// - Parameters:
    ///   - query: such as `verdict:rejected status:8 token:ab12* !has:badge after:5m`.
    ///   - now: product time, from which `5m` counts back.
    static func terms(_ query: String, now: Instant) throws(ValueDefect) -> [SearchTerm] {
        let words = try Self.words(query)
        guard words.count <= Self.maximumTerms else {
            throw ValueDefect("must have at most \(Self.maximumTerms) terms")
        }
        var terms: [SearchTerm] = []
        for word in words { terms.append(try Self.term(word, now: now)) }
        return terms
    }

    /// Splits at spaces outside of quotes; the quotes themselves are dropped.
    private static func words(_ query: String) throws(ValueDefect) -> [String] {
        var words: [String] = []
        var word: String?
        var isQuoted = false
        for character in query {
            if character == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if character.isWhitespace, !isQuoted {
                if let whole = word { words.append(whole) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard !isQuoted else { throw ValueDefect("must close its quotes") }
        if let word { words.append(word) }
        return words
    }

    private static func term(_ word: String, now: Instant) throws(ValueDefect) -> SearchTerm {
        let isNegated = word.hasPrefix("!")
        let text = isNegated ? String(word.dropFirst()) : word
        guard let colon = text.firstIndex(of: ":") else {
            return SearchTerm(.payload(.containing(try text.nonEmpty)), isNegated: isNegated)
        }
        let field = String(text[..<colon])
        let value = try String(text[text.index(after: colon)...]).nonEmpty
        do throws(ValueDefect) {
            return SearchTerm(try Self.condition(field, value, now: now), isNegated: isNegated)
        } catch {
            throw ValueDefect("has the term \(word), whose value \(error.text)")
        }
    }

    private static func condition(_ field: String, _ value: String, now: Instant) throws(ValueDefect)
        -> SearchCondition
    {
        switch field {
        case "topic": .topic(TextPattern(value))
        case "device": .device(TextPattern(value))
        case "token": .token(TextPattern(value.lowercased()))
        case "environment", "env": .environment(try value.choice())
        case "verdict": .verdict(try value.choice())
        case "fate": .fate(try value.choice())
        case "status": .status(try value.range())
        case "identifier", "id": .identifier(try value.range())
        case "command": .command(try value.range())
        case "priority": .priority(try value.range())
        case "bytes": .payloadBytes(try value.range())
        case "after": .since(try Self.instant(value, now: now))
        case "before": .before(try Self.instant(value, now: now))
        case "has": .payload(.having(value))
        case "payload": .payload(.containing(value.hasPrefix("~") ? String(value.dropFirst()) : value))
        case "connectionId", "connection": try Self.connection(value)
        case _ where field.hasPrefix("payload."):
            .payload(.at(field.dropFirst("payload.".count).split(separator: ".").map(String.init), TextPattern(value)))
        default: throw Self.unknown(field)
        }
    }

    private static func connection(_ value: String) throws(ValueDefect) -> SearchCondition {
        guard let id = ConnectionID(value) else { throw ValueDefect("must be a connection's id, such as c-42") }
        return .connection(id)
    }

    private static func unknown(_ field: String) -> ValueDefect {
        let near = NearestName.of(field, among: Self.fields).map { "; did you mean \($0)?" } ?? ""
        return ValueDefect(
            "belongs to the field \"\(field)\", which does not exist; there are \(Self.fields.joined(separator: ", "))\(near)"
        )
    }

    /// A time, or how long ago: `90s`, `5m`, `2h`, `7d`.
    private static func instant(_ value: String, now: Instant) throws(ValueDefect) -> Instant {
        if let instant = Instant(value) { return instant }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        guard let unit = value.last.flatMap({ units[$0] }), let count = UInt32(value.dropLast()) else {
            throw ValueDefect("must be a time such as 2014-05-01T00:00:00Z, or how long ago, such as 5m")
        }
        return now - .seconds(Int64(count) * unit)
    }
}

extension String {
    /// `7`, `3..9`, `3..` or `..9`.
    fileprivate func range<Integer: FixedWidthInteger>() throws(ValueDefect) -> ClosedRange<Integer> {
        guard let dots = self.firstRange(of: "..") else {
            let number: Integer = try self.integer()
            return number...number
        }
        let (low, high) = (String(self[..<dots.lowerBound]), String(self[dots.upperBound...]))
        let from: Integer = low.isEmpty ? .min : try low.integer()
        let to: Integer = high.isEmpty ? .max : try high.integer()
        guard from <= to else { throw ValueDefect("must have the smaller number first") }
        return from...to
    }
}
