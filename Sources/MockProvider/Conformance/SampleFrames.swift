import APNSWire
import NIOCore
import PushVocabulary

extension ConformanceTarget {
    /// Each of the three commands, the last one with its items in the usual order.
    static let formats: [(name: String, format: OutgoingNotification.Format)] = [
        ("command 0", .simple), ("command 1", .enhanced), ("command 2", .usualItems),
    ]

    static let identifierFirst = OutgoingNotification.Format.items(order: [3, 1, 2, 4, 5])

    static let payload = Array(#"{"aps":{"alert":"conformance"}}"#.utf8)

    /// The newest that the gateway is expected to know.
    var newestFormat: OutgoingNotification.Format {
        Self.formats[min(2, Int(self.expectations.commands.upperBound))].format
    }

    /// A frame: a good one, unless told otherwise. It asks not to be stored.
    ///
    /// - Parameters:
    ///   - identifier: `nil` leaves item 3 out.
    ///   - format: `nil` takes the newest that the gateway knows.
    func frame(
        _ identifier: UInt32?,
        _ format: OutgoingNotification.Format? = nil,
        token: [UInt8]? = nil,
        payload: [UInt8] = Self.payload,
        expiry: UInt32? = 0,
        priority: UInt8? = 10
    ) -> [UInt8] {
        let notification = OutgoingNotification(
            format: format ?? self.newestFormat,
            token: token ?? self.goodToken.bytes,
            payload: payload,
            identifier: identifier,
            expiry: expiry,
            priority: priority
        )
        var buffer = ByteBuffer()
        notification.write(into: &buffer)
        return Array(buffer.readableBytesView)
    }

    /// What pushy sent to learn that all before it had been read: no token, no payload.
    func knownBadFrame(_ identifier: UInt32) -> [UInt8] {
        self.frame(identifier, Self.identifierFirst, token: [], payload: [])
    }

    /// A frame with an empty token, which any gateway can tell from a good one. In command 2 its identifier stands
    /// first.
    func badFrame(_ identifier: UInt32, _ format: OutgoingNotification.Format? = nil) -> [UInt8] {
        let format = format ?? self.newestFormat
        return self.frame(identifier, format == .usualItems ? Self.identifierFirst : format, token: [])
    }

    /// Only who keeps a list of tokens can refuse it.
    func unknownTokenFrame(_ identifier: UInt32?, _ format: OutgoingNotification.Format = .enhanced) -> [UInt8] {
        self.frame(identifier, format, token: self.unknownToken.bytes)
    }

    /// A token of another size: the good one, cut or padded with FF.
    func token(size: Int) -> [UInt8] {
        let bytes = self.goodToken.bytes
        return Array(bytes.prefix(size)) + Array(repeating: 0xFF, count: max(0, size - bytes.count))
    }

    /// JSON of so many bytes, 22 or more, in characters of one byte or of two.
    static func payload(size: Int, character: String = "x") -> [UInt8] {
        let (start, end) = (#"{"aps":{"alert":""#, #""}}"#)
        let space = size - start.utf8.count - end.utf8.count
        let text = String(repeating: character, count: space / character.utf8.count)
        let filling = String(repeating: "x", count: space - text.utf8.count)
        return Array((start + text + filling + end).utf8)
    }

    var payloadAtLimit: [UInt8] { Self.payload(size: self.expectations.maximumPayloadSize) }
    var payloadTooLong: [UInt8] { Self.payload(size: self.expectations.maximumPayloadSize + 1) }
}

/// Parts of frames that are wrong in ways that an encoder of notifications does not offer.
enum RawFrame {
    static func uint16(_ value: Int) -> [UInt8] {
        [UInt8(truncatingIfNeeded: value >> 8), UInt8(truncatingIfNeeded: value)]
    }

    static func uint32(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    /// - Parameter stated: the length to state; `nil` states the truth.
    static func item(_ number: UInt8, _ bytes: [UInt8], stated: Int? = nil) -> [UInt8] {
        [number] + self.uint16(stated ?? bytes.count) + bytes
    }

    /// - Parameter lengthError: how much more than the truth the frame length says.
    static func items(_ items: [[UInt8]], lengthError: Int = 0) -> [UInt8] {
        let body = items.flatMap(\.self)
        return [2] + self.uint32(UInt32(body.count + lengthError)) + body
    }

    /// Command 1 up to the token's length, which may be anything.
    static func enhanced(_ identifier: UInt32, tokenSize: Int) -> [UInt8] {
        [1] + self.uint32(identifier) + self.uint32(0) + self.uint16(tokenSize)
    }
}
