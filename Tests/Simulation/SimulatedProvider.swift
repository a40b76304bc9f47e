import APNSWire
import NIOCore
import NIOEmbedded
import PushIdentity
import PushLedger
import PushServer
import PushVocabulary

/// A provider of one topic in one environment, and its connection to the real gateway handler.
final class SimulatedProvider {
    /// A frame as it was sent.
    struct Sent {
        let number: Int
        /// Where it ends in its connection's stream.
        let end: Int
    }

    let topic: Topic
    let environment: Environment
    private let certificate: Certificate
    private let host: BrokerHost
    private let loop: EmbeddedEventLoop

    private(set) var connection: ConnectionID?
    private var channel: EmbeddedChannel?
    private var halfClose = OutputCloseCatcher()
    private var toGateway = SimulatedStream()
    private(set) var fromGateway: [UInt8] = []
    private var written = 0
    private var carried = 0
    private var sentHere: [Sent] = []
    /// What each connection's ledger must say, and whether it must say so exactly.
    private(set) var past: [(connection: ConnectionID, arrived: [Int])] = []

    init(topic: Topic, environment: Environment, certificate: Certificate, host: BrokerHost, loop: EmbeddedEventLoop) {
        self.topic = topic
        self.environment = environment
        self.certificate = certificate
        self.host = host
        self.loop = loop
    }

    /// Who reads the feedback service.
    var context: ProviderContext {
        let connection = self.host.openPlainConnection(to: .feedback, environment: self.environment)
        return self.host.context(of: self.certificate, on: connection, in: self.environment)
    }

    // MARK: - Sending

    func send(_ frame: OutgoingNotification, number: Int) throws {
        if self.channel == nil { try self.open() }
        var buffer = ByteBuffer()
        frame.write(into: &buffer)
        self.written += buffer.readableBytes
        self.sentHere.append(Sent(number: number, end: self.written))
        self.toGateway.write(buffer.readableBytesView)
    }

    private func open() throws {
        let catcher = OutputCloseCatcher()
        let channel = EmbeddedChannel(handler: catcher, loop: self.loop)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        self.connection = try self.host.installPlainGateway(
            in: channel,
            for: self.certificate,
            environment: self.environment
        )
        self.channel = channel
        self.halfClose = catcher
    }

    // MARK: - The network

    func carryToGateway(_ count: Int) throws {
        guard let channel, channel.isActive else { return try self.finish() }
        let bytes = self.toGateway.take(count)
        self.carried += bytes.count
        if !bytes.isEmpty { try channel.writeInbound(ByteBuffer(bytes: bytes)) }
    }

    /// What the gateway said reaches the provider; where it closes, the provider closes too, and comes back later.
    func carryFromGateway() throws {
        guard let channel else { return }
        while let said = try channel.readOutbound(as: ByteBuffer.self) { self.fromGateway += said.readableBytesView }
        if self.halfClose.hasCaught || !channel.isActive { try self.finish() }
    }

    /// The connection is lost, with whatever was on its way.
    func cut() throws { try self.finish() }

    private func finish() throws {
        guard let channel, let connection else { return }
        if channel.isActive { try channel.close().wait() }
        let arrived = self.sentHere.filter { $0.end <= self.carried }.map(\.number)
        self.past.append((connection, arrived))
        self.channel = nil
        self.connection = nil
        self.toGateway = SimulatedStream()
        (self.written, self.carried, self.sentHere) = (0, 0, [])
    }
}

/// An embedded channel cannot be closed by half: the gateway's half-close is caught and remembered.
final class OutputCloseCatcher: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private(set) var hasCaught = false

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        self.hasCaught = true
        promise?.succeed()
    }
}
