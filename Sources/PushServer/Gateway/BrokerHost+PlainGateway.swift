package import NIOCore
import NIOTLS
package import PushIdentity
package import PushLedger
package import PushVocabulary

extension BrokerHost {
    /// Makes a gateway connection of a channel without TLS, for a provider that is known already: where thousands of
    /// connections are wanted and TLS is not what they are about.
    ///
    /// Call it on the host's event loop, with an active channel.
    ///
    /// - Returns: the connection, as the ledger has it.
    @discardableResult
    package func installPlainGateway(
        in channel: any Channel,
        for certificate: Certificate,
        environment: Environment
    ) throws -> ConnectionID {
        let connection = self.openPlainConnection(to: .gateway, environment: environment)
        let facts = HandshakeFacts(connection: connection, environment: environment)
        facts.certificate = certificate
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([
            AlertRewriter(noCertificate: self.profile.alerts.noCertificate),
            ConnectionRecorder(facts: facts, host: self), GatewayHandler(facts: facts, host: self),
        ])
        pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
        return connection
    }

    /// Has the ledger know of a connection that has no TLS.
    package func openPlainConnection(to service: PushService, environment: Environment) -> ConnectionID {
        self.ledger.openConnection(to: service, environment: environment, peer: "plain", at: self.clock.now)
    }
}
