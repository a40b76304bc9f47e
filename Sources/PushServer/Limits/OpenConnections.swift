import DequeModule
import NIOCore
import PushLedger

/// The accepted connections: counts them against the limits, watches that what was begun is finished, and lets a stop end
/// them.
///
/// Confined to the event loop of the push sockets.
final class OpenConnections {
    /// A connection that has come in.
    enum Entry {
        case admitted
        /// Another one has to go for it.
        case admittedFor(HandshakeFacts, any Channel)
        case refused(ConnectionEnd)
    }

    private struct Connection {
        let channel: any Channel
        /// Until the channel is closed.
        var progress: (any PeerProgress)?
        /// What was unfinished when it was last looked at, and since when it is.
        var unfinished: (part: UnfinishedPart, since: NIODeadline)?
    }

    /// A handshake that has begun; whether it still goes on is in its facts.
    private struct Handshake {
        let facts: HandshakeFacts
        let channel: any Channel

        var isUnderWay: Bool { self.facts.whenComplete != nil }
    }

    private struct Port {
        var open = 0
        var handshaking = 0
        /// In the order in which they began, with some that are over.
        var handshakes = Deque<Handshake>()

        /// The oldest that is under way.
        mutating func takeOldest() -> Handshake? {
            while let first = self.handshakes.popFirst() {
                if first.isUnderWay { return first }
            }
            return nil
        }

        mutating func append(_ handshake: Handshake) {
            if self.handshakes.count > 2 * self.handshaking + 64 { self.handshakes.removeAll { !$0.isUnderWay } }
            self.handshakes.append(handshake)
        }
    }

    /// How often in the time that may pass it is looked for what is unfinished.
    private static let looks = 4

    private let limits: ConnectionLimits
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var ports: [ListenerKey: Port] = [:]
    private var nextLook: Scheduled<Void>?
    /// Ends of connections that have been put off.
    private var ends = Deque<() -> Void>()
    private var isEnding = false

    init(limits: ConnectionLimits = ConnectionLimits()) {
        self.limits = limits
    }

    // MARK: - Coming and going

    /// Counts a connection in, until its channel closes.
    func enter(_ channel: any Channel, _ facts: HandshakeFacts, at key: ListenerKey) -> Entry {
        var displaced: Handshake?
        if let end = self.objection(at: key, displacing: &displaced) { return .refused(end) }
        self.ports[key, default: Port()].open += 1
        self.ports[key]?.handshaking += 1
        facts.whenComplete = { [weak self] in self?.ports[key]?.handshaking -= 1 }
        self.ports[key]?.append(Handshake(facts: facts, channel: channel))
        let id = ObjectIdentifier(channel)
        self.connections[id] = Connection(channel: channel)
        let bound = NIOLoopBound((self, facts), eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in
            let (connections, facts) = bound.value
            connections.connections[id] = nil
            connections.ports[key]?.open -= 1
            facts.whenComplete?()
            facts.whenComplete = nil
        }
        return displaced.map { .admittedFor($0.facts, $0.channel) } ?? .admitted
    }

    /// - Returns: why one more connection cannot be; `nil`: it can, if `displaced` goes.
    private func objection(at key: ListenerKey, displacing displaced: inout Handshake?) -> ConnectionEnd? {
        let port = self.ports[key] ?? Port()
        let isProcessFull = self.connections.count >= self.limits.maximumOpenConnections
        if port.open < self.limits.maximumConnections, !isProcessFull {
            if port.handshaking >= self.limits.maximumHandshakes { displaced = self.ports[key]?.takeOldest() }
            return nil
        }
        // Who has finished a handshake stays; the one who has not may never.
        displaced = self.ports[key]?.takeOldest()
        if displaced == nil, isProcessFull {
            let fullest = self.ports.max { $0.value.handshaking < $1.value.handshaking }
            displaced = fullest.flatMap { self.ports[$0.key]?.takeOldest() }
        }
        guard displaced == nil else { return nil }
        return isProcessFull
            ? .tooManyOpenFiles(self.limits.maximumOpenConnections)
            : .tooManyConnections(self.limits.maximumConnections)
    }

    var count: Int { self.connections.count }

    func closeAll(on eventLoop: any EventLoop) -> EventLoopFuture<Void> {
        self.nextLook?.cancel()
        self.ends.removeAll()
        let ends = self.connections.values.map { connection in
            connection.channel.close(promise: nil)
            return connection.channel.closeFuture
        }
        return EventLoopFuture.andAllComplete(ends, on: eventLoop)
    }

    // MARK: - Many at once

    /// How long the others are served before the next one is ended.
    private static let pauseBetweenEnds = TimeAmount.microseconds(150)

    /// Ends a connection soon, one in a turn of the loop. Thousands that came within a second are overdue within a second as
    /// well, and who is served would wait for all of those ends.
    func inGoodTime(on eventLoop: any EventLoop, _ end: @escaping () -> Void) {
        self.ends.append(end)
        if !self.isEnding { self.endOne(on: eventLoop) }
    }

    private func endOne(on eventLoop: any EventLoop) {
        self.ends.popFirst()?()
        // Also when none is left: the next may come within this very turn.
        self.isEnding = true
        eventLoop.assumeIsolated().scheduleTask(in: Self.pauseBetweenEnds) { [weak self] in
            guard let self else { return }
            self.isEnding = false
            if !self.ends.isEmpty { self.endOne(on: eventLoop) }
        }
    }

    // MARK: - What is unfinished

    /// Has a connection looked at for what its peer leaves unfinished.
    func watch(_ progress: any PeerProgress, of channel: any Channel) {
        self.connections[ObjectIdentifier(channel)]?.progress = progress
    }

    /// Looks again and again, until everything is closed.
    ///
    /// - Parameter isHeldUp: whether the service itself keeps its clients waiting.
    func startWatching(on eventLoop: any EventLoop, isHeldUp: @escaping () -> Bool) {
        guard let timeout = self.limits.unfinishedTimeout else { return }
        self.nextLook = eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout / Self.looks)) { [weak self] in
            self?.look(at: .now(), timeout: TimeAmount(timeout), isHeldUp: isHeldUp())
            self?.startWatching(on: eventLoop, isHeldUp: isHeldUp)
        }
    }

    private func look(at now: NIODeadline, timeout: TimeAmount, isHeldUp: Bool) {
        var overdue: [(any PeerProgress, UnfinishedPart)] = []
        for (id, connection) in self.connections {
            guard !isHeldUp, let progress = connection.progress, let part = progress.unfinished else {
                if connection.unfinished != nil { self.connections[id]?.unfinished = nil }
                continue
            }
            guard let before = connection.unfinished, before.part == part else {
                self.connections[id]?.unfinished = (part, now)
                continue
            }
            if now - before.since >= timeout { overdue.append((progress, part)) }
        }
        for (progress, part) in overdue { progress.end(.unfinished(part.kind, self.limits.unfinishedTimeout)) }
    }
}
