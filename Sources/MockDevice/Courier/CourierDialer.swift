package import NIOCore
package import PushTransport
package import PushVocabulary

/// How devices reach a courier. It is all they know of the service: its port, and the bytes that pass there.
///
/// Confined to its event loop.
package protocol CourierDialer: AnyObject {
    var eventLoop: any EventLoop { get }
    /// Whether there is a courier for the environment.
    func serves(_ environment: Environment) -> Bool
    /// Opens a connection. Its owner hears when it stands or that it could not be made, never within this call.
    func dial(_ environment: Environment, for owner: any ByteLinkOwner) -> any ByteLink
}

/// Reaches a courier on the same event loop through memory: the same bytes, no socket.
package final class MemoryCourierDialer: CourierDialer {
    package var eventLoop: any EventLoop { self.network.eventLoop }
    private let network: MemoryNetwork
    private let environments: Set<Environment>
    private let accept: (any ByteLink, Environment) -> any ByteLinkOwner

    /// - Parameter accept: the courier's door: takes one end of a connection, and names its owner.
    package init(
        network: MemoryNetwork,
        environments: Set<Environment> = Set(Environment.allCases),
        accept: @escaping (any ByteLink, Environment) -> any ByteLinkOwner
    ) {
        self.network = network
        self.environments = environments
        self.accept = accept
    }

    package func serves(_ environment: Environment) -> Bool { self.environments.contains(environment) }

    package func dial(_ environment: Environment, for owner: any ByteLinkOwner) -> any ByteLink {
        self.network.connect(owner) { self.accept($0, environment) }
    }
}
