import DequeModule
import PushLedger

/// The traces of all connections that are open, and of those that were lately, in bounded memory.
final class ConnectionTraces {
    /// Bytes of each direction that are kept from the beginning of a provider's connection.
    static let room = 4_096
    /// The same for a device, of which there may be thousands.
    static let roomForDevice = 1_024
    static let maximumClosed = 1_000
    static let maximumBytes = 16 << 20

    private var traces: [ConnectionID: ConnectionTrace] = [:]
    private var closed = Deque<ConnectionID>()
    private var byteCount = 0

    func open(_ id: ConnectionID, to service: PushService, at time: BatchTime) -> ConnectionTrace {
        let room = service == .courier ? Self.roomForDevice : Self.room
        let trace = ConnectionTrace(openedAt: time, room: room, in: self)
        self.traces[id] = trace
        return trace
    }

    func close(_ id: ConnectionID, at time: BatchTime) {
        guard let trace = self.traces[id], trace.endedAt == nil else { return }
        trace.endedAt = time
        self.closed.append(id)
        if self.closed.count > Self.maximumClosed { self.dropOldest() }
    }

    subscript(id: ConnectionID) -> ConnectionTrace? { self.traces[id] }

    /// How many of so many bytes may be kept. Closed connections make room for open ones.
    func grant(_ wanted: Int) -> Int {
        while self.byteCount + wanted > Self.maximumBytes, !self.closed.isEmpty { self.dropOldest() }
        let granted = min(wanted, Self.maximumBytes - self.byteCount)
        self.byteCount += granted
        return granted
    }

    private func dropOldest() {
        guard let trace = self.traces.removeValue(forKey: self.closed.removeFirst()) else { return }
        self.byteCount -= trace.byteCount
    }
}
