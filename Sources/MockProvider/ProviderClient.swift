package import APNSWire
package import NIOCore
import NIOPosix
package import NIOSSL
package import PushIdentity
package import PushTransport

/// A provider: what a program under test does to gateway and feedback, done right, for commands, tests and the demo.
package struct ProviderClient: Sendable {
    package var gateway: ServiceAddress
    package var feedback: ServiceAddress?
    /// Real time allowed for TCP to connect, and again for the handshake.
    package var connectTimeout = TimeAmount.seconds(10)
    private let identity: Identity?
    private let authority: Certificate?
    private let context: NIOSSLContext
    private let serverName: String?
    private let eventLoopGroup: any EventLoopGroup

    /// - Parameters:
    ///   - identity: shown to the service; `nil` shows none, which the service refuses.
    ///   - authority: whose certificates the service shows; `nil` takes any certificate.
    ///   - serverName: the TLS server name to ask for; `nil` asks for none, as most clients of the era.
    ///   - version: the only TLS version to speak; `nil` speaks 1.0 to 1.2.
    /// - Throws: when the identity is of no use to TLS.
    package init(
        gateway: ServiceAddress,
        feedback: ServiceAddress? = nil,
        identity: Identity?,
        authority: Certificate?,
        serverName: String? = nil,
        version: TLSVersion? = nil,
        eventLoopGroup: any EventLoopGroup
    ) throws {
        self.gateway = gateway
        self.feedback = feedback
        self.identity = identity
        self.authority = authority
        self.context = try TLSContexts.providerClient(identity: identity, authority: authority, version: version)
        self.serverName = serverName
        self.eventLoopGroup = eventLoopGroup
    }

    /// The same provider, speaking one version of TLS only.
    package func speaking(_ version: TLSVersion) throws -> ProviderClient {
        try self.variant(identity: self.identity, version: version)
    }

    /// The same provider, showing no certificate.
    package func withoutIdentity() throws -> ProviderClient {
        try self.variant(identity: nil, version: nil)
    }

    private func variant(identity: Identity?, version: TLSVersion?) throws -> ProviderClient {
        var client = try ProviderClient(
            gateway: self.gateway,
            feedback: self.feedback,
            identity: identity,
            authority: self.authority,
            serverName: self.serverName,
            version: version,
            eventLoopGroup: self.eventLoopGroup
        )
        client.connectTimeout = self.connectTimeout
        return client
    }

    /// Connects to the gateway and finishes the handshake.
    ///
    /// - Throws: what TCP or TLS says; a refused certificate shows here.
    package func connect() async throws -> ProviderConnection {
        try await self.connect(to: self.gateway)
    }

    /// Connects to the feedback service and finishes the handshake, for those who want to see its bytes.
    ///
    /// - Throws: what TCP or TLS says, or `ProviderError.noFeedbackAddress`.
    package func connectToFeedback() async throws -> ProviderConnection {
        guard let feedback else { throw ProviderError.noFeedbackAddress }
        return try await self.connect(to: feedback)
    }

    /// Reads the feedback service to its end.
    ///
    /// - Parameter timeout: real time; the service closes when it has said everything, unless told otherwise.
    package func readFeedback(timeout: TimeAmount = .seconds(10)) async throws -> [FeedbackTuple] {
        let connection = try await self.connectToFeedback()
        let heard = await connection.hear(until: .end, within: timeout)
        await connection.close()
        guard heard.hasEnded else { throw ProviderError.feedbackHeldOpen }
        var bytes = heard.bytes
        var tuples: [FeedbackTuple] = []
        while let tuple = try FeedbackTuple.next(in: &bytes) { tuples.append(tuple) }
        guard bytes.readableBytes == 0 else { throw ProviderError.truncatedTuple(bytes: bytes.readableBytes) }
        return tuples
    }

    private func connect(to address: ServiceAddress) async throws -> ProviderConnection {
        let eventLoop = self.eventLoopGroup.next()
        let ready = eventLoop.makePromise(of: Void.self)
        let bound = try await eventLoop.submit {
            NIOLoopBound(ProviderHandler(ready: ready), eventLoop: eventLoop)
        }.get()
        let channel: any Channel
        do {
            channel = try await self.open(address, on: eventLoop, handler: bound)
        } catch {
            ready.fail(error)
            throw error
        }
        let alarm = eventLoop.scheduleTask(in: self.connectTimeout) { ready.fail(ProviderError.handshakeTimeout) }
        defer { alarm.cancel() }
        do {
            try await ready.futureResult.get()
        } catch {
            channel.close(promise: nil)
            throw error
        }
        return ProviderConnection(channel: channel, handler: bound)
    }

    private func open(
        _ address: ServiceAddress,
        on eventLoop: any EventLoop,
        handler: NIOLoopBound<ProviderHandler>
    ) async throws -> any Channel {
        let (context, serverName) = (self.context, self.serverName)
        return try await ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connectTimeout(self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: serverName)
                    try channel.pipeline.syncOperations.addHandlers([tls, handler.value])
                }
            }
            .connect(host: address.host, port: address.port).get()
    }
}

package enum ProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    case noFeedbackAddress
    case feedbackHeldOpen
    case truncatedTuple(bytes: Int)
    case handshakeTimeout

    package var description: String {
        switch self {
        case .noFeedbackAddress: "no address of a feedback service was given"
        case .feedbackHeldOpen: "the feedback service did not close its connection in time"
        case .truncatedTuple(let bytes): "the feedback service ended in the middle of a tuple (\(bytes) bytes left)"
        case .handshakeTimeout: "the service accepted the connection but did not finish the TLS handshake in time"
        }
    }
}
