import APNSWire
import NIOCore
import PushTestSupport
import PushVocabulary
import Testing

/// A frame printed in the protocol's description, and what it says.
struct FrameVector: CustomTestStringConvertible {
    let testDescription: String
    let notification: OutgoingNotification
    let bytes: [UInt8]

    init(_ name: String, _ format: OutgoingNotification.Format, _ bytes: [UInt8]) {
        self.testDescription = name
        self.bytes = bytes
        self.notification = OutgoingNotification(
            format: format,
            token: Fixture.token,
            payload: Fixture.payload,
            identifier: format == .simple ? nil : 0x1122_3344,
            expiry: format == .simple ? nil : 0x6000_0000,
            priority: format == .usualItems ? 10 : nil
        )
    }

    static let all = [
        FrameVector("command 0", .simple, hex("00 0020") + Fixture.token + hex("0016") + Fixture.payload),
        FrameVector(
            "command 1",
            .enhanced,
            hex("01 11223344 60000000 0020") + Fixture.token + hex("0016") + Fixture.payload
        ),
        FrameVector(
            "command 2",
            .usualItems,
            hex("02 0000004e") + Fixture.tokenItem + Fixture.payloadItem
                + hex("03 0004 11223344 04 0004 60000000 05 0001 0a")
        ),
    ]
}

struct ProviderFrameDecoderTests {
    @Test(.seed("004-13"), arguments: FrameVector.all)
    func `a printed frame is read field by field`(_ vector: FrameVector) throws {
        var buffer = ByteBuffer(bytes: vector.bytes)
        var decoder = ProviderFrameDecoder()
        let frame = try #require(decoder.next(in: &buffer).frame)

        #expect(frame.command == vector.bytes[0])
        #expect(Array(frame.token) == Fixture.token)
        #expect(Array(frame.payload) == Fixture.payload)
        #expect(frame.identifier == vector.notification.identifier)
        #expect(frame.expiry == vector.notification.expiry)
        #expect(frame.priority == vector.notification.priority)
        #expect(Array(frame.bytes.readableBytesView) == vector.bytes)
        #expect(buffer.readableBytes == 0)
    }

    @Test(arguments: FrameVector.all)
    func `the encoder writes the printed bytes`(_ vector: FrameVector) {
        var buffer = ByteBuffer()
        vector.notification.write(into: &buffer)
        #expect(Array(buffer.readableBytesView) == vector.bytes)
    }

    @Test func `printed frames have the printed sizes`() {
        #expect(FrameVector.all.map(\.bytes.count) == [59, 67, 83])
    }

    @Test(arguments: FrameVector.all)
    func `a frame cut anywhere waits whole in the buffer`(_ vector: FrameVector) {
        for cut in 0..<vector.bytes.count {
            var buffer = ByteBuffer(bytes: vector.bytes.prefix(cut))
            var decoder = ProviderFrameDecoder()
            #expect(decoder.next(in: &buffer) == .needsMoreBytes)
            #expect(buffer.readableBytes == cut)

            buffer.writeBytes(vector.bytes.dropFirst(cut))
            #expect(decoder.next(in: &buffer).frame?.bytes == ByteBuffer(bytes: vector.bytes), "cut at \(cut)")
        }
    }

    /// All at once the decoder looks at the usual items together; in pieces it walks from one to the next.
    @Test func `a usual frame with any byte changed is judged alike whole and in pieces`() {
        let usual = FrameVector.all[2].bytes
        for index in usual.indices.dropFirst() {
            for value in Set([0, 1, 2, 3, 4, 5, 31, 33, 0xFF, usual[index] &+ 1, usual[index] &- 1]) {
                var bytes = usual
                bytes[index] = value
                var whole = ByteBuffer(bytes: bytes)
                var decoder = ProviderFrameDecoder()
                let judged = decoder.next(in: &whole)

                var pieces = ByteBuffer()
                decoder = ProviderFrameDecoder()
                var step = ProviderFrameDecoder.Step.needsMoreBytes
                for byte in bytes where step == .needsMoreBytes {
                    pieces.writeInteger(byte)
                    step = decoder.next(in: &pieces)
                }
                #expect(step == judged, "\(value) at \(index)")
            }
        }
    }

    @Test(arguments: [
        [1, 2, 3, 4, 5],  // node-apn, rpush, PushSharp 4, PyAPNs, uniqush
        [3, 1, 2, 4, 5],  // pushy since March 2014
        [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 5],  // node-apn without expiry, without priority
        [1, 2], [2, 1], [5, 4, 3, 2, 1], [3, 4, 5, 2, 1], [1, 3, 2],
    ])
    func `items may stand in any order, and 3, 4 and 5 may be missing`(_ order: [UInt8]) throws {
        var buffer = ByteBuffer()
        OutgoingNotification(
            format: .items(order: order),
            token: Fixture.token,
            payload: Fixture.payload,
            identifier: 7,
            expiry: 60,
            priority: 5
        ).write(into: &buffer)
        var decoder = ProviderFrameDecoder()
        let frame = try #require(decoder.next(in: &buffer).frame)

        #expect(Array(frame.token) == Fixture.token)
        #expect(Array(frame.payload) == Fixture.payload)
        #expect(frame.identifier == (order.contains(3) ? 7 : nil))
        #expect(frame.expiry == (order.contains(4) ? 60 : nil))
        #expect(frame.priority == (order.contains(5) ? 5 : nil))
    }

    @Test(arguments: [0, 6, 7, 100, 255] as [UInt8], [0, 1, 4, 300])
    func `an item that nobody knows is skipped, wherever it stands`(_ item: UInt8, size: Int) throws {
        let unknown = [item] + Fixture.bigEndian(UInt16(size)) + [UInt8](repeating: 2, count: size)
        for frame in [
            Fixture.itemFrame(unknown, Fixture.tokenItem, Fixture.payloadItem),
            Fixture.itemFrame(Fixture.tokenItem, unknown, unknown, Fixture.payloadItem),
            Fixture.itemFrame(Fixture.tokenItem, Fixture.payloadItem, unknown),
        ] {
            var buffer = ByteBuffer(bytes: frame)
            var decoder = ProviderFrameDecoder()
            #expect(decoder.next(in: &buffer).frame.map { Array($0.payload) } == Fixture.payload)
        }
    }

    @Test(arguments: [0, 1, 9, 11, 255] as [UInt8])
    func `the decoder has no opinion on priorities`(_ priority: UInt8) throws {
        var buffer = ByteBuffer(
            bytes: Fixture.itemFrame(Fixture.tokenItem, Fixture.payloadItem, [5, 0, 1, priority])
        )
        var decoder = ProviderFrameDecoder()
        #expect(decoder.next(in: &buffer).frame?.priority == priority)
    }

    @Test(arguments: [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF] as [UInt32])
    func `identifier and expiry are passed on as they stand`(_ integer: UInt32) throws {
        for format in [OutgoingNotification.Format.enhanced, .usualItems] {
            var buffer = ByteBuffer()
            OutgoingNotification(
                format: format,
                token: Fixture.token,
                payload: Fixture.payload,
                identifier: integer,
                expiry: integer
            ).write(into: &buffer)
            var decoder = ProviderFrameDecoder()
            let frame = try #require(decoder.next(in: &buffer).frame)
            #expect(frame.identifier == integer)
            #expect(frame.expiry == integer)
        }
    }

    @Test(
        .seed("004-16"),
        arguments: [
            (FrameLimits(payloadSizes: 1...256), 256), (FrameLimits(), 2_048),
            (FrameLimits(payloadSizes: 1...4_096), 4_096),
        ]
    )
    func `the largest payload is taken, one byte more is not`(_ limits: FrameLimits, largest: Int) {
        for format in [OutgoingNotification.Format.simple, .enhanced, .usualItems] {
            for (size, isTaken) in [(1, true), (largest, true), (largest + 1, false)] {
                var buffer = ByteBuffer()
                OutgoingNotification(format: format, token: Fixture.token, payload: [UInt8](repeating: 32, count: size))
                    .write(into: &buffer)
                var decoder = ProviderFrameDecoder(limits: limits)
                let step = decoder.next(in: &buffer)
                #expect(step.frame.map { $0.payload.count } == (isTaken ? size : nil))
                #expect(step.rejection?.status == (isTaken ? nil : .invalidPayloadSize))
            }
        }
    }

    @Test func `a profile may take tokens of 1 to 100 bytes`() {
        let limits = FrameLimits(tokenSizes: 1...100)
        for size in [1, 31, 32, 33, 100, 101] {
            var buffer = ByteBuffer()
            OutgoingNotification(token: [UInt8](repeating: 9, count: size), payload: Fixture.payload).write(
                into: &buffer
            )
            var decoder = ProviderFrameDecoder(limits: limits)
            let step = decoder.next(in: &buffer)
            #expect(step.frame.map { $0.token.count } == (size <= 100 ? size : nil))
            #expect(step.rejection?.reason == (size <= 100 ? nil : .tokenSize(size)))
        }
    }

    @Test func `a frame of no token and no payload exists once limits allow it`() {
        for bytes in [hex("00 0000 0000"), hex("01 00000007 00000000 0000 0000"), hex("02 00000006 01 0000 02 0000")] {
            var buffer = ByteBuffer(bytes: bytes)
            var decoder = ProviderFrameDecoder(limits: .anything)
            let frame = decoder.next(in: &buffer).frame
            #expect(frame?.bytes.readableBytes == bytes.count)
            #expect(frame?.token.isEmpty == true && frame?.payload.isEmpty == true)
        }
    }

    @Test(.mayTake(minutes: 1))
    func `a frame of 21,821 items that arrives byte by byte is walked once`() {
        var frame = Fixture.itemFrame(
            Array([[UInt8]](repeating: [99, 0, 0], count: 21_821).joined()),
            Fixture.tokenItem,
            Fixture.payloadItem,
            [5, 0, 1, 10]
        )
        #expect(frame.count == 65_532)
        var buffer = ByteBuffer()
        var decoder = ProviderFrameDecoder()
        let last = frame.removeLast()
        for (offset, byte) in frame.enumerated() {
            buffer.writeInteger(byte)
            guard decoder.next(in: &buffer) == .needsMoreBytes else {
                Issue.record("not waiting at \(offset)")
                return
            }
            // An item that has been walked is spoilt: whoever looked at it again would find it overrunning the frame.
            if offset >= 7, offset < 65_000, offset % 3 == 1 {
                buffer.setInteger(0xFFFF as UInt16, at: offset - 1)
            }
        }
        buffer.writeInteger(last)
        #expect(decoder.next(in: &buffer).frame?.priority == 10)
        #expect(buffer.readableBytes == 0)
    }
}

extension ProviderFrameDecoder.Step {
    var frame: ProviderFrame? { if case .frame(let frame) = self { frame } else { nil } }
    var rejection: FrameRejection? { if case .rejected(let rejection) = self { rejection } else { nil } }
}
