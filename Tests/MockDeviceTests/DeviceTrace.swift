import MockDevice
import NIOCore
import NIOPosix
import PushIdentity
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport

/// What happened to the devices of a fleet, to be waited for.
actor DeviceTrace {
    private var events: [DeviceEvent] = []
    private let stream: AsyncStream<DeviceEvent>
    private let continuation: AsyncStream<DeviceEvent>.Continuation

    init() {
        (self.stream, self.continuation) = AsyncStream.makeStream()
    }

    /// A fleet of its own that tells this trace everything.
    nonisolated func fleet(of service: TestService, clock: ProductClock) async throws -> DeviceFleet {
        try await self.fleet(couriers: service.server.addresses.mapValues(\.courier), clock: clock)
    }

    nonisolated func fleet(
        couriers: [Environment: ServiceAddress],
        clock: ProductClock
    ) async throws -> DeviceFleet {
        let (identities, continuation) = (TestIdentities.shared, self.continuation)
        return try await DeviceFleet(
            eventLoop: MultiThreadedEventLoopGroup.singleton.any(), couriers: couriers,
            authority: identities.authority.certificate, deviceKey: identities.deviceKey, clock: clock, seed: 3
        ) { continuation.yield($0) }
    }

    /// Waits until so many events match, counted from the first, and gives the last of them.
    @discardableResult
    func wait(
        count: Int = 1,
        for matches: @escaping @Sendable (DeviceEvent.Kind) -> Bool
    ) async throws -> DeviceEvent {
        let continuation = self.continuation
        let alarm = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .seconds(10)) { continuation.finish() }
        defer { alarm.cancel() }
        while true {
            let matching = self.events.filter { matches($0.kind) }
            if matching.count >= count { return matching[count - 1] }
            var iterator = self.stream.makeAsyncIterator()
            guard let event = await iterator.next(isolation: self) else { throw TestServiceError.timedOut }
            self.events.append(event)
        }
    }

    /// All that happened up to what was waited for last.
    func kinds() -> [DeviceEvent.Kind] { self.events.map(\.kind) }
}
