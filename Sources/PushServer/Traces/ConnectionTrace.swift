import NIOCore
import PushLedger
import PushVocabulary

/// The first bytes of a connection in both directions, and when its life took a turn.
///
/// Reading and writing cost a comparison once the room is used up: what a provider sends later is in the ledger, frame
/// by frame. Confined to the event loop of its connection.
final class ConnectionTrace {
    /// More are taken as one with the last: a peer that sends single bytes shall not fill the memory with times.
    private static let maximumStretches = 64

    private struct Stretch {
        let time: BatchTime
        let offset: Int
    }

    private struct Half {
        var bytes: [UInt8] = []
        var stretches: [Stretch] = []
        /// Bytes that may still be kept; 0 from the first that could not be, so that there is no gap.
        var room: Int
    }

    let openedAt: BatchTime
    var securedAt: BatchTime?
    var endedAt: BatchTime?
    private var received: Half
    private var sent: Half
    /// What was left over when the connection ended: part of a frame.
    private var rest: TracedBytes?
    private unowned let traces: ConnectionTraces

    /// - Parameter room: bytes of each direction.
    init(openedAt: BatchTime, room: Int, in traces: ConnectionTraces) {
        self.openedAt = openedAt
        self.received = Half(room: room)
        self.sent = Half(room: room)
        self.traces = traces
    }

    var hasRoomForReceived: Bool { self.received.room > 0 }
    var hasRoomForSent: Bool { self.sent.room > 0 }
    /// What it costs the budget.
    private(set) var byteCount = 0

    func keepReceived(_ bytes: ByteBuffer, at time: @autoclosure () -> BatchTime) {
        self.keep(bytes, in: &self.received, at: time())
    }

    func keepSent(_ bytes: ByteBuffer, at time: @autoclosure () -> BatchTime) {
        self.keep(bytes, in: &self.sent, at: time())
    }

    private func keep(_ bytes: ByteBuffer, in half: inout Half, at time: BatchTime) {
        let wanted = min(bytes.readableBytes, half.room)
        guard wanted > 0 else { return }
        let granted = self.traces.grant(wanted)
        self.byteCount += granted
        half.room = granted < wanted || wanted < bytes.readableBytes ? 0 : half.room - granted
        if granted > 0, half.stretches.count < Self.maximumStretches {
            half.stretches.append(Stretch(time: time, offset: half.bytes.count))
        }
        half.bytes.append(contentsOf: bytes.readableBytesView.prefix(granted))
    }

    /// The connection ends within a frame.
    ///
    /// - Parameter offset: bytes of the stream before it.
    func keepRest(_ bytes: ByteBuffer, offset: UInt64, at time: BatchTime) {
        let granted = self.traces.grant(min(bytes.readableBytes, ConnectionTraces.room))
        self.byteCount += granted
        guard granted > 0 else { return }
        let kept = Array(bytes.readableBytesView.prefix(granted))
        self.rest = TracedBytes(.received, at: time, offset: offset, bytes: kept)
    }

    /// All that is kept, each direction in its order, gaps left out.
    func stretches(of direction: TracedBytes.Direction) -> [TracedBytes] {
        let half = direction == .received ? self.received : self.sent
        var found: [TracedBytes] = []
        for (number, stretch) in half.stretches.enumerated() {
            let end = number + 1 < half.stretches.count ? half.stretches[number + 1].offset : half.bytes.count
            let bytes = Array(half.bytes[stretch.offset..<end])
            found.append(TracedBytes(direction, at: stretch.time, offset: UInt64(stretch.offset), bytes: bytes))
        }
        return found
    }

    /// What was left over, unless the first bytes have it all.
    var leftover: TracedBytes? {
        guard let rest, rest.end > UInt64(self.received.bytes.count) else { return nil }
        return rest
    }
}
