import NIOCore
import PushLedger
import PushVocabulary
import Testing

@testable import PushServer

/// What is kept of the bytes of connections, in bounded memory.
struct ConnectionTraceTests {
    private static let time = BatchTime(wall: Instant(unixSeconds: 1), product: Instant(unixSeconds: 1))

    private static func bytes(_ count: Int, from start: Int = 0) -> ByteBuffer {
        ByteBuffer(bytes: (start..<start + count).map { UInt8(truncatingIfNeeded: $0) })
    }

    @Test func `the first bytes are kept in their order, and then no more`() {
        let traces = ConnectionTraces()
        let trace = traces.open(ConnectionID(rawValue: 1), to: .gateway, at: Self.time)
        for start in stride(from: 0, to: 6_000, by: 1_000) {
            trace.keepReceived(Self.bytes(1_000, from: start), at: Self.time)
        }
        let kept = trace.stretches(of: .received)
        #expect(kept.map(\.offset) == [0, 1_000, 2_000, 3_000, 4_000])
        #expect(kept.flatMap(\.bytes) == Array(Self.bytes(ConnectionTraces.room).readableBytesView))
        #expect(!trace.hasRoomForReceived && trace.hasRoomForSent)
    }

    @Test func `single bytes fill no memory with times`() {
        let traces = ConnectionTraces()
        let trace = traces.open(ConnectionID(rawValue: 1), to: .gateway, at: Self.time)
        for start in 0..<1_000 { trace.keepSent(Self.bytes(1, from: start), at: Self.time) }
        let kept = trace.stretches(of: .sent)
        #expect(kept.count == 64)
        #expect(kept.flatMap(\.bytes) == Array(Self.bytes(1_000).readableBytesView))
    }

    @Test func `closed connections make room for open ones, and open ones get no more than there is`() {
        let traces = ConnectionTraces()
        let count = ConnectionTraces.maximumBytes / ConnectionTraces.room
        for number in 1...count {
            let id = ConnectionID(rawValue: number)
            traces.open(id, to: .gateway, at: Self.time).keepReceived(Self.bytes(ConnectionTraces.room), at: Self.time)
            if number <= 2 { traces.close(id, at: Self.time) }
        }
        for number in count + 1...count + 3 {
            let trace = traces.open(ConnectionID(rawValue: number), to: .gateway, at: Self.time)
            trace.keepReceived(Self.bytes(ConnectionTraces.room), at: Self.time)
            #expect(trace.byteCount == (number <= count + 2 ? ConnectionTraces.room : 0))
        }
        #expect(traces[ConnectionID(rawValue: 1)] == nil && traces[ConnectionID(rawValue: 3)] != nil)
    }

    @Test func `the oldest closed ones are let go of`() {
        let traces = ConnectionTraces()
        for number in 1...ConnectionTraces.maximumClosed + 1 {
            _ = traces.open(ConnectionID(rawValue: number), to: .courier, at: Self.time)
            traces.close(ConnectionID(rawValue: number), at: Self.time)
        }
        #expect(traces[ConnectionID(rawValue: 1)] == nil && traces[ConnectionID(rawValue: 2)] != nil)
    }
}
