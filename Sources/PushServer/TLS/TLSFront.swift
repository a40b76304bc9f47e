import NIOCore
import NIOSSL
import NIOTLS
import PushIdentity
import PushLedger
import PushVocabulary

/// What a connection's handshake has brought to light, shared by the handlers of its pipeline.
final class HandshakeFacts {
    let connection: ConnectionID
    var environment: Environment
    var certificate: Certificate?
    var admission = ProviderAdmission.admitted
    var isComplete = false {
        didSet {
            self.whenComplete?()
            self.whenComplete = nil
        }
    }
    /// Called once, when the handshake is complete or will never be.
    var whenComplete: (() -> Void)?
    var idle: IdleRule?
    /// Keeps the first bytes; `nil`: nobody does.
    var trace: ConnectionTrace?

    init(connection: ConnectionID, environment: Environment) {
        self.connection = connection
        self.environment = environment
    }
}

/// Silence after which a connection is closed, product time, and who has it closed: a fault rule, or the service as it
/// is configured.
struct IdleRule {
    var timeout: Duration
    var closer: ConnectionCloser
}

/// Builds the TLS part of an accepted connection's pipeline. The service's own handler comes behind it.
struct TLSFront {
    let host: BrokerHost
    let service: PushService
    let environment: Environment
    let context: NIOSSLContext
    /// `nil`: clients show no certificate.
    let providerAuthority: Certificate?
    /// Clients may show a certificate, whoever issued it: it says which device it is.
    var takesDeviceCertificates = false
    let handshakeTimeout: TimeAmount

    /// - Parameters:
    ///   - connections: where the connection is counted in, or refused.
    ///   - handler: makes the service's handler, once the TLS server name is known.
    func install(
        in channel: any Channel,
        of connections: OpenConnections,
        handler: @escaping (HandshakeFacts) -> any ChannelHandler
    ) throws {
        let connection = self.host.ledger.openConnection(
            to: self.service,
            environment: self.environment,
            peer: channel.remoteAddress.map(Self.text) ?? "unknown",
            at: self.host.clock.now
        )
        let facts = HandshakeFacts(connection: connection, environment: self.environment)
        guard self.enter(channel, facts, connections) else {
            // Not before the channel is registered and active.
            return channel.eventLoop.assumeIsolated().execute { channel.close(promise: nil) }
        }
        self.host.openChannels[connection] = channel
        let bound = NIOLoopBound(self.host, eventLoop: channel.eventLoop)
        channel.closeFuture.whenComplete { _ in
            bound.value.openChannels[connection] = nil
            bound.value.release(connection)
            bound.value.traces.close(connection, at: bound.value.batchTime)
        }
        facts.trace = self.host.traces.open(connection, to: self.service, at: self.host.batchTime)
        let rewriter = AlertRewriter(noCertificate: self.host.profile.alerts.noCertificate)
        let timeLimit = HandshakeGuard(
            facts: facts,
            host: self.host,
            connections: connections,
            timeout: self.handshakeTimeout
        )
        let recorder = ConnectionRecorder(facts: facts, host: self.host, handshakeGuard: timeLimit)
        let pipeline = channel.pipeline.syncOperations
        let serverName = SNIHandler { result in
            if case .hostname(let name) = result, let selected = Environment(realHostName: name) {
                facts.environment = selected
                self.host.ledger.updateConnection(connection) { $0.environment = selected }
            }
            let proceed = {
                channel.eventLoop.makeCompletedFuture {
                    let output = self.host.keeper.map { [SafeOutput(host: self.host, keeper: $0)] } ?? []
                    try pipeline.addHandlers(
                        [self.serverHandler(facts: facts, rewriter: rewriter)] + output
                            + [recorder, handler(facts)],
                        position: .after(try pipeline.handler(type: ByteToMessageHandler<SNIHandler>.self))
                    )
                }
            }
            guard let strike = self.host.strike(at: .handshake, self.subject(facts)) else { return proceed() }
            return self.carryOut(strike, onHandshakeOf: channel, facts: facts, proceed: proceed)
        }
        try pipeline.addHandlers([rewriter, timeLimit, ByteToMessageHandler(serverName)])
        if let strike = self.host.strike(at: .accept, self.subject(facts)) {
            self.carryOut(strike, onAcceptOf: channel, facts: facts)
        }
    }

    /// - Returns: whether there is room for the connection.
    private func enter(_ channel: any Channel, _ facts: HandshakeFacts, _ connections: OpenConnections) -> Bool {
        let key = ListenerKey(environment: self.environment, service: self.service)
        switch connections.enter(channel, facts, at: key) {
        case .admitted: return true
        case .admittedFor(let other, let displaced):
            self.host.ledger.closeConnection(
                other.connection,
                .handshakeFailed(.handshakeDisplaced),
                at: self.host.clock.now
            )
            displaced.close(promise: nil)
            return true
        case .refused(let end):
            self.host.ledger.closeConnection(facts.connection, .handshakeFailed(end), at: self.host.clock.now)
            return false
        }
    }

    private func subject(_ facts: HandshakeFacts) -> FaultSubject {
        FaultSubject(service: self.service, environment: facts.environment, connection: facts.connection)
    }

    private func serverHandler(facts: HandshakeFacts, rewriter: AlertRewriter) -> NIOSSLServerHandler {
        if self.takesDeviceCertificates {
            return NIOSSLServerHandler(context: self.context) { chain, promise in
                facts.certificate = (try? chain.first?.toDERBytes()).flatMap { try? Certificate(der: $0) }
                promise.succeed(.certificateVerified)
            }
        }
        guard let authority = self.providerAuthority else { return NIOSSLServerHandler(context: self.context) }
        return NIOSSLServerHandler(context: self.context) { chain, promise in
            self.judge(chain.first, facts: facts, authority: authority)
            switch facts.admission {
            case .admitted, .closedAfterHandshake: promise.succeed(.certificateVerified)
            case .refused(let alert, _):
                rewriter.alert = alert
                promise.succeed(.failed)
            }
        }
    }

    private func judge(_ shown: NIOSSLCertificate?, facts: HandshakeFacts, authority: Certificate) {
        let now = self.host.clock.now
        guard
            let der = try? shown?.toDERBytes(),
            let (certificate, verdict) =
                try? self.host.issuedCertificates.read(der: der, issuedBy: authority, at: now)
        else {
            facts.admission = .unreadableCertificate
            return
        }
        facts.certificate = certificate
        facts.admission = ProviderAdmission(
            of: certificate,
            verdict,
            in: facts.environment,
            alerts: self.host.profile.alerts,
            isRevoked: !self.host.revoked.isEmpty && self.host.revoked.contains(certificate.fingerprint)
        )
        self.host.ledger.updateConnection(facts.connection) {
            $0.certificateSubject = certificate.commonName
            $0.topics = certificate.topics
        }
    }

    private static func text(_ address: SocketAddress) -> String {
        guard let ip = address.ipAddress, let port = address.port else { return address.description }
        return ip.contains(":") ? "[\(ip)]:\(port)" : "\(ip):\(port)"
    }
}
