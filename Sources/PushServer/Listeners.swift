import NIOCore
import NIOPosix
import PushLedger
import PushVocabulary

/// What a listening socket is for: one service of one environment.
struct ListenerKey: Hashable, Sendable {
    var environment: Environment
    var service: PushService
}

/// The listening sockets of a server. A fault rule may have some closed for a while, so that connecting is refused as
/// where nobody listens; afterwards they listen again where they did.
///
/// Confined to the event loop of the push sockets.
final class Listeners {
    private struct Listener {
        /// With the port that it was given when it was bound first.
        var address: SocketAddress
        /// `nil` while connections are refused.
        var channel: (any Channel)?
    }

    /// How long until the next attempt, transport time, when another program has taken the port meanwhile.
    private static let pause = TimeAmount.milliseconds(200)

    private let eventLoop: any EventLoop
    private let bootstrap: (ListenerKey) -> ServerBootstrap
    private var listeners: [ListenerKey: Listener] = [:]
    private var refused: Set<ListenerKey> = []
    private var isStopped = false

    /// - Parameter bootstrap: makes what accepts the connections of a listener.
    init(eventLoop: any EventLoop, bootstrap: @escaping (ListenerKey) -> ServerBootstrap) {
        self.eventLoop = eventLoop
        self.bootstrap = bootstrap
    }

    /// Binds a listener.
    ///
    /// - Returns: the port it got.
    func bind(_ key: ListenerKey, to address: SocketAddress) -> EventLoopFuture<Int> {
        self.bootstrap(key).bind(to: address).assumeIsolated().map { channel in
            let bound = channel.localAddress ?? address
            self.listeners[key] = Listener(address: bound, channel: channel)
            return bound.port ?? 0
        }.nonisolated()
    }

    /// Has exactly these refuse connections. Connections that stand are left alone.
    ///
    /// - Returns: done when it is so, or when the first attempt to listen again has failed; further ones follow.
    func refuse(_ keys: Set<ListenerKey>) -> EventLoopFuture<Void> {
        self.refused = keys
        let changes = self.listeners.keys.compactMap { key -> EventLoopFuture<Void>? in
            guard keys.contains(key) else { return self.reopen(key) }
            guard let channel = self.listeners[key]?.channel else { return nil }
            self.listeners[key]?.channel = nil
            return channel.close()
        }
        return EventLoopFuture.andAllComplete(changes, on: self.eventLoop)
    }

    /// - Returns: `nil`: it listens.
    private func reopen(_ key: ListenerKey) -> EventLoopFuture<Void>? {
        guard let listener = self.listeners[key], listener.channel == nil else { return nil }
        return self.bootstrap(key).bind(to: listener.address).assumeIsolated().map { channel in
            // Meanwhile it may be refused again, or have been opened by an earlier call.
            if self.isStopped || self.refused.contains(key) || self.listeners[key]?.channel != nil {
                channel.close(promise: nil)
            } else {
                self.listeners[key]?.channel = channel
            }
        }.flatMapErrorThrowing { _ in
            self.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
                guard !self.isStopped, !self.refused.contains(key) else { return }
                _ = self.reopen(key)
            }
        }.nonisolated()
    }

    /// Closes every listener for good.
    func stop() -> EventLoopFuture<Void> {
        self.isStopped = true
        let ends = self.listeners.values.compactMap { $0.channel?.close() }
        self.listeners = [:]
        return EventLoopFuture.andAllComplete(ends, on: self.eventLoop)
    }
}
