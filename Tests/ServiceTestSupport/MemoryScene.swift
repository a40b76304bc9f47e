package import APNSWire
package import MockDevice
package import NIOCore
import NIOEmbedded
package import PushBroker
import PushIdentity
package import PushLedger
package import PushServer
package import PushTransport
package import PushVocabulary

/// A broker's host, a courier and mock devices on one event loop, joined in memory, with a clock that is walked by hand:
/// no sockets, no threads, no waiting.
///
/// Confined to its event loop, which may be one that nobody drives: everything happens within `settle` and `walk`.
package final class MemoryScene {
    package static let start = Instant(unixSeconds: 1_400_000_000)

    package let clock: ProductClock
    package let host: BrokerHost
    package let devices: DeviceRoster
    package let network: MemoryNetwork
    package let timers: ProductTimers
    private let certificate: Certificate
    private var pushed: UInt32 = 0

    /// - Parameter observe: told of everything that happens to the devices.
    package init(
        eventLoop: any EventLoop,
        profile: ServiceProfile = .standard,
        courier: CourierOptions = CourierOptions(),
        ledgerLimits: LedgerLimits = LedgerLimits(),
        seed: UInt64 = 1,
        observe: @escaping (DeviceEvent) -> Void = { _ in }
    ) throws {
        let clock = ProductClock(.manual, start: Self.start)
        let timers = ProductTimers(eventLoop: eventLoop, clock: clock)
        let host = BrokerHost(
            eventLoop: eventLoop,
            clock: clock,
            profile: profile,
            ledgerLimits: ledgerLimits,
            seed: seed,
            timers: timers
        )
        let network = MemoryNetwork(eventLoop: eventLoop)
        let courier = MemoryCourier(host: host, options: courier)
        (self.clock, self.timers, self.host, self.network) = (clock, timers, host, network)
        self.devices = try DeviceRoster(
            dialer: MemoryCourierDialer(network: network) { courier.accept($0, environment: $1) },
            deviceKey: TestIdentities.shared.deviceKey,
            clock: clock,
            timers: timers,
            seed: seed,
            observe: observe
        )
        self.certificate = try TestIdentities.shared.provider(TestService.topic).certificate
    }

    deinit {
        // What a loop that nobody drives still owes would keep it, and itself, for ever.
        (self.timers.eventLoop as? EmbeddedEventLoop)?.run()
    }

    /// Carries what is under way, and makes what is due.
    package func settle() { self.walk(to: self.clock.now) }

    /// - Returns: how many points of time the clock stopped at.
    @discardableResult
    package func walk(_ duration: Duration) -> Int { self.walk(to: self.clock.now + duration) }

    @discardableResult
    private func walk(to target: Instant) -> Int {
        self.timers.walk(to: target, clock: self.clock, network: self.network)
    }

    /// Makes a phone known and adds it.
    ///
    /// - Returns: the token of its app of the usual topic.
    @discardableResult
    package func addPhone(_ configuration: MockDeviceConfiguration) throws -> DeviceToken {
        var configuration = configuration
        let provision = DeviceProvision(
            name: configuration.name,
            environment: configuration.environment,
            apps: configuration.apps.map { DeviceProvision.App(topic: $0.topic) }
        )
        configuration.baseToken = try self.host.provision(provision)
        try self.devices.add(configuration)
        self.network.run()
        guard let device = self.host.broker.device(named: configuration.name),
            let app = self.host.broker.view(of: device)?.apps.first
        else { preconditionFailure("provisioned with an app") }
        return app.token
    }

    /// Has a push judged, as if a provider had sent it, and carries what comes of it.
    @discardableResult
    package func push(_ outgoing: OutgoingNotification) throws -> NotificationID {
        var buffer = ByteBuffer()
        outgoing.write(into: &buffer)
        var decoder = ProviderFrameDecoder()
        guard case .frame(let frame) = decoder.next(in: &buffer) else { throw TestServiceError.malformedFrame }
        let provider = self.host.context(of: self.certificate, on: ConnectionID(rawValue: 1), in: .sandbox)
        let id = self.host.ledger.nextNotificationID
        guard self.host.judge(frame, from: provider, offset: 0, at: self.host.batchTime) == nil else {
            throw TestServiceError.refused
        }
        self.host.settle()
        self.network.run()
        return id
    }

    package func fate(of id: NotificationID) -> Fate? {
        self.host.ledger.notifications(limit: 100_000).items.first { $0.id == id }?.fate
    }

    /// Whether the service believes the phone connected.
    package func serviceSees(_ name: String) -> Bool {
        self.host.broker.device(named: name).map { self.host.broker.isConnected($0) } ?? false
    }
}
