import APNSWire
import ControlAPI
import Logging
import MockDevice
import NIOCore
import PushBroker
import PushIdentity
import PushLedger
import PushServer
import PushTransport
import PushVocabulary
import ServiceTestSupport

/// A push service with its control API, both on free ports of the loopback.
struct ControlScene: Sendable {
    static let topic = TestService.topic
    static let otherTopic = TestService.otherTopic
    /// A name that is allowed beside loopback names.
    static let allowedHost = "gatehouse.test"
    static let facts = InstanceFacts(
        version: "1.2.3",
        processIdentifier: 42,
        caFile: "/somewhere/ca.pem",
        identities: [
            ReadyRecord.Identity(
                topic: TestService.topic.name,
                environment: .sandbox,
                certFile: "/c.pem",
                keyFile: "/k.pem",
                pemFile: "/j.pem",
                p12File: "/i.p12",
                p12Password: "gatehouse"
            )
        ],
        profile: "2014",
        seed: 7
    )

    let service: TestService
    let operations: ControlOperations
    let server: ControlServer

    var http: HTTPCaller { HTTPCaller(address: self.server.address) }

    /// Runs `body` with a scene that is stopped afterwards, whatever happens.
    static func with(
        profile: ServiceProfile = .standard,
        clock: ProductClock = ProductClock(),
        adminToken: String? = nil,
        certificates: IdentityStore? = nil,
        _ body: (ControlScene) async throws -> Void
    ) async throws {
        let traces = DeviceTraces()
        try await TestService.with(profile: profile, clock: clock, observe: { traces.record($0) }) { service in
            let operations = ControlOperations(
                server: service.server,
                fleet: service.fleet,
                facts: try Self.facts(certificates),
                traces: traces,
                identityStore: certificates
            )
            let server = try await ControlServer.start(
                operations,
                ControlServer.Options(
                    address: ServiceAddress(host: "127.0.0.1", port: 0),
                    allowedHosts: [Self.allowedHost],
                    adminToken: adminToken
                ),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            operations.becomeReady()
            let scene = ControlScene(service: service, operations: operations, server: server)
            do {
                try await body(scene)
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
    }

    /// With the files of a store where there is one; else nobody looks into them.
    private static func facts(_ store: IdentityStore?) throws -> InstanceFacts {
        guard let store else { return Self.facts }
        let files = try store.providerIdentity(ProviderRequest(topic: Self.topic, kind: .development))
        var facts = Self.facts
        facts.caFile = store.authorityFile
        facts.identities = [ReadyRecord.Identity(files, topic: Self.topic, environment: .sandbox)]
        return facts
    }

    // MARK: - Pushes

    /// Has frames judged as those of one connection of a provider would be: behind a refused one all are discarded.
    func push(
        _ notifications: [OutgoingNotification],
        topic: Topic = Self.topic,
        environment: Environment = .sandbox
    ) async throws {
        let kind: IdentityKind = environment == .sandbox ? .development : .production
        let certificate = try self.service.identities.provider(topic, kind: kind).certificate
        try await self.service.server.perform { host in
            let provider = host.context(of: certificate, on: ConnectionID(rawValue: 1), in: environment)
            var stream = ByteBuffer()
            for notification in notifications { notification.write(into: &stream) }
            let length = stream.readableBytes
            var decoder = ProviderFrameDecoder()
            var cause: NotificationID?
            let time = host.batchTime
            while case .frame(let frame) = decoder.next(in: &stream) {
                let offset = UInt64(length - stream.readableBytes - frame.bytes.readableBytes)
                if cause == nil {
                    cause = host.judge(frame, from: provider, offset: offset, at: time)?.id
                    if let cause { host.recordAnswer(to: cause) }
                } else {
                    host.recordDiscarded(frame, causedBy: cause, from: provider, offset: offset, at: time)
                }
            }
            host.settle()
        }
    }

    /// Pushes alerts to one token, with the identifiers 1, 2, 3, ...
    func push(_ alerts: String..., to token: DeviceToken, topic: Topic = Self.topic) async throws {
        try await self.push(
            alerts.enumerated().map { .alert($1, to: token, identifier: UInt32($0 + 1)) },
            topic: topic
        )
    }
}

extension DeviceToken {
    /// 32 times the same byte.
    static func repeating(_ byte: UInt8) throws -> DeviceToken {
        guard let token = DeviceToken(Array(repeating: byte, count: 32)) else { throw SceneError.noToken }
        return token
    }
}

enum SceneError: Error {
    case noToken
    case noAnswer
}
