import APNSWire
import NIOCore
import PushVocabulary
import Testing

struct CourierFrameDecoderTests {
    @Test func `a message without items is a message`() throws {
        var buffer = ByteBuffer(bytes: hex("0c 00000000 0d 00000000 0c 0000"))
        let decoder = CourierFrameDecoder()
        #expect(try decoder.next(in: &buffer)?.command == 0x0C)
        #expect(try decoder.next(in: &buffer)?.command == 0x0D)
        #expect(try decoder.next(in: &buffer) == nil)
        #expect(buffer.readableBytes == 3)
    }

    @Test func `a message cut anywhere waits whole in the buffer`() throws {
        let bytes = hex("07 0000000b 02 0001 01 05 0004 00000041")
        for cut in 0..<bytes.count {
            var buffer = ByteBuffer(bytes: bytes.prefix(cut))
            #expect(try CourierFrameDecoder().next(in: &buffer) == nil)
            #expect(buffer.readableBytes == cut)
        }
    }

    @Test(arguments: [0x00, 0x01, 0x06, 0x15, 0x19, 0x1E, 0x20, 0x60, 0xFF] as [UInt8])
    func `a command without a name is passed on with its items, and can be written again`(_ command: UInt8) throws {
        let bytes = [command] + hex("0000000a 01 0002 abcd 01 0002 ffff")
        let message = try CourierMessageTests.read(bytes)
        guard case .unknown(let frame) = message else { throw CourierMessageTests.UnexpectedMessage() }
        #expect(frame.command == command)
        #expect(frame.items.map(\.id) == [1, 1])
        #expect(frame.items.map { Array($0.value.readableBytesView) } == [[0xAB, 0xCD], [0xFF, 0xFF]])
        var written = ByteBuffer()
        message.write(into: &written)
        #expect(Array(written.readableBytesView) == bytes)
    }

    @Test(
        arguments: [
            ("0a 00010001", 5, .frameLength(65_537)),
            ("0a ffffffff", 5, .frameLength(0xFFFF_FFFF)),
            ("0a 00000001 00", 6, .trailingBytes(1)),
            ("0a 00000002 0000", 7, .trailingBytes(2)),
            ("0a 00000003 010001", 8, .itemOverrun(item: 1)),
            ("0a 00000009 04 0004 00000001 0300", 14, .trailingBytes(2)),
            ("0a 0000000b 04 0004 00000001 03 0002 7b", 16, .itemOverrun(item: 3)),
            ("0a 00000003 ff ffff", 8, .itemOverrun(item: 255)),
        ] as [(String, Int, CourierError)]
    )
    func `a message that cannot be cut into items is refused`(_ bytes: String, shownAt: Int, error: CourierError) throws
    {
        let bytes = hex(bytes)
        for cut in 0...bytes.count {
            var buffer = ByteBuffer(bytes: bytes.prefix(cut))
            if cut < shownAt {
                #expect(try CourierFrameDecoder().next(in: &buffer) == nil)
            } else {
                #expect(throws: error) { try CourierFrameDecoder().next(in: &buffer) }
            }
            #expect(buffer.readableBytes == cut, "nothing may be consumed")
        }
        #expect("\(error)".count > 15)
    }

    @Test func `the longest message is taken`() throws {
        let item = hex("03 fffd") + [UInt8](repeating: 0x20, count: 65_533)
        var buffer = ByteBuffer(bytes: [0x63] + hex("00010000") + item)
        #expect(item.count == CourierFrameDecoder.maximumBodyLength)
        #expect(try CourierFrameDecoder().next(in: &buffer)?.items.map(\.id) == [3])
        #expect(buffer.readableBytes == 0)
    }

    @Test func `several topics under one id, as one client writes them, are refused without harm`() throws {
        var random = SeededGenerator(seed: 4)
        for count in 2...200 {
            var body = hex("01 0020") + Fixture.token + [2]
            for _ in 0..<count { body += hex("0014") + random.bytes(20) }
            let bytes = [9] + Fixture.bigEndian(UInt32(body.count)) + body
            var buffer = ByteBuffer(bytes: bytes)
            // The second length, 0014, is read as item 0 with a length that starts with 14 hex: 5,120 bytes or more.
            // Only with so many topics can the next item fit, and it is refused later.
            if body.count < 5_120 {
                #expect(throws: CourierError.itemOverrun(item: 0)) { try CourierFrameDecoder().next(in: &buffer) }
                #expect(buffer.readableBytes == bytes.count)
            } else {
                _ = try? CourierFrameDecoder().next(in: &buffer)
            }
        }
    }

    @Test(arguments: SizedItem.all)
    func `an item of another width than its meaning has is refused`(_ sized: SizedItem) throws {
        for size in 0...40 {
            let item = [sized.item] + Fixture.bigEndian(UInt16(size)) + [UInt8](repeating: 0, count: size)
            let body = sized.required + item
            let bytes = [sized.command.rawValue] + Fixture.bigEndian(UInt32(body.count)) + body
            if size == sized.width {
                #expect(throws: Never.self) { try CourierMessageTests.read(bytes) }
            } else {
                let error = CourierError.itemSize(command: sized.command, item: sized.item, size: size)
                #expect(throws: error) { try CourierMessageTests.read(bytes) }
            }
        }
    }

    @Test(
        arguments: [
            (.connectResponse, [1]), (.notification, [3, 4]), (.acknowledgement, [4]), (.noStorage, [1]),
            (.appTokenRequest, [2]),
            (.appTokenResponse, [1, 2, 3]), (.setActiveInterval, [1]), (.setState, [1]), (.pubSub, [1]),
        ] as [(CourierCommand, [UInt8])]
    )
    func `a message without an item it cannot do without is refused`(_ command: CourierCommand, items: [UInt8]) {
        let error = #expect(throws: CourierError.self) { try CourierMessageTests.read([command.rawValue, 0, 0, 0, 0]) }
        #expect(items.contains { error == .missingItem(command: command, item: $0) })
    }

    @Test(arguments: [.connect, .filter, .keepAlive, .keepAliveResponse, .flush, .flushResponse] as [CourierCommand])
    func `a message whose items are all optional may be empty`(_ command: CourierCommand) {
        #expect(throws: Never.self) { try CourierMessageTests.read([command.rawValue, 0, 0, 0, 0]) }
    }

    @Test func `random and damaged bytes never crash, never stand still and are never hoarded`() {
        var random = SeededGenerator(seed: 0xC0B417)
        for round in 0..<4_000 {
            var bytes: [UInt8] = []
            if round.isMultiple(of: 2) {
                var stream = ByteBuffer()
                for _ in 0..<3 { CourierMessage.random(using: &random).write(into: &stream) }
                bytes = Array(stream.readableBytesView)
                bytes.damage(using: &random)
            } else {
                let size = Int(random.next() % 120)
                bytes = [UInt8.random(in: 7...0x20, using: &random), 0, 0, 0, UInt8(size)] + random.bytes(size)
            }
            Self.endure(bytes, using: &random)
        }
    }

    private static func endure(_ bytes: [UInt8], using random: inout SeededGenerator) {
        var buffer = ByteBuffer()
        for read in randomReads(of: bytes, using: &random) {
            buffer.writeBytes(read)
            while true {
                let before = buffer.readableBytes
                do {
                    guard let frame = try CourierFrameDecoder().next(in: &buffer) else {
                        #expect(buffer.readableBytes == before && before < 5 + CourierFrameDecoder.maximumBodyLength)
                        break
                    }
                    let content = frame.items.map { 3 + $0.value.readableBytes }.reduce(5, +)
                    #expect(before - buffer.readableBytes == content)
                    _ = try? CourierMessage(frame)
                } catch {
                    #expect(buffer.readableBytes == before)
                    return
                }
            }
        }
    }
}

/// An item of fixed width, and what must stand in its message besides.
struct SizedItem: CustomTestStringConvertible {
    let command: CourierCommand
    let item: UInt8
    let width: Int
    let required: [UInt8]

    var testDescription: String { "\(self.command), item \(self.item)" }

    init(_ command: CourierCommand, _ item: UInt8, _ width: Int, besides required: String = "") {
        self.command = command
        self.item = item
        self.width = width
        self.required = hex(required)
    }

    private static let hash = "0014" + String(repeating: "00", count: 20)
    private static let token = "0020" + String(repeating: "00", count: 32)
    private static let tokenResponse = "01 0001 00 02 \(token) 03 \(hash)"

    static let all: [SizedItem] =
        [(0x01, 32), (0x02, 1), (0x05, 4), (0x06, 1), (0x10, 2), (0x11, 2)].map { SizedItem(.connect, $0, $1) }
        + [(0x01, 1), (0x03, 32), (0x04, 2), (0x08, 2), (0x0A, 8)].map {
            SizedItem(.connectResponse, $0, $1, besides: "01 0001 00")
        }
        + [(0x01, 32), (0x02, 20), (0x03, 20), (0x04, 20), (0x05, 20), (0x06, 20), (0x7F, 20)].map {
            SizedItem(.filter, $0, $1)
        }
        + [(0x01, 32), (0x02, 20), (0x04, 4), (0x05, 4), (0x06, 8), (0x07, 1), (0x0D, 1), (0x0F, 32)].map {
            SizedItem(.notification, $0, $1, besides: "03 0000 04 0004 00000000")
        }
        + [(0x01, 32), (0x04, 4), (0x08, 1)].map { SizedItem(.acknowledgement, $0, $1, besides: "04 0004 00000000") }
        + [SizedItem(.keepAliveResponse, 1, 1), SizedItem(.noStorage, 1, 32), SizedItem(.flush, 1, 2)]
        + [(1, 32), (2, 20), (3, 2)].map { SizedItem(.appTokenRequest, $0, $1, besides: "02 \(hash)") }
        + [(1, 1), (2, 32), (3, 20), (4, 2)].map { SizedItem(.appTokenResponse, $0, $1, besides: tokenResponse) }
        + [SizedItem(.setActiveInterval, 1, 4)]
        + [(1, 1), (2, 4)].map { SizedItem(.setState, $0, $1, besides: "01 0001 00") }
        + [(1, 4), (3, 32), (4, 1)].map { SizedItem(.pubSub, $0, $1, besides: "01 0004 00000000") }
}
