import NIOCore
import NIOTLS
import PushLedger
import PushTransport

/// The link of a `CourierConnection` over a socket: moves bytes, decides nothing.
final class CourierHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let facts: HandshakeFacts
    private var context: ChannelHandlerContext?
    private var closing = LingeringClose()
    /// Set until the channel is gone.
    private var owner: CourierConnection?
    /// Whether the owner wants to hear its device.
    private var isListening = true

    init(facts: HandshakeFacts, host: BrokerHost, options: CourierOptions) {
        self.facts = facts
        self.owner = CourierConnection(facts: facts, host: host, options: options, link: self)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: self.owner?.linkOpened()
        case ChannelEvent.inputClosed: self.closing.inputClosed(context: context)
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.owner?.linkReceived(Self.unwrapInboundIn(data))
    }

    /// A device that does not read what it is told is not heard either: its questions would fill the memory with answers.
    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.applyReading(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        let owner = self.owner
        self.owner = nil
        owner?.linkEnded(reason: "the other side closed the connection")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if !self.facts.isComplete { context.close(promise: nil) }
    }
}

extension CourierHandler: ByteLink {
    func write(_ bytes: ByteBuffer) { self.context?.writeAndFlush(Self.wrapOutboundOut(bytes), promise: nil) }
    func close() { self.context.map { self.closing.begin(context: $0) } }
    func reset() { self.context?.channel.reset() }

    func setReading(_ reads: Bool) {
        self.isListening = reads
        if let context { self.applyReading(context) }
    }

    private func applyReading(_ context: ChannelHandlerContext) {
        let reads = self.isListening && context.channel.isWritable
        try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
        if reads { context.read() }
    }
}

extension CourierHandler: PeerProgress {
    var unfinished: UnfinishedPart? {
        if let context, !context.channel.isWritable { return UnfinishedPart(kind: .reading, position: 0) }
        return self.owner?.unfinished
    }

    func end(_ end: ConnectionEnd) { self.owner?.end(end) }
}
