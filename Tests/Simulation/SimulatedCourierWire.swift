import APNSWire
import NIOCore
import PushTransport
import PushVocabulary

/// A phone's courier connection: the service's end is a `ByteLink` in memory.
///
/// It knows which Filters have reached the service, and so what the service may write.
final class SimulatedCourierWire: ByteLink {
    private(set) var toService = SimulatedStream()
    var toPhone = SimulatedStream()
    private(set) var isReset = false
    /// The network delivers nothing.
    var isStalled = false
    /// The stream stands on both sides.
    var isOpen = false
    private(set) var isOver = false
    /// The service's end, until it was told of the end.
    var service: (any ByteLinkOwner)?

    /// On their way to the service, and where each ends in the stream.
    private var onTheirWay: [(end: Int, message: CourierMessage)] = []
    /// The latest that has arrived. While a read is being served: the one before it, and all that came with it.
    private(set) var filters: [CourierFilter] = []
    private var unread = ByteBuffer()
    private let observeArrival: (CourierMessage) -> Void
    private let observeSent: (SimulatedCourierWire, CourierNotification) -> Void

    /// - Parameters:
    ///   - observeArrival: told of every message that has reached the service.
    ///   - observeSent: told of every notification when the service writes it.
    init(
        observeArrival: @escaping (CourierMessage) -> Void,
        observeSent: @escaping (SimulatedCourierWire, CourierNotification) -> Void
    ) {
        self.observeArrival = observeArrival
        self.observeSent = observeSent
    }

    /// Whether the service still has its end, and has not given it up.
    var isLiveAtService: Bool { self.service != nil && !self.isOver && !self.isReset && !self.toPhone.hasEnd }

    // MARK: - To the service

    func send(_ message: CourierMessage) {
        guard !self.toService.hasEnd else { return }
        var buffer = ByteBuffer()
        message.write(into: &buffer)
        self.toService.write(buffer.readableBytesView)
        self.onTheirWay.append((self.toService.writtenCount, message))
    }

    func endFromPhone() { self.toService.end() }

    func deliverToService(_ count: Int) {
        let bytes = self.toService.take(count)
        guard !bytes.isEmpty else { return }
        while let next = self.onTheirWay.first, next.end <= self.toService.arrivedCount {
            self.onTheirWay.removeFirst()
            guard self.isLiveAtService else { continue }
            if case .filter(let filter) = next.message { self.filters.append(filter) }
            self.observeArrival(next.message)
        }
        self.service?.linkReceived(ByteBuffer(bytes: bytes))
        if self.filters.count > 1 { self.filters.removeFirst(self.filters.count - 1) }
    }

    // MARK: - From the service

    func write(_ bytes: ByteBuffer) {
        self.toPhone.write(bytes.readableBytesView)
        self.unread.writeImmutableBuffer(bytes)
        // What cannot be read, the phone complains of.
        while let frame = try? CourierFrameDecoder().next(in: &self.unread) {
            guard case .notification(let notification)? = try? CourierMessage(frame) else { continue }
            self.observeSent(self, notification)
        }
    }

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

extension CourierFilter {
    /// The topics a device takes notifications of, by the lists it gave: not what it has paused or ignores, and nothing
    /// that it does not name.
    func covers(_ topic: TopicHash) -> Bool {
        self.enabled.contains(topic) || self.opportunistic.contains(topic) || self.nonWaking.contains(topic)
    }
}
