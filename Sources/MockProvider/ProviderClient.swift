package import APNSWire
package import NIOCore
import NIOPosix
import NIOSSL
package import PushIdentity
package import PushTransport

/// A provider: what a program under test does to gateway and feedback, done right, for commands, tests and the demo.
package struct ProviderClient: Sendable {
    package var gateway: ServiceAddress
    package var feedback: ServiceAddress?
    private let context: NIOSSLContext
    private let serverName: String?
    private let eventLoopGroup: any EventLoopGroup

    /// - Parameters:
    ///   - identity: shown to the service; `nil` shows none, which the service refuses.
    ///   - authority: whose certificates the service shows.
    ///   - serverName: the TLS server name to ask for; `nil` asks for none, as most clients of the era.
    /// - Throws: when the identity is of no use to TLS.
    package init(
        gateway: ServiceAddress,
        feedback: ServiceAddress? = nil,
        identity: Identity?,
        authority: Certificate,
        serverName: String? = nil,
        eventLoopGroup: any EventLoopGroup
    ) throws {
        self.gateway = gateway
        self.feedback = feedback
        self.context = try TLSContexts.providerClient(identity: identity, authority: authority)
        self.serverName = serverName
        self.eventLoopGroup = eventLoopGroup
    }

    /// Connects to the gateway and finishes the handshake.
    ///
    /// - Throws: what TCP or TLS says; a refused certificate shows here.
    package func connect() async throws -> ProviderConnection {
        try await self.connect(to: self.gateway)
    }

    /// Reads the feedback service to its end.
    ///
    /// - Parameter timeout: real time; the service closes when it has said everything, unless told otherwise.
    package func readFeedback(timeout: TimeAmount = .seconds(10)) async throws -> [FeedbackTuple] {
        guard let feedback else { throw ProviderError.noFeedbackAddress }
        let connection = try await self.connect(to: feedback)
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
        let (context, serverName) = (self.context, self.serverName)
        let eventLoop = self.eventLoopGroup.next()
        let ready = eventLoop.makePromise(of: Void.self)
        let bound = try await eventLoop.submit {
            NIOLoopBound(ProviderHandler(ready: ready), eventLoop: eventLoop)
        }.get()
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connectTimeout(.seconds(10))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let tls = try NIOSSLClientHandler(context: context, serverHostname: serverName)
                        try channel.pipeline.syncOperations.addHandlers([tls, bound.value])
                    }
                }
                .connect(host: address.host, port: address.port).get()
            try await ready.futureResult.get()
            return ProviderConnection(channel: channel, handler: bound)
        } catch {
            ready.fail(error)
            throw error
        }
    }
}

package enum ProviderError: Error, Hashable, Sendable, CustomStringConvertible {
    case noFeedbackAddress
    case feedbackHeldOpen
    case truncatedTuple(bytes: Int)

    package var description: String {
        switch self {
        case .noFeedbackAddress: "no address of a feedback service was given"
        case .feedbackHeldOpen: "the feedback service did not close its connection in time"
        case .truncatedTuple(let bytes): "the feedback service ended in the middle of a tuple (\(bytes) bytes left)"
        }
    }
}
