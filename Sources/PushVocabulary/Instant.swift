/// A point of product time: nanoseconds since 1970-01-01 00:00 UTC.
package struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var nanosecondsSinceEpoch: Int64

    package init(nanosecondsSinceEpoch: Int64) {
        self.nanosecondsSinceEpoch = nanosecondsSinceEpoch
    }

    package init(unixSeconds: Int64) {
        self.nanosecondsSinceEpoch = unixSeconds * 1_000_000_000
    }

    /// Whole seconds since 1970, rounded down: the unit of every time stamp on the provider's wire.
    package var unixSeconds: Int64 { Self.floorDivide(self.nanosecondsSinceEpoch, 1_000_000_000) }
    /// Whole milliseconds since 1970, rounded down.
    package var unixMilliseconds: Int64 { Self.floorDivide(self.nanosecondsSinceEpoch, 1_000_000) }

    package func advanced(by step: Duration) -> Instant {
        Instant(nanosecondsSinceEpoch: self.nanosecondsSinceEpoch + step.wholeNanoseconds)
    }

    package func duration(to later: Instant) -> Duration {
        .nanoseconds(later.nanosecondsSinceEpoch - self.nanosecondsSinceEpoch)
    }

    package static func + (instant: Instant, step: Duration) -> Instant { instant.advanced(by: step) }
    package static func - (instant: Instant, step: Duration) -> Instant { instant.advanced(by: .zero - step) }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Duration {
    /// The whole of this duration in nanoseconds; what is finer is dropped.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

// MARK: - Text

extension Instant {
    /// RFC 3339 in UTC with milliseconds, as the control API writes times: `2014-05-01T00:00:00.000Z`.
    package var description: String {
        let milliseconds = self.unixMilliseconds
        let days = Self.floorDivide(milliseconds, 86_400_000)
        let rest = Int(milliseconds - days * 86_400_000)
        let (year, month, day) = Self.civilDate(daysSinceEpoch: days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        Self.append(year, width: 4, to: &text)
        text.append(UInt8(ascii: "-"))
        Self.append(month, width: 2, to: &text)
        text.append(UInt8(ascii: "-"))
        Self.append(day, width: 2, to: &text)
        text.append(UInt8(ascii: "T"))
        Self.append(rest / 3_600_000, width: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        Self.append(rest / 60_000 % 60, width: 2, to: &text)
        text.append(UInt8(ascii: ":"))
        Self.append(rest / 1_000 % 60, width: 2, to: &text)
        text.append(UInt8(ascii: "."))
        Self.append(rest % 1_000, width: 3, to: &text)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ number: Int, width: Int, to text: inout [UInt8]) {
        let start = text.count
        var rest = number
        for _ in 0..<width {
            text.insert(UInt8(ascii: "0") + UInt8(rest % 10), at: start)
            rest /= 10
        }
    }

    /// Days since 1970-01-01 as a date of the proleptic Gregorian calendar.
    ///
    /// Counts from 1 March of year 0, so that the leap day is a year's last: every five months then have 153 days.
    private static func civilDate(daysSinceEpoch days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = Self.floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(day))
    }
}

extension Instant {
    /// Reads RFC 3339: a date, `T` or a space, a time with or without a fraction, and `Z` or an offset.
    ///
    /// - Returns: `nil` for anything else, and for years outside 1700 to 2250.
    package init?(_ text: some StringProtocol) {
        var scanner = TimeScanner(Array(text.utf8))
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(2), scanner.skip(":"), let minute = scanner.number(2), scanner.skip(":"),
            let second = scanner.number(2), let nanoseconds = scanner.fraction(), let offset = scanner.offset(),
            scanner.isAtEnd, 1_700...2_250 ~= year, 1...12 ~= month, 1...31 ~= day, 0...23 ~= hour, 0...59 ~= minute,
            0...60 ~= second
        else { return nil }
        let days = Self.daysSinceEpoch(year: Int64(year), month: Int64(month), day: Int64(day))
        guard Self.civilDate(daysSinceEpoch: days) == (year, month, day) else { return nil }
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second - offset)
        self.init(nanosecondsSinceEpoch: seconds * 1_000_000_000 + Int64(nanoseconds))
    }

    /// The inverse of `civilDate`: years begin on 1 March, so that the leap day is a year's last.
    private static func daysSinceEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = Self.floorDivide(marchYear, 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// Reads the parts of a written time from left to right.
private struct TimeScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: [UInt8]) {
        self.rest = text[...]
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: character) else { return false }
        self.rest.removeFirst()
        return true
    }

    private mutating func digit() -> Int? {
        guard let byte = self.rest.first, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte else { return nil }
        self.rest.removeFirst()
        return Int(byte - UInt8(ascii: "0"))
    }

    /// Exactly `width` digits.
    mutating func number(_ width: Int) -> Int? {
        var number = 0
        for _ in 0..<width {
            guard let digit = self.digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    /// Nanoseconds; 0 where there is no fraction, `nil` for a point without digits.
    mutating func fraction() -> Int? {
        guard self.skip(".") else { return 0 }
        var (nanoseconds, unit, count) = (0, 100_000_000, 0)
        while let digit = self.digit() {
            nanoseconds += digit * unit
            unit /= 10
            count += 1
        }
        return count > 0 ? nanoseconds : nil
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int? {
        if self.skip("Z") || self.skip("z") { return 0 }
        let sign = self.skip("+") ? 1 : self.skip("-") ? -1 : 0
        guard sign != 0, let hours = self.number(2), self.skip(":"), let minutes = self.number(2), hours < 24,
            minutes < 60
        else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}

// MARK: - Kept

/// As nanoseconds since 1970: nothing is lost, unlike in the text for people.
extension Instant: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(nanosecondsSinceEpoch: try decoder.singleValueContainer().decode(Int64.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.nanosecondsSinceEpoch)
    }
}
