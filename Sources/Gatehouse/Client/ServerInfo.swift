package import ControlAPI
import PushVocabulary

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a running server says of itself, as far as a client needs it. Its devices are left out: those of other
/// processes may have apps that no provider has named yet.
package struct ServerInfo: Decodable, Hashable, Sendable {
    package var service: String
    package var version: String
    /// The control API's URL.
    package var control: String
    /// The certificate to trust, PEM.
    package var caFile: String
    /// By the name of an environment.
    package var environments: [String: ReadyRecord.Services]
    package var identities: [ReadyRecord.Identity]
}

extension ControlClient {
    /// What a running server says of itself.
    ///
    /// - Throws: `GatehouseError` when none answers, or another program does.
    package func info() async throws(GatehouseError) -> ServerInfo {
        try self.decode(ServerInfo.self, from: try await self.request("GET", "/v1/info"))
    }

    func decode<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws(GatehouseError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(body))
        } catch {
            throw GatehouseError(
                .unreachable,
                "What answers at \(self.url) is not a Gatehouse of this version. Check the address."
            )
        }
    }
}

extension ServerInfo {
    /// The addresses of one environment's services.
    ///
    /// - Throws: `GatehouseError` when it is not served.
    func services(of environment: PushEnvironment) throws(GatehouseError) -> ReadyRecord.Services {
        if let services = self.environments[environment.rawValue] { return services }
        let served = self.environments.keys.sorted().joined(separator: " and ")
        throw GatehouseError(
            .usage,
            "The server at \(self.control) does not serve \(environment.rawValue), only \(served)."
        )
    }

    /// The identity to show for a topic.
    ///
    /// - Parameter topic: `nil`: the only one there is.
    /// - Throws: `GatehouseError` when there is none, or several to choose from.
    func identity(for topic: String?, in environment: PushEnvironment) throws(GatehouseError) -> ReadyRecord.Identity {
        let known = self.identities.filter { $0.environment == environment.environment }
        let list = known.isEmpty ? "none" : known.map(\.topic).joined(separator: ", ")
        guard let topic else {
            if known.count == 1 { return known[0] }
            throw GatehouseError(
                .usage,
                "Say with --topic which identity to show; the server has these in \(environment.rawValue): \(list)."
            )
        }
        if let exact = known.first(where: { $0.topic == topic }) { return exact }
        throw GatehouseError(
            .usage,
            "The server has no identity for \(topic) in \(environment.rawValue), only: \(list). Put it under"
                + " `identities` in its configuration, or name one with --cert and --key."
        )
    }

    /// The environment meant when nobody says which.
    func environment(_ named: PushEnvironment?) -> PushEnvironment {
        if let named { return named }
        return self.environments[PushEnvironment.sandbox.rawValue] == nil ? .production : .sandbox
    }
}
