import APNSWire
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import PushIdentity
import PushTransport
import PushVocabulary

/// Opens courier connections for mock devices: real TCP, real TLS, and the proof that travels inside Connect.
struct DeviceConnector: Sendable {
    private let eventLoop: any EventLoop
    private let couriers: [Environment: ServiceAddress]
    private let context: NIOSSLContext
    /// Stands for the authority that activates devices; the courier asks for no chain.
    private let activation: CertificateAuthority
    private let deviceKey: PrivateKey

    init(
        eventLoop: any EventLoop,
        couriers: [Environment: ServiceAddress],
        authority: Certificate,
        deviceKey: PrivateKey
    ) throws {
        self.eventLoop = eventLoop
        self.couriers = couriers
        self.context = try TLSContexts.courierClient(authority: authority)
        self.activation = try CertificateAuthority.create(commonName: "Gatehouse Device Activation", key: deviceKey)
        self.deviceKey = deviceKey
    }

    func address(of environment: Environment) -> ServiceAddress? { self.couriers[environment] }

    /// A certificate for a device of this name.
    func identity(named name: String) throws -> Identity {
        try self.activation.issueDevice(commonName: name, key: self.deviceKey)
    }

    /// - Parameter handler: made on the event loop; takes the connection over once TCP stands.
    func open(
        _ environment: Environment,
        handler: @escaping @Sendable () -> any ChannelHandler
    ) -> EventLoopFuture<any Channel> {
        guard let address = self.couriers[environment] else {
            return self.eventLoop.makeFailedFuture(DeviceFleetError.courierUnavailable(environment))
        }
        let context = self.context
        return ClientBootstrap(group: self.eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .connectTimeout(.seconds(10))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        try NIOSSLClientHandler(context: context, serverHostname: environment.courierHostName),
                        handler(),
                    ])
                }
            }
            .connect(host: address.host, port: address.port)
    }
}

extension Environment {
    /// The real courier's name, which a device shows in TLS and expects in the server's certificate.
    var courierHostName: String {
        switch self {
        case .sandbox: "courier.sandbox.push.apple.com"
        case .production: "courier.push.apple.com"
        }
    }
}
