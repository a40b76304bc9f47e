import MockDevice
import PushBroker
import PushIdentity
package import PushServer
package import PushVocabulary

extension ControlOperations {
    /// All that makes this service what it is, as a document. Devices of other processes are not in it: they bring
    /// their tokens along when they connect.
    package func exportState() async throws -> StateExport {
        let snapshots = await self.fleet.snapshots()
        let (views, accumulated, faults) = try await self.perform { host in
            (host.broker.deviceViews, host.accumulated, host.faultEntries.map(\.rule))
        }
        var document = StateExport()
        document.identities = self.identities.map {
            StateExport.Identity(topic: Topic($0.topic), environment: $0.environment)
        }
        let viewsByName = Dictionary(views.map { ($0.name, $0) }) { first, _ in first }
        for snapshot in snapshots {
            guard let view = viewsByName[snapshot.name] else { continue }
            var specification = try await self.present(snapshot.name).parts.main
            specification.baseToken = view.baseToken
            document.devices.append(specification)
        }
        let names = Set(document.devices.map(\.name))
        document.faults = faults
        document.accumulated = accumulated
        document.accumulated.removedApps.removeAll { !names.contains($0.device) }
        document.accumulated.waiting.removeAll { !names.contains($0.device) }
        return document
    }

    /// Makes what a document names, and leaves alone what it does not. Importing it again changes nothing.
    ///
    /// What cannot be is found before anything is changed. Devices that are to be connected are, when this returns.
    ///
    /// - Throws: `ControlError`: `validationFailed`, `tokenTaken`, `nameTaken`, `wrongState`; `timedOut` when a device
    ///   did not come up, with everything else in place.
    package func importState(_ document: StateExport) async throws {
        try await self.check(document)
        for device in document.devices {
            // In a document of ours, each environment's part of a phone is a device of its own.
            let isWhole = device.parts.companion != nil
            try await self.inTurn(device.name) {
                _ = isWhole ? try await self.putWhole(device) : try await self.put(device)
            }
        }
        try await self.takeOver(document.accumulated)
        let faults = document.faults
        try await self.perform { host in
            let known = host.faultEntries.map(\.rule)
            for rule in faults where !known.contains(rule) { host.putFault(rule) }
        }
    }

    /// Takes over what had accumulated elsewhere, as far as its devices are here.
    package func takeOver(_ accumulated: AccumulatedState) async throws {
        try await self.perform { $0.takeOver(accumulated) }
    }

    private func check(_ document: StateExport) async throws {
        let served = Set(self.server.addresses.keys)
        let managed = Set(await self.fleet.snapshots().map(\.name))
        let names = Set(document.devices.map(\.name))
        for (position, device) in document.devices.enumerated()
        where !served.contains(device.environment) {
            throw ControlError.invalid(
                .pointer("/devices/\(position)/environment"),
                "the \(device.environment.rawValue) environment is not served here",
                hint: "Start Gatehouse with both environments."
            )
        }
        for (position, app) in document.accumulated.removedApps.enumerated() where !names.contains(app.device) {
            throw ControlError.invalid(
                .pointer("/accumulated/removedApps/\(position)/device"),
                "is none of the devices"
            )
        }
        for (position, waiting) in document.accumulated.waiting.enumerated() where !names.contains(waiting.device) {
            throw ControlError.invalid(.pointer("/accumulated/waiting/\(position)/device"), "is none of the devices")
        }
        try await self.perform { host in
            for (position, device) in document.devices.enumerated() {
                try Self.check(device, at: "/devices/\(position)", managed: managed, on: host)
            }
        }
    }

    private static func check(
        _ wanted: DeviceSpecification,
        at pointer: String,
        managed: Set<String>,
        on host: BrokerHost
    ) throws {
        let known = host.broker.device(named: wanted.name)
        if let known {
            guard managed.contains(wanted.name) else {
                throw ControlError(
                    .wrongState,
                    "\(wanted.name) is a device of another process",
                    places: [.init(.pointer("\(pointer)/name"), "is a device of another process")]
                )
            }
            guard host.broker.view(of: known)?.environment == wanted.environment else {
                throw ControlError(
                    .nameTaken,
                    "\(wanted.name) is a device of the other environment",
                    places: [.init(.pointer("\(pointer)/name"), "is a device of the other environment")]
                )
            }
        }
        if let baseToken = wanted.baseToken,
            let holder = host.broker.device(baseToken: baseToken, environment: wanted.environment), holder != known
        {
            throw Self.tokenTaken("\(pointer)/baseToken", by: host.broker.name(of: holder))
        }
        for (index, app) in wanted.apps.enumerated() {
            guard let token = app.token, let topic = host.broker.knownTopic(app.topic.hash),
                let taken = host.broker.app(token: token, topics: [topic], environment: wanted.environment),
                let holder = host.broker.device(of: taken), holder != known
            else { continue }
            throw Self.tokenTaken("\(pointer)/apps/\(index)/token", by: host.broker.name(of: holder))
        }
    }

    private static func tokenTaken(_ pointer: String, by holder: String?) -> ControlError {
        let detail = "belongs to \(holder ?? "another device")"
        return ControlError(.tokenTaken, "\(pointer): \(detail)", places: [.init(.pointer(pointer), detail)])
    }
}
