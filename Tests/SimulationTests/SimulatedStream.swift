import NIOCore
import PushTransport

/// Bytes on their way in one direction, and the end that stands behind them.
struct SimulatedStream {
    private var bytes: [UInt8] = []
    private var start = 0
    private(set) var hasEnd = false

    var isEmpty: Bool { self.start == self.bytes.count }

    mutating func write(_ more: some Sequence<UInt8>) {
        guard !self.hasEnd else { return }
        self.bytes.append(contentsOf: more)
    }

    mutating func end() { self.hasEnd = true }

    mutating func take(_ count: Int) -> [UInt8] {
        let taken = Array(self.bytes[self.start..<min(self.start + count, self.bytes.count)])
        self.start += taken.count
        return taken
    }
}

/// A phone's courier connection: the service's end is a `ByteLink` in memory.
final class SimulatedCourierWire: ByteLink {
    var toService = SimulatedStream()
    var toPhone = SimulatedStream()
    private(set) var isReset = false
    /// The network delivers nothing.
    var isStalled = false
    /// The stream stands on both sides.
    var isOpen = false
    private(set) var isOver = false
    /// The service's end, until it was told of the end.
    var service: (any ByteLinkOwner)?

    func write(_ bytes: ByteBuffer) { self.toPhone.write(bytes.readableBytesView) }
    func close() { self.toPhone.end() }
    func reset() { self.isReset = true }
    func setReading(_ reads: Bool) {}

    /// Tells the service that the stream is gone, once.
    func endAtService() {
        self.isOver = true
        let service = self.service
        self.service = nil
        service?.linkEnded(reason: "the simulated network")
    }
}
