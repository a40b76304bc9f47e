import APNSWire
import PushTestSupport
import Testing

private let token = Fixture.token
private let payload = Fixture.payload
private let tokenItem = Fixture.tokenItem
private let payloadItem = Fixture.payloadItem
private let seven = hex("03 0004 00000007")
private let expiry = hex("04 0004 60000000")
private let priority = hex("05 0001 0a")
private func frame(_ items: [UInt8]...) -> [UInt8] { Fixture.itemFrame(Array(items.joined())) }

struct ItemFrameRejectionTests {
    @Test(
        .seed("004-17"),
        arguments: [
            MalformedFrame(
                "token of 31",
                frame(hex("01 001f") + token.dropLast(), payloadItem),
                shownAt: 8,
                .tokenSize(31),
                .invalidTokenSize
            ),
            MalformedFrame(
                "payload of 0",
                frame(tokenItem, hex("02 0000"), seven),
                shownAt: 43,
                .missingPayload,
                .missingPayload
            ),
            MalformedFrame(
                "payload of 2,049",
                frame(tokenItem, hex("02 0801"), [UInt8](repeating: 32, count: 2_049)),
                shownAt: 43,
                .payloadSize(2_049),
                .invalidPayloadSize
            ),
            MalformedFrame(
                "token and payload of 0",
                frame(hex("01 0000 02 0000")),
                shownAt: 8,
                .missingToken,
                .missingDeviceToken
            ),
            MalformedFrame(
                "payload of 0 before a token of 0: in the order of the items",
                frame(hex("02 0000 01 0000")),
                shownAt: 8,
                .missingPayload,
                .missingPayload
            ),
            MalformedFrame(
                "no item 1",
                frame(seven, payloadItem),
                shownAt: 15,
                .missingToken,
                .missingDeviceToken,
                identifier: 7
            ),
            MalformedFrame(
                "no item 2",
                frame(seven, tokenItem),
                shownAt: 15,
                .missingPayload,
                .missingPayload,
                identifier: 7
            ),
            MalformedFrame("neither", frame(seven), shownAt: 12, .missingToken, .missingDeviceToken, identifier: 7),
            MalformedFrame(
                "only an unknown item",
                frame(hex("63 0000")),
                shownAt: 8,
                .missingToken,
                .missingDeviceToken
            ),
        ]
    )
    func `a command 2 frame without a usable token and payload says which is missing`(_ frame: MalformedFrame) {
        frame.judge()
    }

    @Test(
        arguments: [(3, 3), (3, 5), (3, 0), (4, 0), (4, 2), (4, 8), (5, 0), (5, 2), (5, 4)] as [(UInt8, Int)]
    )
    func `items 3, 4 and 5 have one size`(_ item: UInt8, size: Int) {
        let wrong = [item] + Fixture.bigEndian(UInt16(size)) + [UInt8](repeating: 0, count: size)
        MalformedFrame(
            "first",
            frame(wrong, tokenItem, payloadItem),
            shownAt: 8,
            .itemSize(item: item, size: size),
            .protocolError
        ).judge()
        MalformedFrame(
            "last",
            frame(tokenItem, payloadItem, wrong),
            shownAt: 68,
            .itemSize(item: item, size: size),
            .protocolError
        ).judge()
    }

    @Test(arguments: [
        MalformedFrame(
            "token",
            frame(seven, tokenItem, tokenItem, payloadItem),
            shownAt: 50,
            .duplicateItem(1),
            .protocolError,
            identifier: 7
        ),
        MalformedFrame(
            "token, the second of another size",
            frame(tokenItem, hex("01 0001 00"), payloadItem),
            shownAt: 43,
            .duplicateItem(1),
            .protocolError
        ),
        MalformedFrame(
            "payload",
            frame(tokenItem, payloadItem, payloadItem, seven),
            shownAt: 68,
            .duplicateItem(2),
            .protocolError
        ),
        MalformedFrame(
            "identifier: the first one counts",
            frame(seven, hex("03 0004 00000008"), tokenItem, payloadItem),
            shownAt: 15,
            .duplicateItem(3),
            .protocolError,
            identifier: 7
        ),
        MalformedFrame(
            "expiry",
            frame(expiry, expiry, tokenItem, payloadItem),
            shownAt: 15,
            .duplicateItem(4),
            .protocolError
        ),
        MalformedFrame(
            "priority",
            frame(priority, seven, priority, tokenItem, payloadItem),
            shownAt: 19,
            .duplicateItem(5),
            .protocolError,
            identifier: 7
        ),
    ])
    func `an item that stands twice is refused with the identifier read so far`(_ frame: MalformedFrame) {
        frame.judge()
    }

    @Test(arguments: [
        MalformedFrame(
            "an unknown item first: the token is missing",
            frame(hex("09 00ff 00"), tokenItem),
            shownAt: 8,
            .missingToken,
            .missingDeviceToken
        ),
        MalformedFrame(
            "an unknown item behind the token: the payload is missing",
            frame(seven, tokenItem, hex("09 00ff 00")),
            shownAt: 50,
            .missingPayload,
            .missingPayload,
            identifier: 7
        ),
        MalformedFrame(
            "an unknown item behind both",
            frame(tokenItem, payloadItem, hex("09 0001")),
            shownAt: 68,
            .itemOverrun(9),
            .protocolError
        ),
        MalformedFrame(
            "the token itself",
            frame(hex("01 0020") + token.dropLast()),
            shownAt: 8,
            .missingToken,
            .missingDeviceToken
        ),
        MalformedFrame(
            "the payload itself",
            frame(tokenItem, hex("02 0016") + payload.dropLast()),
            shownAt: 43,
            .missingPayload,
            .missingPayload
        ),
        MalformedFrame(
            "the identifier, which then has not been read",
            frame(tokenItem, payloadItem, hex("03 0004 0000")),
            shownAt: 68,
            .itemOverrun(3),
            .protocolError
        ),
        MalformedFrame(
            "frame length 1 too small",
            Array(hex("02 0000004d") + FrameVector.all[2].bytes.dropFirst(5)),
            shownAt: 82,
            .itemOverrun(5),
            .protocolError,
            identifier: 0x1122_3344
        ),
        MalformedFrame(
            "token of 30 called 32: the payload item is swallowed",
            frame(hex("01 0020") + token.prefix(30), payloadItem, seven),
            shownAt: 43,
            .missingPayload,
            .missingPayload
        ),
        MalformedFrame(
            "token of 36 called 32: its rest is read as an item",
            frame(hex("01 0020") + token, hex("20212223"), payloadItem, seven),
            shownAt: 43,
            .missingPayload,
            .missingPayload
        ),
        MalformedFrame(
            "the same behind item 3",
            frame(seven, hex("01 0020") + token.prefix(30), payloadItem),
            shownAt: 50,
            .missingPayload,
            .missingPayload,
            identifier: 7
        ),
    ])
    func `an item that runs past its frame ends the walk, and what is missing by then decides`(_ frame: MalformedFrame)
    {
        frame.judge()
    }

    @Test(arguments: [
        MalformedFrame(
            "pushy's shutdown frame",
            hex("02 00000018 03 0004 00000007 01 0000 02 0000 04 0004 00000000 05 0001 0a"),
            shownAt: 15,
            .missingToken,
            .missingDeviceToken,
            identifier: 7
        ),
        MalformedFrame(
            "the same with item 1 before item 3",
            hex("02 00000018 01 0000 03 0004 00000007 02 0000 04 0004 00000000 05 0001 0a"),
            shownAt: 8,
            .missingToken,
            .missingDeviceToken
        ),
        MalformedFrame(
            "node-apn: a wrong token before item 3",
            frame(hex("01 0001 00"), payloadItem, seven),
            shownAt: 8,
            .tokenSize(1),
            .invalidTokenSize
        ),
        MalformedFrame(
            "a long payload before item 3",
            frame(tokenItem, hex("02 0fff"), [UInt8](repeating: 32, count: 4_095), seven),
            shownAt: 43,
            .payloadSize(4_095),
            .invalidPayloadSize
        ),
        MalformedFrame(
            "no item 3 at all",
            frame(hex("01 0000"), payloadItem),
            shownAt: 8,
            .missingToken,
            .missingDeviceToken
        ),
        MalformedFrame(
            "no payload, found when the whole frame is read, item 3 last",
            frame(tokenItem, seven),
            shownAt: 47,
            .missingPayload,
            .missingPayload,
            identifier: 7
        ),
        MalformedFrame(
            "identifier 0 is an identifier",
            frame(hex("03 0004 00000000 01 0000")),
            shownAt: 15,
            .missingToken,
            .missingDeviceToken,
            identifier: 0
        ),
    ])
    func `the identifier of a refused command 2 frame is the one that stood before the mistake`(_ frame: MalformedFrame)
    {
        frame.judge()
    }
}
