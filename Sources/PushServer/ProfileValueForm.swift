import APNSWire

/// How a kind of value is written and read in a profile.
struct ProfileValueForm<Value>: Sendable {
    /// What may be written, for people.
    let values: String
    let text: @Sendable (Value) -> String
    let value: @Sendable (String) -> Value?
}

extension ProfileValueForm where Value == Bool {
    static let yesOrNo = ProfileValueForm(
        values: "yes or no",
        text: { $0 ? "yes" : "no" },
        value: { ["yes": true, "no": false][$0] }
    )
}

extension ProfileValueForm where Value == Int {
    static func number(in range: ClosedRange<Int>) -> ProfileValueForm {
        ProfileValueForm(
            values: "\(range.lowerBound) to \(range.upperBound)",
            text: { String($0) },
            value: { Int($0).flatMap { range.contains($0) ? $0 : nil } }
        )
    }
}

extension ProfileValueForm where Value == Int? {
    static let countOrNever = ProfileValueForm(
        values: "never, or a number of pushes",
        text: { $0.map { String($0) } ?? "never" },
        value: { text in
            if text == "never" { return .some(nil) }
            return Int(text).flatMap { $0 >= 0 ? .some($0) : nil }
        }
    )
}

extension ProfileValueForm where Value == UInt8 {
    /// A TLS alert's description.
    static let alert = ProfileValueForm(
        values: "40, 42, 44, 45, 46, 48 or 80",
        text: { String($0) },
        value: { text in UInt8(text).flatMap { [40, 42, 44, 45, 46, 48, 80].contains($0) ? $0 : nil } }
    )
}

extension ProfileValueForm where Value: Sendable & Strideable & FixedWidthInteger {
    /// `32`, or `1-100`.
    static func span(within range: ClosedRange<Value>) -> ProfileValueForm<ClosedRange<Value>> {
        ProfileValueForm<ClosedRange<Value>>(
            values: "a number or a range such as \(range.lowerBound)-\(range.upperBound)",
            text: { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" },
            value: { text in
                let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Value($0) }
                guard 1...2 ~= ends.count, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
                    range.contains(first), range.contains(last)
                else { return nil }
                return first...last
            }
        )
    }
}

extension ProfileValueForm where Value: Sendable & RawRepresentable & CaseIterable, Value.RawValue == String {
    static var word: ProfileValueForm {
        ProfileValueForm(
            values: Value.allCases.map(\.rawValue).joined(separator: " or "),
            text: { $0.rawValue },
            value: { Value(rawValue: $0) }
        )
    }
}

extension ProfileValueForm where Value == ServiceProfile.UnknownCommandAnswer {
    static let silenceOr128 = ProfileValueForm(
        values: "silence or 128",
        text: { $0 == .silence ? "silence" : "128" },
        value: { ["silence": .silence, "128": .protocolError][$0] }
    )
}

extension ProfileValueForm where Value == ServiceProfile.DuplicateItemAnswer {
    static let keepLastOrStatus = ProfileValueForm(
        values: "keep-last, or the status of a refusal such as 128 or 255",
        text: {
            switch $0 {
            case .keepLast: "keep-last"
            case .reject(let status): String(status.rawValue)
            }
        },
        value: { text in
            if text == "keep-last" { return .keepLast }
            return UInt8(text).flatMap(ErrorStatus.init).map { .reject($0) }
        }
    )
}

extension ProfileValueForm where Value == ServiceProfile.DefectAnswer {
    static let recordOrStatus = ProfileValueForm(
        values: "record, or the status of a refusal such as 1 or 128",
        text: {
            switch $0 {
            case .record: "record"
            case .reject(let status): String(status.rawValue)
            }
        },
        value: { text in
            if text == "record" { return .record }
            return UInt8(text).flatMap(ErrorStatus.init).map { .reject($0) }
        }
    )
}

extension ProfileValueForm where Value == Duration {
    /// `0 ms`, `30 d`: a whole number and a unit.
    static let duration = ProfileValueForm(
        values: "a duration such as 250ms, 10s or 30d",
        text: { duration in
            let milliseconds = Self.milliseconds(of: duration)
            let unit = Self.units.first { milliseconds.isMultiple(of: $0.milliseconds) } ?? ("ms", 1)
            return milliseconds == 0 ? "0s" : "\(milliseconds / unit.milliseconds)\(unit.name)"
        },
        value: { text in
            let digits = text.prefix { "0"..."9" ~= $0 }
            guard let number = Int64(digits),
                let unit = Self.units.first(where: { $0.name == text.dropFirst(digits.count) })
            else { return nil }
            let (milliseconds, overflows) = number.multipliedReportingOverflow(by: unit.milliseconds)
            // A thousand years: times added to it stay representable.
            return overflows || milliseconds > 31_557_600_000_000 ? nil : .milliseconds(milliseconds)
        }
    )

    private static var units: [(name: String, milliseconds: Int64)] {
        [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)]
    }

    private static func milliseconds(of duration: Duration) -> Int64 {
        duration.components.seconds * 1_000 + duration.components.attoseconds / 1_000_000_000_000_000
    }
}
