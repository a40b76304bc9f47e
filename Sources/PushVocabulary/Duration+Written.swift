extension Duration {
    /// Reads a duration as people write it: `500ms`, `10s`, `5m`, `2h`, `1d`; a bare number means seconds.
    package init?(written text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(number)
        case "", "s": self = .seconds(number)
        case "m": self = .seconds(60 * number)
        case "h": self = .seconds(3_600 * number)
        case "d": self = .seconds(86_400 * number)
        default: return nil
        }
    }

    /// In the largest unit that makes it a whole number: `8m`, `300ms`. What is finer than a millisecond is dropped.
    package var written: String {
        let milliseconds = self.wholeNanoseconds / 1_000_000
        guard milliseconds % 1_000 == 0 else { return "\(milliseconds)ms" }
        let seconds = milliseconds / 1_000
        for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60)] where seconds > 0 && seconds % length == 0
        {
            return "\(seconds / length)\(unit)"
        }
        return "\(seconds)s"
    }
}
