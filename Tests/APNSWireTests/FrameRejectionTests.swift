import APNSWire
import NIOCore
import PushTestSupport
import PushVocabulary
import Testing

/// A frame that is refused, why, and how many of its bytes show it.
struct MalformedFrame: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let shownAt: Int
    let reason: FrameRejection.Reason
    let status: ErrorStatus
    let identifier: UInt32?

    init(
        _ name: String,
        _ bytes: [UInt8],
        shownAt: Int,
        _ reason: FrameRejection.Reason,
        _ status: ErrorStatus,
        identifier: UInt32? = nil
    ) {
        self.testDescription = name
        self.bytes = bytes
        self.shownAt = shownAt
        self.reason = reason
        self.status = status
        self.identifier = identifier
    }
}

private let token = Fixture.token
private let payload = Fixture.payload
private let tokenItem = Fixture.tokenItem
private let payloadItem = Fixture.payloadItem
private let seven = hex("03 0004 00000007")
private let expiry = hex("04 0004 60000000")
private let priority = hex("05 0001 0a")
private let enhanced = hex("01 00000007 60000000")
private func frame(_ items: [UInt8]...) -> [UInt8] { Fixture.itemFrame(Array(items.joined())) }

struct FrameRejectionTests {
    @Test(
        .seed("004-11"),
        arguments: [
            MalformedFrame("token of 0", hex("00 0000 0016"), shownAt: 3, .missingToken, .missingDeviceToken),
            MalformedFrame("token of 31", hex("00 001f") + token, shownAt: 3, .tokenSize(31), .invalidTokenSize),
            MalformedFrame("token of 33", hex("00 0021") + token, shownAt: 3, .tokenSize(33), .invalidTokenSize),
            MalformedFrame(
                "payload of 0", hex("00 0020") + token + hex("0000 00"), shownAt: 37, .missingPayload, .missingPayload),
            MalformedFrame(
                "payload of 2,049", hex("00 0020") + token + hex("0801 7b22"), shownAt: 37, .payloadSize(2_049),
                .invalidPayloadSize),
            MalformedFrame("token and payload of 0", hex("00 0000 0000"), shownAt: 3, .missingToken, .missingDeviceToken),
        ])
    func `command 0 is refused without an identifier`(_ frame: MalformedFrame) { Self.judge(frame) }

    @Test(
        .seed("004-12", "004-17"),
        arguments: [
            MalformedFrame(
                "token of 0", enhanced + hex("0000 0016") + payload, shownAt: 11, .missingToken, .missingDeviceToken,
                identifier: 7),
            MalformedFrame(
                "token of 31", enhanced + hex("001f") + token, shownAt: 11, .tokenSize(31), .invalidTokenSize,
                identifier: 7),
            MalformedFrame(
                "token of 100", enhanced + hex("0064") + token, shownAt: 11, .tokenSize(100), .invalidTokenSize,
                identifier: 7),
            MalformedFrame(
                "token of 65,535", enhanced + hex("ffff") + token, shownAt: 11, .tokenSize(65_535), .invalidTokenSize,
                identifier: 7),
            MalformedFrame(
                "payload of 0", enhanced + hex("0020") + token + hex("0000 01"), shownAt: 45, .missingPayload,
                .missingPayload, identifier: 7),
            MalformedFrame(
                "payload of 2,049", enhanced + hex("0020") + token + hex("0801"), shownAt: 45, .payloadSize(2_049),
                .invalidPayloadSize, identifier: 7),
            MalformedFrame(
                "token and payload of 0", enhanced + hex("0000 0000"), shownAt: 11, .missingToken, .missingDeviceToken,
                identifier: 7),
            MalformedFrame(
                "token of 36 called 32: its rest is read as a payload length",
                enhanced + hex("0020") + token + hex("20212223 0016") + payload, shownAt: 45, .payloadSize(0x2021),
                .invalidPayloadSize, identifier: 7),
            MalformedFrame(
                "java-apns testing its connection", hex("01 00000000 00000000 0001 00 0001 00"), shownAt: 11, .tokenSize(1),
                .invalidTokenSize, identifier: 0),
        ])
    func `command 1 is refused with its identifier`(_ frame: MalformedFrame) { Self.judge(frame) }

    @Test(arguments: [3, 4, 8, 0x0A, 0x7B, 0x80, 0xFF] as [UInt8])
    func `a byte that is no command is refused at once and never stepped over`(_ command: UInt8) {
        Self.judge(
            MalformedFrame(
                "command \(command)", [command] + FrameVector.all[1].bytes, shownAt: 1, .unknownCommand(command),
                .protocolError))
    }

    @Test(arguments: [
        MalformedFrame("frame length 0", hex("02 00000000 02"), shownAt: 5, .missingToken, .missingDeviceToken),
        MalformedFrame(
            "frame length 65,536", hex("02 00010000") + tokenItem, shownAt: 5, .frameLength(65_536), .protocolError),
        MalformedFrame(
            "frame length 4,294,967,295", hex("02 ffffffff"), shownAt: 5, .frameLength(0xFFFF_FFFF), .protocolError),
        MalformedFrame("frame of 2 bytes", hex("02 00000002 0000"), shownAt: 5, .missingToken, .missingDeviceToken),
        MalformedFrame(
            "1 byte too many", frame(tokenItem, payloadItem, [0]), shownAt: 43, .trailingBytes(1), .protocolError),
        MalformedFrame(
            "2 bytes too many", frame(seven, tokenItem, payloadItem, [5, 0]), shownAt: 50, .trailingBytes(2),
            .protocolError, identifier: 7),
        MalformedFrame(
            "2 bytes instead of a payload", frame(tokenItem, [2, 0]), shownAt: 8, .missingPayload, .missingPayload),
    ])
    func `a command 2 frame of impossible length is refused at its header`(_ frame: MalformedFrame) { Self.judge(frame) }

    @Test(
        .seed("004-17"),
        arguments: [
            MalformedFrame(
                "token of 31", frame(hex("01 001f") + token.dropLast(), payloadItem), shownAt: 8, .tokenSize(31),
                .invalidTokenSize),
            MalformedFrame(
                "payload of 0", frame(tokenItem, hex("02 0000"), seven), shownAt: 43, .missingPayload, .missingPayload),
            MalformedFrame(
                "payload of 2,049", frame(tokenItem, hex("02 0801"), [UInt8](repeating: 32, count: 2_049)), shownAt: 43,
                .payloadSize(2_049), .invalidPayloadSize),
            MalformedFrame(
                "token and payload of 0", frame(hex("01 0000 02 0000")), shownAt: 8, .missingToken, .missingDeviceToken),
            MalformedFrame(
                "payload of 0 before a token of 0: in the order of the items", frame(hex("02 0000 01 0000")), shownAt: 8,
                .missingPayload, .missingPayload),
            MalformedFrame(
                "no item 1", frame(seven, payloadItem), shownAt: 15, .missingToken, .missingDeviceToken, identifier: 7),
            MalformedFrame(
                "no item 2", frame(seven, tokenItem), shownAt: 15, .missingPayload, .missingPayload, identifier: 7),
            MalformedFrame("neither", frame(seven), shownAt: 12, .missingToken, .missingDeviceToken, identifier: 7),
            MalformedFrame(
                "only an unknown item", frame(hex("63 0000")), shownAt: 8, .missingToken, .missingDeviceToken),
        ])
    func `a command 2 frame without a usable token and payload says which is missing`(_ frame: MalformedFrame) {
        Self.judge(frame)
    }

    @Test(
        arguments: [(3, 3), (3, 5), (3, 0), (4, 0), (4, 2), (4, 8), (5, 0), (5, 2), (5, 4)] as [(UInt8, Int)])
    func `items 3, 4 and 5 have one size`(_ item: UInt8, size: Int) {
        let wrong = [item] + Fixture.bigEndian(UInt16(size)) + [UInt8](repeating: 0, count: size)
        Self.judge(
            MalformedFrame(
                "first", frame(wrong, tokenItem, payloadItem), shownAt: 8, .itemSize(item: item, size: size),
                .protocolError))
        Self.judge(
            MalformedFrame(
                "last", frame(tokenItem, payloadItem, wrong), shownAt: 68, .itemSize(item: item, size: size),
                .protocolError))
    }

    @Test(arguments: [
        MalformedFrame(
            "token", frame(seven, tokenItem, tokenItem, payloadItem), shownAt: 50, .duplicateItem(1), .protocolError,
            identifier: 7),
        MalformedFrame(
            "token, the second of another size", frame(tokenItem, hex("01 0001 00"), payloadItem), shownAt: 43,
            .duplicateItem(1), .protocolError),
        MalformedFrame(
            "payload", frame(tokenItem, payloadItem, payloadItem, seven), shownAt: 68, .duplicateItem(2), .protocolError),
        MalformedFrame(
            "identifier: the first one counts", frame(seven, hex("03 0004 00000008"), tokenItem, payloadItem), shownAt: 15,
            .duplicateItem(3), .protocolError, identifier: 7),
        MalformedFrame(
            "expiry", frame(expiry, expiry, tokenItem, payloadItem), shownAt: 15, .duplicateItem(4), .protocolError),
        MalformedFrame(
            "priority", frame(priority, seven, priority, tokenItem, payloadItem), shownAt: 19, .duplicateItem(5),
            .protocolError, identifier: 7),
    ])
    func `an item that stands twice is refused with the identifier read so far`(_ frame: MalformedFrame) {
        Self.judge(frame)
    }

    @Test(arguments: [
        MalformedFrame(
            "an unknown item first: the token is missing", frame(hex("09 00ff 00"), tokenItem), shownAt: 8, .missingToken,
            .missingDeviceToken),
        MalformedFrame(
            "an unknown item behind the token: the payload is missing", frame(seven, tokenItem, hex("09 00ff 00")),
            shownAt: 50, .missingPayload, .missingPayload, identifier: 7),
        MalformedFrame(
            "an unknown item behind both", frame(tokenItem, payloadItem, hex("09 0001")), shownAt: 68, .itemOverrun(9),
            .protocolError),
        MalformedFrame(
            "the token itself", frame(hex("01 0020") + token.dropLast()), shownAt: 8, .missingToken, .missingDeviceToken),
        MalformedFrame(
            "the payload itself", frame(tokenItem, hex("02 0016") + payload.dropLast()), shownAt: 43, .missingPayload,
            .missingPayload),
        MalformedFrame(
            "the identifier, which then has not been read", frame(tokenItem, payloadItem, hex("03 0004 0000")), shownAt: 68,
            .itemOverrun(3), .protocolError),
        MalformedFrame(
            "frame length 1 too small", Array(hex("02 0000004d") + FrameVector.all[2].bytes.dropFirst(5)), shownAt: 82,
            .itemOverrun(5), .protocolError, identifier: 0x1122_3344),
        MalformedFrame(
            "token of 30 called 32: the payload item is swallowed",
            frame(hex("01 0020") + token.prefix(30), payloadItem, seven), shownAt: 43, .missingPayload, .missingPayload),
        MalformedFrame(
            "token of 36 called 32: its rest is read as an item",
            frame(hex("01 0020") + token, hex("20212223"), payloadItem, seven), shownAt: 43, .missingPayload,
            .missingPayload),
        MalformedFrame(
            "the same behind item 3", frame(seven, hex("01 0020") + token.prefix(30), payloadItem), shownAt: 50,
            .missingPayload, .missingPayload, identifier: 7),
    ])
    func `an item that runs past its frame ends the walk, and what is missing by then decides`(_ frame: MalformedFrame) {
        Self.judge(frame)
    }

    @Test(arguments: [
        MalformedFrame(
            "pushy's shutdown frame",
            hex("02 00000018 03 0004 00000007 01 0000 02 0000 04 0004 00000000 05 0001 0a"), shownAt: 15, .missingToken,
            .missingDeviceToken, identifier: 7),
        MalformedFrame(
            "the same with item 1 before item 3",
            hex("02 00000018 01 0000 03 0004 00000007 02 0000 04 0004 00000000 05 0001 0a"), shownAt: 8, .missingToken,
            .missingDeviceToken),
        MalformedFrame(
            "node-apn: a wrong token before item 3", frame(hex("01 0001 00"), payloadItem, seven), shownAt: 8,
            .tokenSize(1), .invalidTokenSize),
        MalformedFrame(
            "a long payload before item 3", frame(tokenItem, hex("02 0fff"), [UInt8](repeating: 32, count: 4_095), seven),
            shownAt: 43, .payloadSize(4_095), .invalidPayloadSize),
        MalformedFrame("no item 3 at all", frame(hex("01 0000"), payloadItem), shownAt: 8, .missingToken, .missingDeviceToken),
        MalformedFrame(
            "no payload, found when the whole frame is read, item 3 last", frame(tokenItem, seven), shownAt: 47,
            .missingPayload, .missingPayload, identifier: 7),
        MalformedFrame(
            "identifier 0 is an identifier", frame(hex("03 0004 00000000 01 0000")), shownAt: 15, .missingToken,
            .missingDeviceToken, identifier: 0),
    ])
    func `the identifier of a refused command 2 frame is the one that stood before the mistake`(_ frame: MalformedFrame) {
        Self.judge(frame)
    }

    @Test func `a frame length that leaves an item out turns that item into a command`() {
        var buffer = ByteBuffer(bytes: hex("02 0000004a") + FrameVector.all[2].bytes.dropFirst(5))
        var decoder = ProviderFrameDecoder()
        #expect(decoder.next(in: &buffer).frame.map { $0.priority == nil && $0.identifier == 0x1122_3344 } == true)
        #expect(decoder.next(in: &buffer).rejection?.reason == .unknownCommand(5))
    }

    @Test func `a frame length that is 3 bytes too large waits for bytes that never come`() {
        var buffer = ByteBuffer(bytes: hex("02 00000051") + FrameVector.all[2].bytes.dropFirst(5))
        var decoder = ProviderFrameDecoder()
        #expect(decoder.next(in: &buffer) == .needsMoreBytes)
        // The next frame is then read as the end of this one: its command 1 as a second token.
        buffer.writeBytes(FrameVector.all[1].bytes)
        #expect(decoder.next(in: &buffer).rejection?.reason == .duplicateItem(1))
    }

    @Test func `a frame length of 65,535 is the largest one waited for`() {
        var buffer = ByteBuffer(bytes: hex("02 0000ffff"))
        var decoder = ProviderFrameDecoder()
        #expect(decoder.next(in: &buffer) == .needsMoreBytes)
        decoder = ProviderFrameDecoder(limits: FrameLimits(maximumFrameLength: 2_172))
        #expect(decoder.next(in: &buffer).rejection?.reason == .frameLength(65_535))
    }

    @Test func `a good frame behind a refused one is read once the caller has stepped over it`() {
        var buffer = ByteBuffer(bytes: frame(tokenItem, tokenItem, payloadItem) + FrameVector.all[2].bytes)
        var decoder = ProviderFrameDecoder()
        #expect(decoder.next(in: &buffer).rejection != nil)
        #expect(FrameExtent(of: buffer) == .length(100))
        buffer.moveReaderIndex(forwardBy: 100)
        #expect(decoder.next(in: &buffer).frame?.bytes == ByteBuffer(bytes: FrameVector.all[2].bytes))
    }

    @Test func `every refusal has words for people`() {
        for reason in [
            .missingToken, .tokenSize(31), .missingPayload, .payloadSize(2_049), .unknownCommand(9), .frameLength(70_000),
            .itemSize(item: 3, size: 5), .duplicateItem(1), .itemOverrun(2), .trailingBytes(1),
        ] as [FrameRejection.Reason] {
            #expect("\(FrameRejection(reason, command: 2, identifier: nil))".count > 15)
        }
    }

    /// Refused at the first byte that shows the mistake, whatever is behind it, and not one byte sooner.
    private static func judge(_ frame: MalformedFrame, _ location: SourceLocation = #_sourceLocation) {
        let expected = FrameRejection(frame.reason, command: frame.bytes[0], identifier: frame.identifier)
        #expect(expected.status == frame.status, sourceLocation: location)
        var growing = ByteBuffer()
        var witness = ProviderFrameDecoder()
        for cut in 0...frame.bytes.count {
            let step = cut < frame.shownAt ? ProviderFrameDecoder.Step.needsMoreBytes : .rejected(expected)
            var buffer = ByteBuffer(bytes: frame.bytes.prefix(cut))
            var decoder = ProviderFrameDecoder()
            #expect(decoder.next(in: &buffer) == step, "all of \(cut) bytes at once", sourceLocation: location)
            #expect(buffer.readableBytes == cut, "nothing may be consumed", sourceLocation: location)

            if cut > 0 { growing.writeInteger(frame.bytes[cut - 1]) }
            #expect(witness.next(in: &growing) == step, "byte by byte, at \(cut)", sourceLocation: location)
            #expect(growing.readableBytes == cut, "nothing may be consumed", sourceLocation: location)
        }
    }
}
