import MockDevice
import NIOCore
import NIOPosix
import PushIdentity
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport
import Synchronization

/// What happened to the devices of a fleet, to be looked at and waited for.
final class DeviceTrace: Sendable {
    private struct Waiter {
        var count: Int
        var matches: @Sendable (DeviceEvent.Kind) -> Bool
        var promise: EventLoopPromise<DeviceEvent>
    }

    private struct State {
        var events: [DeviceEvent] = []
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    /// A fleet of its own that tells this trace everything.
    func fleet(of service: TestService, clock: ProductClock) async throws -> DeviceFleet {
        try await self.fleet(couriers: service.server.addresses.mapValues(\.courier), clock: clock)
    }

    func fleet(couriers: [Environment: ServiceAddress], clock: ProductClock) async throws -> DeviceFleet {
        let identities = TestIdentities.shared
        return try await DeviceFleet(
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(),
            couriers: couriers,
            authority: identities.authority.certificate,
            deviceKey: identities.deviceKey,
            clock: clock,
            seed: 3
        ) { event in
            self.state.withLock { $0.events.append(event) }
            self.tellWaiters()
        }
    }

    /// Waits until so many events match, counted from the first, and gives the last of them.
    @discardableResult
    func wait(
        count: Int = 1,
        for matches: @escaping @Sendable (DeviceEvent.Kind) -> Bool
    ) async throws -> DeviceEvent {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let promise = eventLoop.makePromise(of: DeviceEvent.self)
        let alarm = eventLoop.scheduleTask(in: TimeAmount(.patience)) { promise.fail(TestServiceError.timedOut) }
        defer { alarm.cancel() }
        self.state.withLock { $0.waiters.append(Waiter(count: count, matches: matches, promise: promise)) }
        self.tellWaiters()
        return try await promise.futureResult.get()
    }

    var kinds: [DeviceEvent.Kind] { self.state.withLock { $0.events.map(\.kind) } }

    func count(_ matches: (DeviceEvent.Kind) -> Bool) -> Int { self.kinds.count(where: matches) }

    private func tellWaiters() {
        let satisfied = self.state.withLock { state in
            var satisfied: [(EventLoopPromise<DeviceEvent>, DeviceEvent)] = []
            state.waiters.removeAll { waiter in
                let matching = state.events.filter { waiter.matches($0.kind) }
                guard matching.count >= waiter.count else { return false }
                satisfied.append((waiter.promise, matching[waiter.count - 1]))
                return true
            }
            return satisfied
        }
        for (promise, event) in satisfied { promise.succeed(event) }
    }
}

extension DeviceEvent.Kind {
    var isConnecting: Bool { if case .connecting = self { true } else { false } }
    var isConnected: Bool { if case .connected = self { true } else { false } }
    var isDisconnected: Bool { if case .disconnected = self { true } else { false } }
    var isReceived: Bool { if case .received = self { true } else { false } }
}
