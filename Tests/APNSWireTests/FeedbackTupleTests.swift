import APNSWire
import NIOCore
import PushVocabulary
import Testing

struct FeedbackTupleTests {
    @Test func `the printed tuple: time, token length, token`() throws {
        let bytes = hex("60000000 0020") + Fixture.token
        let tuple = FeedbackTuple(timestamp: 0x6000_0000, token: try #require(DeviceToken(Fixture.token)))
        var buffer = ByteBuffer()
        tuple.write(into: &buffer)
        #expect(Array(buffer.readableBytesView) == bytes)
        #expect(tuple.byteCount == 38 && bytes.count == 38)

        for cut in 0..<bytes.count {
            var partial = ByteBuffer(bytes: bytes.prefix(cut))
            #expect(try FeedbackTuple.next(in: &partial) == nil)
            #expect(partial.readableBytes == cut)
        }
        #expect(try FeedbackTuple.next(in: &buffer) == tuple)
        #expect(buffer.readableBytes == 0)
    }

    @Test func `tuples survive every way of cutting a stream into reads`() throws {
        var random = SeededGenerator(seed: 2_196)
        for round in 0..<2_000 {
            let sent = try (0..<Int.random(in: 0...6, using: &random)).map { _ in
                FeedbackTuple(
                    timestamp: UInt32(truncatingIfNeeded: random.next()),
                    token: try #require(DeviceToken(random.bytes(Int.random(in: 1...100, using: &random))))
                )
            }
            var stream = ByteBuffer()
            for tuple in sent { tuple.write(into: &stream) }
            #expect(stream.readableBytes == sent.map(\.byteCount).reduce(0, +))

            var received: [FeedbackTuple] = []
            var buffer = ByteBuffer()
            for read in randomReads(of: Array(stream.readableBytesView), using: &random) {
                buffer.writeBytes(read)
                while let tuple = try FeedbackTuple.next(in: &buffer) { received.append(tuple) }
            }
            #expect(received == sent, "round \(round)")
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test(arguments: [0, 101, 65_535])
    func `a token of no possible size is refused at its length`(_ size: Int) {
        let bytes = hex("60000000") + Fixture.bigEndian(UInt16(size))
        for cut in 0...bytes.count {
            var buffer = ByteBuffer(bytes: bytes.prefix(cut))
            if cut < 6 {
                #expect(throws: Never.self) { try FeedbackTuple.next(in: &buffer) }
            } else {
                let error = #expect(throws: FeedbackTupleError.self) { try FeedbackTuple.next(in: &buffer) }
                #expect(error?.tokenSize == size)
            }
            #expect(buffer.readableBytes == cut)
        }
    }

    @Test func `random bytes never crash and never stand still`() {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<2_000 {
            var buffer = ByteBuffer(bytes: random.bytes(Int(random.next() % 300)))
            var before = buffer.readableBytes
            while let tuple = try? FeedbackTuple.next(in: &buffer) {
                #expect(before - buffer.readableBytes == tuple.byteCount)
                before = buffer.readableBytes
            }
            #expect(buffer.readableBytes == before)
        }
    }
}
