import APNSWire
import NIOCore
import PushTestSupport
import Testing

private let token = Fixture.token
private let payload = Fixture.payload
private let tokenItem = Fixture.tokenItem
private let payloadItem = Fixture.payloadItem
private let seven = hex("03 0004 00000007")
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
                "payload of 0",
                hex("00 0020") + token + hex("0000 00"),
                shownAt: 37,
                .missingPayload,
                .missingPayload
            ),
            MalformedFrame(
                "payload of 2,049",
                hex("00 0020") + token + hex("0801 7b22"),
                shownAt: 37,
                .payloadSize(2_049),
                .invalidPayloadSize
            ),
            MalformedFrame(
                "token and payload of 0",
                hex("00 0000 0000"),
                shownAt: 3,
                .missingToken,
                .missingDeviceToken
            ),
        ]
    )
    func `command 0 is refused without an identifier`(_ frame: MalformedFrame) { frame.judge() }

    @Test(
        .seed("004-12", "004-17"),
        arguments: [
            MalformedFrame(
                "token of 0",
                enhanced + hex("0000 0016") + payload,
                shownAt: 11,
                .missingToken,
                .missingDeviceToken,
                identifier: 7
            ),
            MalformedFrame(
                "token of 31",
                enhanced + hex("001f") + token,
                shownAt: 11,
                .tokenSize(31),
                .invalidTokenSize,
                identifier: 7
            ),
            MalformedFrame(
                "token of 100",
                enhanced + hex("0064") + token,
                shownAt: 11,
                .tokenSize(100),
                .invalidTokenSize,
                identifier: 7
            ),
            MalformedFrame(
                "token of 65,535",
                enhanced + hex("ffff") + token,
                shownAt: 11,
                .tokenSize(65_535),
                .invalidTokenSize,
                identifier: 7
            ),
            MalformedFrame(
                "payload of 0",
                enhanced + hex("0020") + token + hex("0000 01"),
                shownAt: 45,
                .missingPayload,
                .missingPayload,
                identifier: 7
            ),
            MalformedFrame(
                "payload of 2,049",
                enhanced + hex("0020") + token + hex("0801"),
                shownAt: 45,
                .payloadSize(2_049),
                .invalidPayloadSize,
                identifier: 7
            ),
            MalformedFrame(
                "token and payload of 0",
                enhanced + hex("0000 0000"),
                shownAt: 11,
                .missingToken,
                .missingDeviceToken,
                identifier: 7
            ),
            MalformedFrame(
                "token of 36 called 32: its rest is read as a payload length",
                enhanced + hex("0020") + token + hex("20212223 0016") + payload,
                shownAt: 45,
                .payloadSize(0x2021),
                .invalidPayloadSize,
                identifier: 7
            ),
            MalformedFrame(
                "java-apns testing its connection",
                hex("01 00000000 00000000 0001 00 0001 00"),
                shownAt: 11,
                .tokenSize(1),
                .invalidTokenSize,
                identifier: 0
            ),
        ]
    )
    func `command 1 is refused with its identifier`(_ frame: MalformedFrame) { frame.judge() }

    @Test(arguments: [3, 4, 8, 0x0A, 0x7B, 0x80, 0xFF] as [UInt8])
    func `a byte that is no command is refused at once and never stepped over`(_ command: UInt8) {
        MalformedFrame(
            "command \(command)",
            [command] + FrameVector.all[1].bytes,
            shownAt: 1,
            .unknownCommand(command),
            .protocolError
        ).judge()
    }

    @Test(arguments: [
        MalformedFrame("frame length 0", hex("02 00000000 02"), shownAt: 5, .missingToken, .missingDeviceToken),
        MalformedFrame(
            "frame length 65,536",
            hex("02 00010000") + tokenItem,
            shownAt: 5,
            .frameLength(65_536),
            .protocolError
        ),
        MalformedFrame(
            "frame length 4,294,967,295",
            hex("02 ffffffff"),
            shownAt: 5,
            .frameLength(0xFFFF_FFFF),
            .protocolError
        ),
        MalformedFrame("frame of 2 bytes", hex("02 00000002 0000"), shownAt: 5, .missingToken, .missingDeviceToken),
        MalformedFrame(
            "1 byte too many",
            frame(tokenItem, payloadItem, [0]),
            shownAt: 43,
            .trailingBytes(1),
            .protocolError
        ),
        MalformedFrame(
            "2 bytes too many",
            frame(seven, tokenItem, payloadItem, [5, 0]),
            shownAt: 50,
            .trailingBytes(2),
            .protocolError,
            identifier: 7
        ),
        MalformedFrame(
            "2 bytes instead of a payload",
            frame(tokenItem, [2, 0]),
            shownAt: 8,
            .missingPayload,
            .missingPayload
        ),
    ])
    func `a command 2 frame of impossible length is refused at its header`(_ frame: MalformedFrame) {
        frame.judge()
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
            .missingToken, .tokenSize(31), .missingPayload, .payloadSize(2_049), .unknownCommand(9),
            .frameLength(70_000),
            .itemSize(item: 3, size: 5), .duplicateItem(1), .itemOverrun(2), .trailingBytes(1),
        ] as [FrameRejection.Reason] {
            #expect("\(FrameRejection(reason, command: 2, identifier: nil))".count > 15)
        }
    }
}
