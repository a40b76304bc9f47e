extension Duration {
    /// A duration as people type it: `500ms`, `10s`, `5m`, `2h`, `1d`; a bare number means seconds.
    package init?(typed text: String) {
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
}

extension Duration {
    /// Rounded down.
    var milliseconds: Int64 { self.components.seconds * 1_000 + self.components.attoseconds / 1_000_000_000_000_000 }
}
