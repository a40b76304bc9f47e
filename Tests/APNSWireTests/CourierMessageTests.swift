import APNSWire
import NIOCore
import PushVocabulary
import Testing

struct CourierMessageTests {
    @Test(
        arguments: [
            (.connect(CourierConnect()), "07 0000000b 02 0001 01 05 0004 00000041"),
            (.keepAliveResponse(status: nil), "0d 00000000"),
            (.keepAliveResponse(status: 0), "0d 00000004 01 0001 00"),
            (.keepAlive(CourierKeepAlive()), "0c 00000000"),
            (
                .keepAlive(CourierKeepAlive(carrier: "WiFi", intervalMinutes: 15)),
                "0c 0000000c 01 0004 57694669 05 0002 3135"
            ),
            (
                .connectResponse(CourierConnectResponse(status: 0, baseToken: nil, serverTime: nil)),
                "08 00000019 01 0001 00 04 0002 1000 05 0002 0002 06 0003 000030 08 0002 3c00"
            ),
            (.setState(state: 1, interval: 0x7FFF_FFFF), "14 0000000b 01 0001 01 02 0004 7fffffff"),
            (.setActiveInterval(1), "13 00000007 01 0004 00000001"),
            (.flush(wanted: 64, padding: ByteBuffer(bytes: [0, 0])), "0f 0000000a 01 0002 0040 02 0002 0000"),
            (
                .acknowledgement(CourierAcknowledgement(token: nil, messageIdentifier: 9)),
                "0b 0000000b 04 0004 00000009 08 0001 00"
            ),
        ] as [(CourierMessage, String)]
    )
    func `a message is written byte for byte as described, and read back`(_ message: CourierMessage, bytes: String)
        throws
    {
        var buffer = ByteBuffer()
        message.write(into: &buffer)
        #expect(Array(buffer.readableBytesView) == hex(bytes))
        #expect(try Self.read(hex(bytes)) == message)
    }

    @Test func `a push carries the addressed token, the topic's hash and the payload byte for byte`() throws {
        let hash = "a003f1da17993ee51f2b3ceef6c6153afa8f3ec2"  // SHA-1 of com.example.app
        let message = CourierMessage.notification(
            CourierNotification(
                token: DeviceToken(Fixture.token),
                topic: TopicHash(hex(hash)),
                payload: ByteBuffer(bytes: Fixture.payload),
                messageIdentifier: 1,
                expiry: 0xFFFF_FFFF,
                timestamp: 1_398_902_400_000_000_000,
                storageFlags: 3,
                priority: 10,
                baseToken: DeviceToken([UInt8](repeating: 0xBB, count: 32))
            )
        )
        var buffer = ByteBuffer()
        message.write(into: &buffer)
        #expect(
            Array(buffer.readableBytesView)
                == hex("0a 00000097 01 0020") + Fixture.token + hex("02 0014" + hash) + hex("03 0016") + Fixture.payload
                + hex("04 0004 00000001 05 0004 ffffffff 06 0008 1369e65233710000 07 0001 03 0d 0001 0a 0f 0020")
                + [UInt8](repeating: 0xBB, count: 32)
        )
        #expect(try Self.read(Array(buffer.readableBytesView)) == message)
    }

    @Test func `an envelope with its payload elsewhere is written like a whole message`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<200 {
            let whole = CourierNotification.random(using: &random)
            var expected = ByteBuffer(string: "before")
            CourierMessage.notification(whole).write(into: &expected)
            var envelope = whole
            envelope.payload = ByteBuffer(string: "not this")
            var buffer = ByteBuffer(string: "before")
            CourierNotification.write(envelope, payload: whole.payload.readableBytesView, into: &buffer)
            #expect(buffer == expected)
        }
    }

    @Test func `writing then reading gives back every message`() throws {
        var random = SeededGenerator(seed: 5_223)
        var seen: Set<UInt8> = []
        for round in 0..<4_000 {
            let message = CourierMessage.random(using: &random)
            var buffer = ByteBuffer()
            message.write(into: &buffer)
            seen.insert(buffer.readableBytesView[0])
            #expect(try Self.read(Array(buffer.readableBytesView)) == message, "round \(round)")
        }
        #expect(seen.isSuperset(of: CourierCommand.allCases.map(\.rawValue)), "a command is never tried")
    }

    @Test func `messages survive every way of cutting a stream into reads`() throws {
        var random = SeededGenerator(seed: 443)
        for round in 0..<1_500 {
            let sent = (0..<Int.random(in: 1...5, using: &random)).map { _ in CourierMessage.random(using: &random) }
            var stream = ByteBuffer()
            for message in sent { message.write(into: &stream) }
            var received: [CourierMessage] = []
            var buffer = ByteBuffer()
            for read in randomReads(of: Array(stream.readableBytesView), using: &random) {
                if Bool.random(using: &random) { buffer.discardReadBytes() }
                buffer.writeBytes(read)
                while let frame = try CourierFrameDecoder().next(in: &buffer) {
                    received.append(try CourierMessage(frame))
                }
            }
            #expect(received == sent, "round \(round)")
            #expect(buffer.readableBytes == 0, "round \(round)")
        }
    }

    @Test func `items in another order, repeated ones and unknown ones do not disturb`() throws {
        let token = hex("01 0020") + Fixture.token
        #expect(
            try Self.read(hex("0b 00000036 08 0001 00 63 0002 abcd 04 0004 00000009") + token + hex("77 0000"))
                == .acknowledgement(CourierAcknowledgement(token: DeviceToken(Fixture.token), messageIdentifier: 9))
        )
        // The real server was seen putting item 3 behind item 5.
        guard
            case .connectResponse(let response) = try Self.read(
                hex("08 00000034 01 0001 00 04 0002 1000 05 0002 0002 03 0020") + Fixture.token + hex("06 0000")
            )
        else { throw UnexpectedMessage() }
        #expect(response.baseToken == DeviceToken(Fixture.token))
    }

    @Test(
        arguments: [
            (
                "0b 0000000e 04 0004 00000001 04 0004 00000002",
                .acknowledgement(.init(token: nil, messageIdentifier: 2, status: nil))
            ),
            ("14 00000008 01 0001 01 01 0001 02", .setState(state: 2, interval: nil)),
            ("0d 00000008 01 0001 01 01 0001 02", .keepAliveResponse(status: 2)),
        ] as [(String, CourierMessage)]
    )
    func `of an item that stands for one thing the last one counts`(_ bytes: String, message: CourierMessage) throws {
        #expect(try Self.read(hex(bytes)) == message)
    }

    @Test func `a Filter lists topics by repeating an item, in order, and may be all but empty`() throws {
        let topics = (0..<4 as Range<UInt8>).map { [UInt8](repeating: $0, count: 20) }
        let body =
            hex("01 0020") + Fixture.token + hex("02 0014") + topics[2] + hex("04 0014") + topics[1] + hex("02 0014")
            + topics[0] + hex("7f 0014") + topics[3]
        guard case .filter(let filter) = try Self.read([9] + Fixture.bigEndian(UInt32(body.count)) + body)
        else { throw UnexpectedMessage() }
        #expect(filter.enabled == [topics[2], topics[0]].compactMap { TopicHash($0) })
        #expect(filter.opportunistic == [topics[1]].compactMap { TopicHash($0) })
        #expect(filter.removed == [topics[3]].compactMap { TopicHash($0) })
        #expect(filter.ignored.isEmpty && filter.paused.isEmpty && filter.nonWaking.isEmpty)

        var onlyToken = CourierFilter(baseToken: DeviceToken(Fixture.token))
        #expect(try Self.read(hex("09 00000023 01 0020") + Fixture.token) == .filter(onlyToken))
        onlyToken.baseToken = nil
        #expect(try Self.read(hex("09 00000000")) == .filter(onlyToken))
    }

    @Test(
        arguments: [
            ("10", 10), ("20", 20), ("", nil), ("x", nil), ("-5000", nil), ("99999999999999999999", nil),
        ] as [(String, Int?)]
    )
    func `a keep-alive interval is a decimal string`(_ text: String, minutes: Int?) throws {
        var message = CourierKeepAlive()
        message.interval = Array(text.utf8)
        #expect(message.intervalMinutes == minutes)
    }

    @Test func `a keep-alive interval may be two bytes`() {
        var message = CourierKeepAlive()
        message.interval = [0, 15]
        #expect(message.intervalMinutes == 15)
        #expect(CourierKeepAlive(intervalMinutes: 17).intervalMinutes == 17)
        #expect(CourierKeepAlive().intervalMinutes == nil)
    }

    @Test func `credentials are whole or absent`() {
        var connect = CourierConnect()
        connect.certificate = [1]
        connect.nonce = [2]
        #expect(connect.credentials == nil)
        connect.signature = [3]
        #expect(connect.credentials == .init(certificate: [1], nonce: [2], signature: [3]))
        connect.credentials = nil
        #expect(connect.certificate == nil && connect.nonce == nil && connect.signature == nil)
    }

    static func read(_ bytes: [UInt8]) throws -> CourierMessage {
        var buffer = ByteBuffer(bytes: bytes)
        guard let frame = try CourierFrameDecoder().next(in: &buffer), buffer.readableBytes == 0
        else { throw UnexpectedMessage() }
        return try CourierMessage(frame)
    }

    struct UnexpectedMessage: Error {}
}
