import APNSWire
import NIOCore
import NIOTLS

/// Moves bytes between a mock device and its courier connection.
final class DeviceConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Which of the device's attempts to connect this one came from.
    let attempt: Int
    private let device: MockDevice
    private let decoder = CourierFrameDecoder()
    private var received = ByteBuffer()
    private var outgoing = ByteBuffer()
    private var context: ChannelHandlerContext?
    /// Why it is to end, if not by the courier.
    private var reason: String?
    private var isClosing = false

    init(device: MockDevice, attempt: Int) {
        self.device = device
        self.attempt = attempt
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(_ message: CourierMessage) { message.write(into: &self.outgoing) }

    func flush() {
        guard self.outgoing.readableBytes > 0, let context else { return }
        let bytes = self.outgoing
        self.outgoing = ByteBuffer()
        context.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil)
    }

    func close() {
        guard !self.isClosing else { return }
        self.flush()
        self.isClosing = true
        self.reason = self.reason ?? "the phone gave the connection up"
        self.context?.close(promise: nil)
    }

    func channelActive(context: ChannelHandlerContext) {
        self.device.reached(self)
        context.fireChannelActive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { self.device.opened(self) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        guard !self.isClosing else { return }
        if self.received.readableBytes == 0 { self.received = bytes } else { self.received.writeBuffer(&bytes) }
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

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.reason = String(describing: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.device.lost(self, reason: self.reason ?? "the courier closed the connection")
        context.fireChannelInactive()
    }
}
