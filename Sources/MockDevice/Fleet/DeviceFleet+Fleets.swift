import NIOCore
package import PushVocabulary

/// Devices that are made, connected and steered together, for callers from elsewhere; see `DeviceRoster`. All throw
/// `DeviceFleetError`.
extension DeviceFleet {
    /// Real time that may pass without any device coming up.
    private static let patience = TimeAmount.seconds(30)

    package func addFleet(
        _ specification: FleetSpecification,
        baseTokens: [DeviceToken?] = [],
        without: Set<String> = []
    ) async throws {
        try await self.perform { try $0.addFleet(specification, baseTokens: baseTokens, without: without) }
    }

    /// Adds the devices of a fleet, and returns once each is online and registered, or kept from that by its network.
    ///
    /// - Parameter progress: told how many are, on the event loop.
    package func bringUpFleet(
        _ specification: FleetSpecification,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws {
        let (roster, eventLoop) = (self.roster, self.eventLoop)
        try await eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            let promise = eventLoop.makePromise(of: Void.self)
            let count = NIOLoopBoundBox(0, eventLoop: eventLoop)
            let alarm = NIOLoopBoundBox(nil as Scheduled<Void>?, eventLoop: eventLoop)
            @Sendable func setAlarm() {
                alarm.value?.cancel()
                alarm.value = eventLoop.scheduleTask(in: Self.patience + Self.longestTurn(specification)) {
                    promise.fail(DeviceFleetError.timedOut(Self.missing(in: specification, count: count.value)))
                }
            }
            setAlarm()
            promise.futureResult.whenComplete { _ in alarm.value?.cancel() }
            do {
                try roster.value.addFleet(specification) { _ in
                    count.value += 1
                    progress(count.value)
                    if count.value == specification.count { promise.succeed() } else { setAlarm() }
                }
            } catch {
                promise.fail(error)
            }
            return promise.futureResult
        }.get()
    }

    private static func longestTurn(_ specification: FleetSpecification) -> TimeAmount {
        .nanoseconds(Int64(1_000_000_000 / (specification.connectRate ?? 1_000_000_000)))
    }

    private static func missing(in specification: FleetSpecification, count: Int) -> String {
        specification.count == 1
            ? specification.name : "\(specification.count - count) of \(specification.count) devices"
    }

    /// - Returns: the names of the devices that are gone with it.
    package func removeFleet(_ name: String) async throws -> [String] {
        try await self.perform { try $0.removeFleet(name) }
    }

    package func changeFleet(to specification: FleetSpecification) async throws {
        try await self.perform { try $0.changeFleet(to: specification) }
    }

    package func wakeUpFleet(_ name: String, rate: Double?) async throws {
        try await self.perform { try $0.wakeUpFleet(name, rate: rate) }
    }

    /// - Returns: how many devices had a connection.
    package func cutFleet(_ name: String, jitter: Duration?) async throws -> Int {
        try await self.perform { try $0.cutFleet(name, jitter: jitter) }
    }
}
