import PushServer
import PushVocabulary

/// `{"type": ..., ...}`: the type names the action, the other members are its settings.
extension FaultAction {
    private static let types = [
        "answer", "shutdown", "lateAnswer", "close", "reset", "halfClose", "delay", "stall", "blackHole", "lose",
        "closeWhenIdle", "split", "truncate", "alert", "holdOpen", "nothing", "ignore", "refuse",
    ]
    private static let longest = 1...86_400_000

    init(_ json: JSONValue, at pointer: String) throws(ControlError) {
        guard case .object(let members) = json, case .string(let type)? = json["type"] else {
            throw .invalid(
                .pointer(pointer),
                "must be an object with a type: \(Self.types.joined(separator: ", "))"
            )
        }
        func reader(_ fields: [String]) throws(ControlError) -> BodyReader {
            try BodyReader(.object(members), at: pointer, fields: ["type"] + fields)
        }
        func required(_ name: String, in range: ClosedRange<Int>) throws(ControlError) -> Int {
            let body = try reader([name])
            guard let value = try body.integer(name, in: range) else { throw body.invalid(name, "must be given") }
            return value
        }
        switch type {
        case "answer": self = try Self.answer(reader(["status", "identifier", "keepOpen"]))
        case "lateAnswer":
            let body = try reader(["status", "afterFrames"])
            self = .lateAnswer(
                status: UInt8(try body.integer("status", in: 0...255) ?? 8),
                afterFrames: try body.integer("afterFrames", in: 0...1_000_000) ?? 1
            )
        case "delay": self = .delay(.milliseconds(try required("ms", in: Self.longest)))
        case "closeWhenIdle": self = .closeWhenIdle(.milliseconds(try required("ms", in: Self.longest)))
        case "split": self = .split(bytes: try required("bytes", in: 1...65_536))
        case "truncate": self = .truncate(bytes: try required("bytes", in: 0...65_536))
        case "alert": self = .alert(UInt8(try required("description", in: 0...255)))
        default:
            guard let plain = Self.plain[type] else {
                throw .invalid(
                    .pointer("\(pointer)/type"),
                    "must be one of \(Self.types.joined(separator: ", "))"
                )
            }
            _ = try reader([])
            self = plain
        }
    }

    private static let plain: [String: FaultAction] = [
        "shutdown": .shutdown, "close": .silentClose, "reset": .reset, "halfClose": .halfClose, "stall": .stall,
        "blackHole": .blackHole, "lose": .lose, "holdOpen": .holdOpen, "nothing": .nothing, "ignore": .ignore,
        "refuse": .refuse,
    ]

    private static func answer(_ body: BodyReader) throws(ControlError) -> FaultAction {
        guard let status = try body.integer("status", in: 0...255) else {
            throw body.invalid("status", "must be given: a status from 0 to 255")
        }
        let identifier: IdentifierRule
        switch body["identifier"] {
        case nil, .string("own")?: identifier = .own
        case .string("zero")?: identifier = .zero
        case .string("lastAccepted")?: identifier = .lastAccepted
        default:
            guard let number = try body.integer("identifier", in: 0...Int(UInt32.max)) else {
                throw body.invalid("identifier", "must be own, zero, lastAccepted or a number")
            }
            identifier = .fixed(UInt32(number))
        }
        return .answer(
            status: UInt8(status),
            identifier: identifier,
            keepsOpen: try body.bool("keepOpen") ?? false
        )
    }

    var json: JSONValue {
        switch self {
        case .answer(let status, let identifier, let keepsOpen):
            let shown: JSONValue =
                switch identifier {
                case .own: "own"
                case .zero: "zero"
                case .lastAccepted: "lastAccepted"
                case .fixed(let number): .number(number)
                }
            return [
                "type": "answer", "status": .number(status), "identifier": shown, "keepOpen": .bool(keepsOpen),
            ]
        case .lateAnswer(let status, let frames):
            return ["type": "lateAnswer", "status": .number(status), "afterFrames": .number(frames)]
        case .delay(let duration): return ["type": "delay", "ms": .number(duration.wholeNanoseconds / 1_000_000)]
        case .closeWhenIdle(let duration):
            return ["type": "closeWhenIdle", "ms": .number(duration.wholeNanoseconds / 1_000_000)]
        case .split(let bytes): return ["type": "split", "bytes": .number(bytes)]
        case .truncate(let bytes): return ["type": "truncate", "bytes": .number(bytes)]
        case .alert(let reason): return ["type": "alert", "description": .number(reason)]
        case .shutdown, .silentClose, .reset, .halfClose, .stall, .blackHole, .lose, .holdOpen, .nothing, .ignore,
            .refuse:
            return ["type": .string(Self.plain.first { $0.value == self }?.key ?? "")]
        }
    }
}
