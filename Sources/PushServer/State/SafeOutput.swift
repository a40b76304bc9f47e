import NIOCore

/// Holds back what a connection's handlers say until the state file has what it is based on, and reads no more while
/// too much waits to be written. In a pipeline only where there is a state file.
///
/// Everything keeps its order: a close waits behind the bytes that were written before it.
final class SafeOutput: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Held {
        case write(NIOAny, EventLoopPromise<Void>?)
        case flush
        case close(CloseMode, EventLoopPromise<Void>?)
    }

    private let host: BrokerHost
    private let keeper: StateKeeper
    private var held: [Held] = []
    /// How many of `held` each ticket lets go, in the order of the tickets.
    private var tickets: [(ticket: Int, end: Int)] = []
    private var context: ChannelHandlerContext?
    private var isReadHeld = false

    init(host: BrokerHost, keeper: StateKeeper) {
        self.host = host
        self.keeper = keeper
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        self.drop()
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.drop()
        context.fireChannelInactive()
    }

    // MARK: - Outbound

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard self.hold(.write(data, promise)) else { return context.write(data, promise: promise) }
    }

    func flush(context: ChannelHandlerContext) {
        guard self.hold(.flush) else { return context.flush() }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // While nothing can be written, ending a connection is the one thing that still has to be possible.
        if mode == .all, self.keeper.failure != nil { self.drop() }
        guard self.keeper.failure == nil || mode != .all, self.hold(.close(mode, promise)) else {
            return context.close(mode: mode, promise: promise)
        }
    }

    func read(context: ChannelHandlerContext) {
        guard self.keeper.isBehind(self.host) else { return context.read() }
        guard !self.isReadHeld else { return }
        self.isReadHeld = true
        self.keeper.holdRead { [weak self] in
            guard let self else { return }
            self.isReadHeld = false
            self.context?.read()
        }
    }

    // MARK: - Holding

    /// - Returns: whether it waits; `false`: it may go out now.
    private func hold(_ item: Held) -> Bool {
        guard let ticket = self.keeper.ticket(self.host) else {
            guard !self.held.isEmpty else { return false }
            // Behind what is about to be let go.
            self.held.append(item)
            self.tickets[self.tickets.count - 1].end += 1
            return true
        }
        self.held.append(item)
        if let last = self.tickets.last, last.ticket == ticket {
            self.tickets[self.tickets.count - 1].end = self.held.count
        } else {
            self.tickets.append((ticket, self.held.count))
            self.keeper.when(ticket) { [weak self] in self?.letGo(ticket) }
        }
        return true
    }

    private func letGo(_ ticket: Int) {
        guard let first = self.tickets.first, first.ticket == ticket, let context else { return }
        self.tickets.removeFirst()
        let items = self.held.prefix(first.end)
        self.held.removeFirst(first.end)
        for index in self.tickets.indices { self.tickets[index].end -= first.end }
        for item in items {
            switch item {
            case .write(let data, let promise): context.write(data, promise: promise)
            case .flush: context.flush()
            case .close(let mode, let promise): context.close(mode: mode, promise: promise)
            }
        }
    }

    private func drop() {
        let items = self.held
        self.held = []
        self.tickets = []
        for item in items {
            switch item {
            case .write(_, let promise), .close(_, let promise): promise?.fail(ChannelError.ioOnClosedChannel)
            case .flush: break
            }
        }
    }
}
