import APNSWire
import NIOCore
import PushVocabulary

/// One courier connection of a mock device, the phone's end: cuts bytes into messages, and messages into bytes.
final class DeviceConnection {
    private let device: MockDevice
    private let path: DevicePath
    private var number: NetworkPath.Connection?
    private let decoder = CourierFrameDecoder()
    private var received = ByteBuffer()
    private var outgoing = ByteBuffer()
    private var acknowledges = false
    /// Why it is to end, if not by the courier.
    private var reason: String?
    private var isClosing = false

    init(device: MockDevice, path: DevicePath) {
        self.device = device
        self.path = path
    }

    func dial() { self.number = self.path.dial(for: self) }

    func write(_ message: CourierMessage) {
        if case .acknowledgement = message { self.acknowledges = true }
        message.write(into: &self.outgoing)
    }

    func flush() {
        guard self.outgoing.readableBytes > 0, let number else { return }
        let (bytes, acknowledges) = (self.outgoing, self.acknowledges)
        self.outgoing = ByteBuffer()
        self.acknowledges = false
        self.path.send(bytes, acknowledges: acknowledges, on: number)
    }

    func close() {
        guard !self.isClosing, let number else { return }
        self.flush()
        self.isClosing = true
        self.reason = self.reason ?? "the phone gave the connection up"
        self.path.hangUp(number)
    }

    // MARK: - From the path

    func opened() {
        if !self.isClosing { self.device.opened(self) }
    }

    func received(_ bytes: ByteBuffer) {
        guard !self.isClosing else { return }
        if self.received.readableBytes == 0 {
            self.received = bytes
        } else {
            var bytes = bytes
            self.received.writeBuffer(&bytes)
        }
        var messages: [CourierMessage] = []
        do throws(CourierError) {
            while let frame = try self.decoder.next(in: &self.received) { messages.append(try CourierMessage(frame)) }
        } catch {
            self.reason = "the courier sent what is no message: \(error)"
            self.device.received(messages, on: self)
            return self.close()
        }
        if self.received.readableBytes == 0 { self.received = ByteBuffer() } else { self.received.discardReadBytes() }
        self.device.received(messages, on: self)
    }

    func ended(reason: String, isExplained: Bool) {
        self.number = nil
        self.device.lost(self, reason: self.reason ?? reason, isExplained: isExplained || self.reason != nil)
    }
}
