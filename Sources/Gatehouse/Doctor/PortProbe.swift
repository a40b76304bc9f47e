import NIOCore
import NIOPosix
import PushTransport

/// Finds out whether an address can be bound, by binding it for a moment.
enum PortProbe {
    /// What is in the way, such as `in use`; `nil`: nothing.
    static func problem(with address: ServiceAddress) async -> String? {
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: address.host, port: address.port).get()
            try? await channel.close()
            return nil
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            return "in use"
        } catch let error as IOError where error.errnoCode == EACCES {
            return "not allowed to this user"
        } catch {
            return ControlClient.reason(error)
        }
    }
}
