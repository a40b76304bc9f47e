import APNSWire
import NIOCore
import NIOPosix
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushVocabulary
import ServiceTestSupport

/// A broker's host without sockets, with one app on one device, and a clock that stands where it is put.
struct HostScene: Sendable {
    static let start = Instant(unixSeconds: 1_400_000_000)

    let clock = ProductClock(.manual, start: HostScene.start)
    private let eventLoop: any EventLoop
    private let host: NIOLoopBound<BrokerHost>
    let baseToken: DeviceToken
    private let certificate: Certificate

    init(profile: ServiceProfile = .standard) async throws {
        let (eventLoop, clock) = (MultiThreadedEventLoopGroup.singleton.any(), self.clock)
        self.eventLoop = eventLoop
        self.certificate = try TestIdentities.shared.provider(TestService.topic).certificate
        (self.host, self.baseToken) = try await eventLoop.submit {
            let host = BrokerHost(eventLoop: eventLoop, clock: clock, profile: profile, seed: 1)
            let provision = DeviceProvision(
                name: "phone",
                environment: .sandbox,
                apps: [DeviceProvision.App(topic: TestService.topic)]
            )
            return (NIOLoopBound(host, eventLoop: eventLoop), try host.provision(provision))
        }.get()
    }

    /// Calls made on the event loop come behind those that a moved clock has owed.
    func perform<Result: Sendable>(_ body: @escaping @Sendable (BrokerHost) throws -> Result) async throws -> Result {
        let host = self.host
        return try await self.eventLoop.submit { try body(host.value) }.get()
    }

    /// Has the phone's app judged a push, as if a provider had sent it.
    func push(_ outgoing: OutgoingNotification) async throws -> NotificationID {
        let certificate = self.certificate
        return try await self.perform { host in
            var outgoing = outgoing
            outgoing.token = Self.token(in: host).bytes
            var buffer = ByteBuffer()
            outgoing.write(into: &buffer)
            var decoder = ProviderFrameDecoder()
            guard case .frame(let frame) = decoder.next(in: &buffer) else { throw HostSceneError.malformedFrame }
            let provider = host.context(of: certificate, on: ConnectionID(rawValue: 1), in: .sandbox)
            let id = host.ledger.nextNotificationID
            guard host.judge(frame, from: provider, offset: 0, at: host.batchTime) == nil else {
                throw HostSceneError.refused
            }
            host.settle()
            return id
        }
    }

    func fate(of id: NotificationID) async throws -> Fate? {
        try await self.perform { host in
            host.ledger.notifications(limit: 100).items.first { $0.id == id }?.fate
        }
    }

    /// The phone connects and wants its app's pushes.
    func connect(_ link: NIOLoopBound<RecordingLink>) async throws {
        let baseToken = self.baseToken
        try await self.perform { host in
            let admission = host.admit(
                nil,
                presenting: baseToken,
                environment: .sandbox,
                on: link.value
            )
            guard case .admitted(let device, _) = admission else { throw HostSceneError.refused }
            host.filtered(device, lists: [TestService.topic.hash: .enabled], removed: [])
            host.settle()
        }
    }

    func makeLink() async throws -> NIOLoopBound<RecordingLink> {
        let eventLoop = self.eventLoop
        return try await eventLoop.submit { NIOLoopBound(RecordingLink(), eventLoop: eventLoop) }.get()
    }

    private static func token(in host: BrokerHost) -> DeviceToken {
        guard let device = host.broker.device(named: "phone"), let app = host.broker.view(of: device)?.apps.first
        else { preconditionFailure("provisioned") }
        return app.token
    }
}

enum HostSceneError: Error {
    case malformedFrame
    case refused
}

/// A device's connection that only keeps what it is given.
final class RecordingLink: DeviceLink {
    private(set) var delivered: [Delivery] = []
    private(set) var timesToldNothingStored = 0
    private(set) var ends: [DeviceLinkEnd] = []

    func deliver(_ delivery: Delivery) { self.delivered.append(delivery) }
    func tellNothingStored(baseToken: DeviceToken) { self.timesToldNothingStored += 1 }
    func flush() {}
    func end(_ reason: DeviceLinkEnd) { self.ends.append(reason) }
}
