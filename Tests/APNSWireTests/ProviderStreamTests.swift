import APNSWire
import NIOCore
import PushVocabulary
import Testing

/// Whole connections: many frames, cut into reads in every way, good ones and hostile ones.
struct ProviderStreamTests {
    @Test func `frames survive every way of cutting a stream into reads`() {
        var random = SeededGenerator(seed: 2_195)
        let limits = FrameLimits(tokenSizes: 1...100, payloadSizes: 1...80)
        for round in 0..<3_000 {
            let sent = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                FrameContent.random(tokenSizes: 1...100, using: &random)
            }
            var received: [FrameContent] = []
            var buffer = ByteBuffer()
            var decoder = ProviderFrameDecoder(limits: limits)
            for read in randomReads(of: sent.flatMap(\.bytes), using: &random) {
                if Bool.random(using: &random) { buffer.discardReadBytes() }
                buffer.writeBytes(read)
                while case .frame(let frame) = decoder.next(in: &buffer) { received.append(FrameContent(frame)) }
            }
            #expect(received == sent, "round \(round)")
            #expect(buffer.readableBytes == 0, "round \(round)")
        }
    }

    @Test func `what the encoder writes, the decoder reads`() {
        var random = SeededGenerator(seed: 10)
        for round in 0..<3_000 {
            let sent = OutgoingNotification.random(using: &random)
            var buffer = ByteBuffer(bytes: [UInt8](repeating: 0, count: Int(random.next() % 4)))
            buffer.moveReaderIndex(to: buffer.writerIndex)
            sent.write(into: &buffer)
            var decoder = ProviderFrameDecoder(limits: .anything)
            let frame = decoder.next(in: &buffer).frame.map(FrameContent.init)
            #expect(frame?.token == sent.token && frame?.payload == sent.payload, "round \(round)")
            #expect(frame?.identifier == sent.identifier && frame?.expiry == sent.expiry, "round \(round)")
            #expect(frame?.priority == sent.priority, "round \(round)")
            #expect(buffer.readableBytes == 0, "round \(round)")
        }
    }

    @Test func `a frame's extent is what the decoder consumes, and known from some byte on`() {
        var random = SeededGenerator(seed: 31)
        for _ in 0..<600 {
            let frame = FrameContent.random(tokenSizes: 0...100, payloadSizes: 0...80, using: &random)
            var isKnown = false
            for cut in 0...frame.bytes.count {
                let extent = FrameExtent(of: ByteBuffer(bytes: frame.bytes.prefix(cut)))
                isKnown = isKnown || extent != .needsMoreBytes
                #expect(extent == (isKnown ? .length(frame.bytes.count) : .needsMoreBytes))
            }
            #expect(isKnown)
        }
    }

    @Test(arguments: [
        ("an empty buffer", "", FrameExtent.needsMoreBytes),
        ("command 0 with a token of 0", "00 0000 0005", .length(10)),
        ("command 1 with a token of 1 and a long payload", "01 00000007 00000000 0001 aa ffff", .length(65_549)),
        ("command 2, nothing in it", "02 00000000", .length(5)),
        ("command 2, the largest", "02 0000ffff", .length(65_540)),
        ("command 2, absurd", "02 00010000", .unknowable),
        ("command 2, cut", "02 0001", .needsMoreBytes),
        ("no command", "03", .unknowable),
        ("text", "47455420", .unknowable),
    ])
    func `the extent of a wrong frame is what it says of itself`(_ name: String, bytes: String, extent: FrameExtent) {
        #expect(FrameExtent(of: ByteBuffer(bytes: hex(bytes))) == extent)
    }

    @Test func `random bytes never crash, never stand still and are never hoarded`() {
        var random = SeededGenerator(seed: 0xBAD)
        for _ in 0..<2_000 {
            var bytes = random.bytes(Int(random.next() % 400))
            // Most random bytes are no command: start with one.
            if !bytes.isEmpty { bytes[0] = UInt8(random.next() % 3) }
            Self.endure(bytes, limits: Bool.random(using: &random) ? FrameLimits() : .anything, using: &random)
        }
    }

    @Test func `damaged frames never crash, never stand still and are never hoarded`() {
        var random = SeededGenerator(seed: 0xDA3A6E)
        for _ in 0..<3_000 {
            var bytes = (0..<4).flatMap { _ in FrameContent.random(using: &random).bytes }
            bytes.damage(using: &random)
            Self.endure(bytes, limits: Bool.random(using: &random) ? FrameLimits() : .anything, using: &random)
        }
    }

    /// Reads on as a gateway does that must know what was lost: over a refused frame, until the end cannot be known.
    private static func endure(_ bytes: [UInt8], limits: FrameLimits, using random: inout SeededGenerator) {
        let most = max(
            45 + limits.tokenSizes.upperBound + limits.payloadSizes.upperBound,
            5 + limits.maximumFrameLength
        )
        var buffer = ByteBuffer()
        var decoder = ProviderFrameDecoder(limits: limits)
        for read in randomReads(of: bytes, using: &random) {
            buffer.writeBytes(read)
            reading: while true {
                let before = buffer.readableBytes
                switch decoder.next(in: &buffer) {
                case .frame(let frame):
                    #expect(before - buffer.readableBytes == frame.bytes.readableBytes && frame.bytes.readableBytes > 4)
                    #expect(limits.tokenSizes.contains(frame.token.count))
                    #expect(limits.payloadSizes.contains(frame.payload.count))
                case .needsMoreBytes:
                    #expect(buffer.readableBytes == before && before < most)
                    break reading
                case .rejected:
                    #expect(buffer.readableBytes == before)
                    guard case .length(let length) = FrameExtent(of: buffer) else { return }
                    guard length <= before else { break reading }
                    buffer.moveReaderIndex(forwardBy: length)
                }
            }
        }
    }
}

extension OutgoingNotification {
    /// One that can be read back: a command only carries what it has room for.
    static func random(using random: inout SeededGenerator) -> OutgoingNotification {
        var notification = OutgoingNotification(
            token: random.bytes(Int(random.next() % 101)),
            payload: random.bytes(Int(random.next() % 300)),
            identifier: UInt32(truncatingIfNeeded: random.next()),
            expiry: UInt32(truncatingIfNeeded: random.next())
        )
        switch random.next() % 3 {
        case 0:
            notification.format = .simple
            notification.identifier = nil
            notification.expiry = nil
        case 1: notification.format = .enhanced
        default:
            notification.format = .items(order: [1, 2, 3, 4, 5, 200].shuffled(using: &random))
            if Bool.random(using: &random) { notification.identifier = nil }
            if Bool.random(using: &random) { notification.expiry = nil }
            if Bool.random(using: &random) { notification.priority = UInt8.random(in: 0...255, using: &random) }
        }
        return notification
    }
}
