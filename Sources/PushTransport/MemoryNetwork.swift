package import NIOCore

/// Streams of bytes between parties on one event loop, with nothing between them but a queue.
///
/// 1. Bytes arrive in the order in which they were written, over all streams: one queue carries them all.
/// 2. Nothing arrives within the call that sent it, so no party is entered while it is at work.
/// 3. `run()` carries everything that is under way, and what comes of it: when it returns, all is quiet. Whoever drives
///    the event loop by hand calls it; otherwise the loop does, soon after something was written.
package final class MemoryNetwork {
    fileprivate enum Event {
        case opened
        case bytes(ByteBuffer)
        case ended(reason: String)
    }

    package let eventLoop: any EventLoop
    private var queue = CircularBuffer<(end: MemoryLink, event: Event)>()
    private var isRunning = false
    private var isRunOwed = false

    package init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    package var isQuiet: Bool { self.queue.isEmpty }

    /// Makes a stream; each side hears soon that it stands.
    ///
    /// - Parameter accept: takes the other end, and names its owner.
    package func connect(
        _ caller: any ByteLinkOwner,
        to accept: (any ByteLink) -> any ByteLinkOwner
    ) -> any ByteLink {
        let (near, far) = (MemoryLink(network: self), MemoryLink(network: self))
        (near.peer, far.peer) = (far, near)
        near.owner = caller
        far.owner = accept(far)
        self.post(.opened, to: far)
        self.post(.opened, to: near)
        return near
    }

    package func run() {
        guard !self.isRunning else { return }
        self.isRunning = true
        while let (end, event) = self.queue.popFirst() { end.hear(event) }
        self.isRunning = false
    }

    fileprivate func post(_ event: Event, to end: MemoryLink) {
        self.queue.append((end, event))
        guard !self.isRunning, !self.isRunOwed else { return }
        self.isRunOwed = true
        self.eventLoop.assumeIsolated().execute {
            self.isRunOwed = false
            self.run()
        }
    }
}

/// One end of a stream in memory.
private final class MemoryLink: ByteLink {
    private let network: MemoryNetwork
    /// Set until the stream has ended for it.
    var owner: (any ByteLinkOwner)?
    /// Set until the stream has ended, from whichever side.
    var peer: MemoryLink?
    /// Nothing more arrives.
    private var isDeaf = false

    init(network: MemoryNetwork) {
        self.network = network
    }

    func write(_ bytes: ByteBuffer) {
        guard let peer, bytes.readableBytes > 0 else { return }
        self.network.post(.bytes(bytes), to: peer)
    }

    func close() { self.end("the other side closed the connection") }

    func reset() {
        self.peer?.isDeaf = true
        self.end("the connection was reset")
    }

    func setReading(_ reads: Bool) {}

    private func end(_ reason: String) {
        guard let peer else { return }
        (self.peer, self.isDeaf) = (nil, true)
        self.network.post(.ended(reason: reason), to: peer)
        self.network.post(.ended(reason: "the connection was closed"), to: self)
    }

    func hear(_ event: MemoryNetwork.Event) {
        guard let owner else { return }
        switch event {
        case .opened: if !self.isDeaf { owner.linkOpened() }
        case .bytes(let bytes): if !self.isDeaf { owner.linkReceived(bytes) }
        case .ended(let reason):
            // Its peer has ended already, or ends with it: what this side still writes goes nowhere.
            (self.peer, self.owner) = (nil, nil)
            owner.linkEnded(reason: reason)
        }
    }
}
