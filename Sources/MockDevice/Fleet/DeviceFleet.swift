package import NIOCore
package import PushIdentity
package import PushTransport
package import PushVocabulary

/// The mock devices of one process, all on one event loop. They see couriers and nothing else.
///
/// - SeeAlso: `DeviceRoster`, which is the same for callers on the event loop.
package final class DeviceFleet: Sendable {
    /// Real time the service has to answer before a moved clock moves on; a fault may keep it from answering at all.
    private static let answerPatience = TimeAmount.milliseconds(250)

    /// Real time a device may take to come online and register.
    private static let registrationTimeout = TimeAmount.seconds(12)

    let eventLoop: any EventLoop
    let roster: NIOLoopBound<DeviceRoster>

    package init(_ roster: NIOLoopBound<DeviceRoster>, on eventLoop: any EventLoop) {
        self.roster = roster
        self.eventLoop = eventLoop
    }

    /// A fleet that reaches couriers over TLS.
    ///
    /// - Parameters:
    ///   - couriers: where each environment's courier is to be reached.
    ///   - authority: whose certificates the couriers show.
    ///   - deviceKey: an RSA key that all devices of the fleet share; each has a certificate of its own.
    ///   - observe: told of everything that happens, on the event loop.
    package convenience init(
        eventLoop: any EventLoop,
        couriers: [Environment: ServiceAddress],
        authority: Certificate,
        deviceKey: PrivateKey,
        clock: ProductClock,
        seed: UInt64,
        observe: @escaping @Sendable (DeviceEvent) -> Void = { _ in }
    ) async throws {
        let roster = try await eventLoop.submit {
            let roster = try DeviceRoster(
                dialer: TLSCourierDialer(eventLoop: eventLoop, couriers: couriers, authority: authority),
                deviceKey: deviceKey,
                clock: clock,
                timers: ProductTimers(eventLoop: eventLoop, clock: clock),
                seed: seed,
                observe: observe
            )
            return NIOLoopBound(roster, eventLoop: eventLoop)
        }.get()
        self.init(roster, on: eventLoop)
    }

    // MARK: - Devices

    /// Adds a device. When it is to be connected, returns once it is online, its Filter is sent and every app has its
    /// token.
    ///
    /// - Throws: `DeviceFleetError`.
    package func add(_ configuration: MockDeviceConfiguration) async throws {
        try await self.settled(configuration.name) { try $0.add(configuration) }
    }

    /// Has a device connect, and stay connected. Returns once it is registered; at once when it has no app.
    package func connect(_ name: String) async throws {
        try await self.settled(name) { try $0.connect(name) }
    }

    /// Has a device hang up and stay away.
    package func disconnect(_ name: String) async throws {
        try await self.perform { try $0.disconnect(name) }
    }

    /// Puts another network between a device and its courier, with what is connected.
    package func change(_ name: String, to network: NetworkProfile) async throws {
        try await self.perform { try $0.change(name, to: network) }
    }

    /// Takes a device out of the fleet; it hangs up.
    package func remove(_ name: String) async throws {
        try await self.perform { try $0.remove(name) }
    }

    package func snapshot(_ name: String) async -> MockDeviceSnapshot? {
        try? await self.perform { $0.snapshot(name) }
    }

    /// All devices, in the order in which they were added.
    package func snapshots() async -> [MockDeviceSnapshot] {
        (try? await self.perform { roster in roster.names.compactMap { roster.snapshot($0) } }) ?? []
    }

    package func stop() async {
        try? await self.perform { $0.removeAll() }
    }

    // MARK: - On the loop

    /// Runs `body` where the devices live.
    package func perform<Result: Sendable>(
        _ body: @escaping @Sendable (DeviceRoster) throws -> Result
    ) async throws -> Result {
        let roster = self.roster
        return try await self.eventLoop.submit { try body(roster.value) }.get()
    }

    /// Does something to a device and waits until it is registered, if it is meant to be connected and has an app; not
    /// where its network, or a clock that stands still, keeps it from that.
    func settled(_ name: String, _ body: @escaping @Sendable (DeviceRoster) throws -> Void) async throws {
        let (roster, eventLoop) = (self.roster, self.eventLoop)
        try await eventLoop.flatSubmit { () -> EventLoopFuture<Void> in
            let promise = eventLoop.makePromise(of: Void.self)
            do {
                try body(roster.value)
                try roster.value.whenRegistered(name, promise)
                let alarm = eventLoop.scheduleTask(in: Self.registrationTimeout) {
                    promise.fail(DeviceFleetError.timedOut(name))
                }
                promise.futureResult.whenComplete { _ in alarm.cancel() }
            } catch {
                promise.fail(error)
            }
            return promise.futureResult
        }.get()
    }
}

// MARK: - Product time

extension DeviceFleet: ProductTimeKeeper {
    /// The earliest thing a device owes by the product clock.
    package func nextDue() async -> Instant? { (try? await self.perform { $0.timers.nextDue }) ?? nil }
    package func startJournal() async { try? await self.perform { $0.timers.startJournal() } }
    /// Makes what is due, and gives what devices have asked of the service real time to be answered: a clock that
    /// moved on at once would outrun the sockets.
    package func settle() async {
        try? await self.perform { $0.timers.wake() }
        let deadline = NIODeadline.now() + Self.answerPatience
        while NIODeadline.now() < deadline, (try? await self.perform { $0.isBusy }) == true {
            try? await self.eventLoop.scheduleTask(in: .microseconds(200)) {}.futureResult.get()
        }
    }
    package func endJournal() async -> [ProductTimers.Fired] {
        (try? await self.perform { $0.timers.endJournal() }) ?? []
    }
}
