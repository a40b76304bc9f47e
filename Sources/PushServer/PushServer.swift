package import NIOCore
import NIOPosix
package import PushLedger
package import PushStore
import PushTransport
package import PushVocabulary
import Synchronization

/// The three services, listening. All push sockets and the broker live on one event loop of its own.
package final class PushServer: Sendable {
    /// The addresses really bound, ports included.
    package let addresses: [Environment: PushServerConfiguration.Addresses]
    package let clock: ProductClock

    private let group: MultiThreadedEventLoopGroup
    private let eventLoop: any EventLoop
    private let host: NIOLoopBound<BrokerHost>
    private let listeners: NIOLoopBound<Listeners>
    private let connections: NIOLoopBound<OpenConnections>
    private let waits: NIOLoopBound<PendingWaits>
    private let stateWriter: StateWriter?

    private init(
        group: MultiThreadedEventLoopGroup,
        eventLoop: any EventLoop,
        host: NIOLoopBound<BrokerHost>,
        connections: NIOLoopBound<OpenConnections>,
        waits: NIOLoopBound<PendingWaits>,
        stateWriter: StateWriter?,
        listeners: NIOLoopBound<Listeners>,
        addresses: [Environment: PushServerConfiguration.Addresses],
        clock: ProductClock
    ) {
        self.group = group
        self.eventLoop = eventLoop
        self.host = host
        self.connections = connections
        self.waits = waits
        self.stateWriter = stateWriter
        self.listeners = listeners
        self.addresses = addresses
        self.clock = clock
    }

    /// Binds every listener of every environment.
    ///
    /// - Parameter state: what an earlier process left, and where the present one keeps its own; it is closed when the
    ///   server stops, or does not start.
    /// - Throws: `ListenError` when one cannot be bound, `StateFileError` when the state does not fit together; what
    ///   was bound before is closed again.
    package static func start(
        _ configuration: PushServerConfiguration,
        clock: ProductClock,
        state: OpenedState? = nil
    ) async throws -> PushServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        do {
            let (host, connections, waits) = try await eventLoop.submit {
                let host = BrokerHost(
                    eventLoop: eventLoop,
                    clock: clock,
                    profile: configuration.profile,
                    ledgerLimits: configuration.ledgerLimits,
                    magicTokens: configuration.magicTokens,
                    tokenSecret: configuration.tokenSecret,
                    seed: configuration.seed
                )
                if let state { try host.goOn(with: state, on: eventLoop) }
                return (
                    NIOLoopBound(host, eventLoop: eventLoop),
                    NIOLoopBound(OpenConnections(limits: configuration.limits), eventLoop: eventLoop),
                    NIOLoopBound(PendingWaits(), eventLoop: eventLoop)
                )
            }.get()
            let setting = try ConnectionSetting(configuration)
            let listeners = try await eventLoop.submit {
                let listeners = Listeners(eventLoop: eventLoop) { key in
                    setting.bootstrap(for: key, on: eventLoop, host: host, connections: connections)
                }
                // The listeners hold the host, which everything accepted needs; it does not hold them.
                host.value.listenerControl = BrokerHost.ListenerControl { [weak listeners] keys in
                    listeners?.refuse(keys) ?? eventLoop.makeSucceededVoidFuture()
                }
                return NIOLoopBound(listeners, eventLoop: eventLoop)
            }.get()
            let addresses = try await Self.bindAll(configuration.addresses, with: listeners, on: eventLoop)
            try await eventLoop.submit {
                // Rules that an earlier process left may be about listeners.
                host.value.reviewListeners()
                connections.value.startWatching(on: eventLoop) { host.value.isHeldUp }
            }.get()
            return PushServer(
                group: group,
                eventLoop: eventLoop,
                host: host,
                connections: connections,
                waits: waits,
                stateWriter: state?.writer,
                listeners: listeners,
                addresses: addresses,
                clock: clock
            )
        } catch {
            await state?.writer.close()
            try? await group.shutdownGracefully()
            throw error
        }
    }

    /// Binds all of them, or none.
    ///
    /// - Returns: the addresses with the ports they got.
    private static func bindAll(
        _ wanted: [Environment: PushServerConfiguration.Addresses],
        with listeners: NIOLoopBound<Listeners>,
        on eventLoop: any EventLoop
    ) async throws -> [Environment: PushServerConfiguration.Addresses] {
        var bound: [Environment: PushServerConfiguration.Addresses] = [:]
        do {
            for environment in Environment.allCases {
                guard var addresses = wanted[environment] else { continue }
                for (service, path) in [
                    (PushService.gateway, \PushServerConfiguration.Addresses.gateway),
                    (.feedback, \.feedback), (.courier, \.courier),
                ] {
                    let key = ListenerKey(environment: environment, service: service)
                    let address = addresses[keyPath: path]
                    do {
                        let socket = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
                        let port = try await eventLoop.flatSubmit { listeners.value.bind(key, to: socket) }.get()
                        addresses[keyPath: path].port = port
                    } catch {
                        let name = "\(environment.rawValue) \(service.rawValue)"
                        throw ListenError(service: name, address: address, error: error)
                    }
                }
                bound[environment] = addresses
            }
        } catch {
            try? await eventLoop.flatSubmit { listeners.value.stop() }.get()
            throw error
        }
        return bound
    }

    /// Whether there is a state file.
    package var keepsState: Bool { self.stateWriter != nil }

    /// What keeps the state file from being written; `nil`: nothing, or there is none.
    package var stateFailure: StateNotWritten? { self.stateWriter?.notWritten }

    /// Runs `body` where the broker lives, between two batches. Returns when what it changes about listeners is done,
    /// and when all that it may tell is in the state file, if there is one.
    ///
    /// - Throws: what `body` throws; `StateNotWritten`.
    package func perform<Result: Sendable>(
        _ body: @escaping @Sendable (BrokerHost) throws -> Result
    ) async throws -> Result {
        let (host, eventLoop) = (self.host, self.eventLoop)
        let keepsState = self.keepsState
        return try await eventLoop.flatSubmit {
            let result = Swift.Result { try body(host.value) }
            let listening = host.value.listenerControl?.work ?? eventLoop.makeSucceededVoidFuture()
            let safe = keepsState ? host.value.whenSafe(on: eventLoop) : eventLoop.makeSucceededVoidFuture()
            return listening.flatMap { safe }.flatMapThrowing { try result.get() }
        }.get()
    }

    /// The broker, and the event loop on which it may be touched.
    var brokerHome: (host: NIOLoopBound<BrokerHost>, eventLoop: any EventLoop) { (self.host, self.eventLoop) }

    /// Waits until `count` notifications that match have been seen, or until the time is up.
    ///
    /// Ends early, unsatisfied, when its task is cancelled or the server stops.
    ///
    /// - Parameter timeout: real time; how long a test is willing to wait is not part of the emulated service.
    package func wait(
        for filter: NotificationFilter,
        count: Int,
        after cursor: Cursor?,
        timeout: TimeAmount
    ) async throws -> WaitOutcome {
        let (host, eventLoop, waits) = (self.host, self.eventLoop, self.waits)
        let promise = eventLoop.makePromise(of: WaitOutcome.self)
        let ticket = Mutex<WaitID?>(nil)
        return try await withTaskCancellationHandler {
            eventLoop.execute {
                let host = host.value
                let wait = host.ledger.wait(for: filter, count: count, after: cursor, at: host.clock.now) { outcome in
                    // Not from within the ledger, which those who are told may want to look at.
                    eventLoop.execute { promise.succeed(outcome) }
                }
                guard let wait else { return }
                ticket.withLock { $0 = wait }
                waits.value.add(wait, promise)
                let alarm = eventLoop.assumeIsolated().scheduleTask(in: timeout) { waits.value.end(wait, in: host) }
                promise.futureResult.whenComplete { _ in
                    alarm.cancel()
                    waits.value.forget(wait)
                }
            }
            return try await promise.futureResult.flatMap { outcome in
                host.value.whenSafe(on: eventLoop).map { outcome }
            }.get()
        } onCancel: {
            // Behind the call that registers the wait: the loop keeps the order.
            eventLoop.execute {
                if let wait = ticket.withLock({ $0 }) { waits.value.end(wait, in: host.value) }
            }
        }
    }

    /// Ends waits early: they answer with what they have found.
    ///
    /// - Parameter topic: only those that ask for this topic; `nil`: all.
    /// - Returns: how many there were.
    package func endWaits(topic: Topic?) async throws -> Int {
        let waits = self.waits
        return try await self.perform { host in
            let views = host.ledger.waits.filter { topic == nil || $0.filter.topic == topic }
            for view in views { waits.value.end(view.id, in: host) }
            return views.count
        }
    }

    /// Stops listening, ends every connection and gives the threads back.
    package func stop() async {
        let listeners = self.listeners
        try? await self.eventLoop.flatSubmit { listeners.value.stop() }.get()
        let (connections, waits, host, eventLoop) = (self.connections, self.waits, self.host, self.eventLoop)
        try? await self.eventLoop.flatSubmit {
            waits.value.endAll(in: host.value)
            host.value.ledger.closeEvents()
            return connections.value.closeAll(on: eventLoop).flatMap {
                host.value.keeper?.close(host.value) ?? eventLoop.makeSucceededVoidFuture()
            }
        }.get()
        try? await self.group.shutdownGracefully()
    }
}

/// The waits that have not ended, so that a deadline, a cancellation or a stop can end them.
private final class PendingWaits {
    private var promises: [WaitID: EventLoopPromise<WaitOutcome>] = [:]

    func add(_ wait: WaitID, _ promise: EventLoopPromise<WaitOutcome>) { self.promises[wait] = promise }
    func forget(_ wait: WaitID) { self.promises[wait] = nil }

    func end(_ wait: WaitID, in host: BrokerHost) {
        guard let outcome = host.ledger.cancelWait(wait) else { return }
        self.promises[wait]?.succeed(outcome)
    }

    func endAll(in host: BrokerHost) {
        for wait in Array(self.promises.keys) { self.end(wait, in: host) }
    }
}
