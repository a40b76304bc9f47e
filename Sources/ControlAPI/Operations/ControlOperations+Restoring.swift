import MockDevice
import PushBroker
import PushServer
package import PushStore
import PushVocabulary

/// Mock devices live in another part of the process than the service, and come back with it.
extension ControlOperations {
    /// Makes the mock devices that an earlier process had, each with its tokens. One whose environment is not served
    /// now stays away.
    ///
    /// - Throws: `ControlError`.
    package func restoreDevices(_ specifications: [DeviceSpecification]) async throws {
        for wanted in specifications where self.server.addresses[wanted.environment] != nil {
            try await self.inTurn(wanted.name) {
                // Its certificate is made anew, perhaps with another key.
                let baseToken = try await self.perform { host in
                    host.forgetIdentity(ofDeviceNamed: wanted.name)
                    return host.broker.device(named: wanted.name).flatMap { host.broker.baseToken(of: $0) }
                }
                guard let baseToken else { return }
                let tokens = try await self.tokens(of: wanted.name)
                try await self.bringBack(wanted, baseToken: baseToken, tokens: tokens)
            }
        }
    }

    private func bringBack(
        _ wanted: DeviceSpecification,
        baseToken: DeviceToken,
        tokens: [TopicHash: DeviceToken]
    ) async throws {
        do {
            try await self.bringUp(wanted, baseToken: baseToken, tokens: tokens)
        } catch let error as ControlError where error.code == .timedOut {
            // A fault rule that came back as well may keep it away. It goes on trying, as it did.
        }
    }

    /// Notes what a mock device has become, in both environments, so that it comes back like that.
    func keepDevice(_ name: String) async throws {
        guard self.server.keepsState, await self.fleet.snapshot(name) != nil else { return }
        let whole = try await self.present(name)
        var kept = [whole.parts.main]
        if await self.fleet.snapshot(whole.companionName) != nil {
            kept.append(try await self.present(whole.companionName).parts.main)
        }
        let texts = kept.map { ($0.name, $0.keptText) }
        try await self.perform { host in
            for (name, text) in texts { host.keep(text, as: name, of: DeviceSpecification.keptKind) }
        }
    }
}

extension DeviceSpecification {
    static let keptKind = StateDocuments.mockDevice

    /// As it is kept beyond the process.
    var keptText: String { self.json.description }

    /// The mock devices among a state's documents.
    ///
    /// - Throws: `ControlError` for one that cannot be.
    package static func kept(in documents: [StateDocument]) throws(ControlError) -> [DeviceSpecification] {
        var specifications: [DeviceSpecification] = []
        for document in documents where document.kind == Self.keptKind {
            guard let body = document.body, let json = try? JSONReader.value(of: body.utf8) else {
                throw ControlError(.internalError, "the mock device \(document.key) cannot be read")
            }
            specifications.append(try DeviceSpecification(json, name: document.key))
        }
        return specifications
    }
}
