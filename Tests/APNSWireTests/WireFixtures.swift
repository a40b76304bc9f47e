import APNSWire
import NIOCore
import PushVocabulary

/// The bytes that hexadecimal digits spell; spaces are for the reader.
func hex(_ digits: String) -> [UInt8] {
    guard let bytes = Hexadecimal.bytes(from: digits.filter { $0 != " " }) else {
        preconditionFailure("a test spells bytes wrongly: \(digits)")
    }
    return bytes
}

enum Fixture {
    static let token = Array(0..<32 as Range<UInt8>)
    /// 22 bytes.
    static let payload = Array(#"{"aps":{"alert":"Hi"}}"#.utf8)
    /// Item 1 with `token`, 35 bytes, and item 2 with `payload`, 25 bytes.
    static let tokenItem = hex("01 0020") + token
    static let payloadItem = hex("02 0016") + payload

    /// A command 2 frame around items.
    static func itemFrame(_ items: [UInt8]...) -> [UInt8] {
        let body = Array(items.joined())
        return [2] + bigEndian(UInt32(body.count)) + body
    }

    static func bigEndian(_ integer: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: integer.bigEndian) { Array($0) }
    }
}

/// A frame's content, free of the buffer it stood in.
struct FrameContent: Hashable {
    var command: UInt8
    var token: [UInt8]
    var payload: [UInt8]
    var identifier: UInt32?
    var expiry: UInt32?
    var priority: UInt8?
    var bytes: [UInt8]
}

extension FrameContent {
    init(_ frame: ProviderFrame) {
        self.init(
            command: frame.command,
            token: Array(frame.token),
            payload: Array(frame.payload),
            identifier: frame.identifier,
            expiry: frame.expiry,
            priority: frame.priority,
            bytes: Array(frame.bytes.readableBytesView)
        )
    }

    /// A well-formed frame, built without the encoder: any command, any item order, items that nobody knows.
    static func random(
        tokenSizes: ClosedRange<Int> = 32...32,
        payloadSizes: ClosedRange<Int> = 1...80,
        using random: inout SeededGenerator
    ) -> FrameContent {
        let token = random.bytes(Int.random(in: tokenSizes, using: &random))
        let payload = random.bytes(Int.random(in: payloadSizes, using: &random))
        let integers = (UInt32(truncatingIfNeeded: random.next()), UInt32(truncatingIfNeeded: random.next()))
        let ending = Self.sized(token) + Self.sized(payload)
        switch UInt8.random(in: 0...2, using: &random) {
        case 0: return FrameContent(command: 0, token: token, payload: payload, bytes: [0] + ending)
        case 1:
            let head = [1] + Fixture.bigEndian(integers.0) + Fixture.bigEndian(integers.1)
            return FrameContent(
                command: 1,
                token: token,
                payload: payload,
                identifier: integers.0,
                expiry: integers.1,
                bytes: head + ending
            )
        default:
            var frame = FrameContent(command: 2, token: token, payload: payload, bytes: [])
            if Bool.random(using: &random) { frame.identifier = integers.0 }
            if Bool.random(using: &random) { frame.expiry = integers.1 }
            if Bool.random(using: &random) { frame.priority = UInt8.random(in: 0...255, using: &random) }
            frame.bytes = frame.shuffledItems(using: &random)
            return frame
        }
    }

    private func shuffledItems(using random: inout SeededGenerator) -> [UInt8] {
        var items = [[1] + Self.sized(self.token), [2] + Self.sized(self.payload)]
        if let identifier { items.append([3, 0, 4] + Fixture.bigEndian(identifier)) }
        if let expiry { items.append([4, 0, 4] + Fixture.bigEndian(expiry)) }
        if let priority { items.append([5, 0, 1, priority]) }
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            items.append([UInt8.random(in: 6...255, using: &random)] + Self.sized(random.bytes(Int(random.next() % 9))))
        }
        items.shuffle(using: &random)
        let body = Array(items.joined())
        return [2] + Fixture.bigEndian(UInt32(body.count)) + body
    }

    private static func sized(_ bytes: [UInt8]) -> [UInt8] { Fixture.bigEndian(UInt16(bytes.count)) + bytes }
}

/// A byte stream cut into reads: single bytes, small pieces or large ones.
func randomReads(of stream: [UInt8], using random: inout SeededGenerator) -> [ArraySlice<UInt8>] {
    let largest = [1, 3, 16, 200, max(1, stream.count)][Int(random.next() % 5)]
    var reads: [ArraySlice<UInt8>] = []
    var rest = stream[...]
    while !rest.isEmpty {
        let size = min(rest.count, Int.random(in: 1...largest, using: &random))
        reads.append(rest.prefix(size))
        rest = rest.dropFirst(size)
    }
    return reads
}

extension [UInt8] {
    /// A few random faults: bytes changed, dropped, doubled, the end cut off.
    mutating func damage(using random: inout SeededGenerator) {
        for _ in 0...Int(random.next() % 3) where !self.isEmpty {
            let place = Int.random(in: 0..<self.count, using: &random)
            switch random.next() % 5 {
            case 0: self[place] = UInt8.random(in: 0...255, using: &random)
            case 1: self[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: self.remove(at: place)
            case 3: self.insert(self[place], at: place)
            default: self.removeSubrange(place...)
            }
        }
    }
}
