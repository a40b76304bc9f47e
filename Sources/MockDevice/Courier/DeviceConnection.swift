import APNSWire
import NIOCore
import PushTransport
import PushVocabulary

/// One courier connection of a mock device: cuts bytes into messages, and messages into bytes.
final class DeviceConnection {
    private let device: MockDevice
    private let decoder = CourierFrameDecoder()
    private var received = ByteBuffer()
    private var outgoing = ByteBuffer()
    /// Set until the connection is gone.
    private var link: (any ByteLink)?
    /// Why it is to end, if not by the courier.
    private var reason: String?
    private var isClosing = false

    init(device: MockDevice) {
        self.device = device
    }

    func dial(_ environment: Environment, with dialer: any CourierDialer) {
        self.link = dialer.dial(environment, for: self)
    }

    func write(_ message: CourierMessage) { message.write(into: &self.outgoing) }

    func flush() {
        guard self.outgoing.readableBytes > 0, let link else { return }
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        link.write(bytes)
    }

    func close() {
        guard !self.isClosing else { return }
        self.flush()
        self.isClosing = true
        self.reason = self.reason ?? "the phone gave the connection up"
        self.link?.close()
    }
}

extension DeviceConnection: ByteLinkOwner {
    func linkOpened() {
        if !self.isClosing { self.device.opened(self) }
    }

    func linkReceived(_ bytes: ByteBuffer) {
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

    func linkEnded(reason: String) {
        self.link = nil
        self.device.lost(self, reason: self.reason ?? reason)
    }
}
