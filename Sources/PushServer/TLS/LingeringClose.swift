import NIOCore

/// Ends a connection so that the peer sees what was said last: close_notify, half-close, read on for a while, close.
///
/// Closing with unread input would make the kernel send a reset, which can erase an unread error packet at the client.
struct LingeringClose {
    /// How long what the peer still sends is read before the connection is closed for good. A provider on a busy machine
    /// may take seconds to write what it has begun, and reads the error only then.
    static let linger = TimeAmount.seconds(10)

    private(set) var hasBegun = false

    /// Says `last`, then nothing more.
    mutating func begin(after last: ByteBuffer? = nil, context: ChannelHandlerContext) {
        guard !self.hasBegun else { return }
        self.hasBegun = true
        if let last { context.write(NIOAny(last), promise: nil) }
        context.flush()
        context.close(mode: .output, promise: nil)
        let context = UnownedContext(context)
        context.value?.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) {
            context.value?.channel.close(promise: nil)
        }
    }

    /// The peer has closed its side: nothing more to wait for.
    func inputClosed(context: ChannelHandlerContext) {
        context.close(promise: nil)
    }
}

/// A handler's context for use in a timer that may outlive the handler: empty once the channel is gone.
struct UnownedContext {
    private let context: ChannelHandlerContext

    init(_ context: ChannelHandlerContext) {
        self.context = context
    }

    var value: ChannelHandlerContext? { self.context.channel.isActive ? self.context : nil }
}
