import MockDevice
import PushBroker
import PushIdentity
import PushServer
package import PushVocabulary

/// What the user of a mock device does with it and its apps.
extension ControlOperations {
    /// Installs an app on a mock device, or makes an installed one as specified.
    ///
    /// - Parameter change: gets the app as it is, or with its defaults where it is not there.
    /// - Returns: the app, and whether the device did not have it.
    @discardableResult
    package func putApp(
        _ topic: Topic,
        on name: String,
        _ change: @Sendable (DeviceSpecification.App) throws -> DeviceSpecification.App
    ) async throws -> (app: DeviceRecord.App, isNew: Bool) {
        try await self.inTurn(name) {
            var wanted = try await self.present(name)
            let known = wanted.apps.firstIndex { $0.topic == topic }
            if let known {
                wanted.apps[known] = try change(wanted.apps[known])
            } else {
                wanted.apps.append(try change(DeviceSpecification.App(topic: topic)))
            }
            return (try await self.putWhole(wanted).device.app(topic), known == nil)
        }
    }

    /// Installs an app on a mock device, or gives an installed one another token.
    @discardableResult
    package func putApp(
        _ topic: Topic,
        token: DeviceToken? = nil,
        on name: String
    ) async throws -> (app: DeviceRecord.App, isNew: Bool) {
        try await self.putApp(topic, on: name) { app in
            var app = app
            app.token = token ?? app.token
            return app
        }
    }

    /// Uninstalls an app from a mock device. See `putDevice` for what the service learns of it.
    ///
    /// - Throws: `ControlError` with `notFound` when the device does not have the app.
    package func deleteApp(_ topic: Topic, from name: String) async throws {
        try await self.inTurn(name) {
            let part = try await self.part(of: name, with: topic)
            try await Self.translating { try await self.fleet.uninstall(topic, from: part) }
            try await self.agreement(about: part, uninstalled: [topic.hash])
        }
    }

    /// Opens an app: it asks for its token, and for permission if the user was never asked. While the phone has no
    /// connection its registration is pending, and this returns at once.
    ///
    /// - Throws: `ControlError` with `notFound` when the device does not have the app.
    package func launch(_ topic: Topic, on name: String) async throws -> DeviceRecord.App {
        try await self.inTurn(name) {
            let part = try await self.part(of: name, with: topic)
            try await Self.translating { try await self.fleet.launch(topic, on: part) }
            try await self.agreement(about: part)
            return try await self.device(name).app(topic)
        }
    }

    /// Restores a phone from a backup: its apps are there, but their tokens are void for the services, no app has been
    /// run, and permissions are to be asked for again.
    package func restore(_ name: String) async throws -> DeviceRecord {
        try await self.inTurn(name) {
            let present = try await self.present(name)
            for part in [name, present.companionName] where await self.fleet.snapshot(part) != nil {
                _ = try await self.perform { $0.voidTokens(ofDeviceNamed: part) }
                try await Self.translating { try await self.fleet.restore(part) }
                try await self.agreement(about: part)
            }
            return try await self.device(name)
        }
    }

    /// The log of a mock device, the oldest line first.
    ///
    /// - Throws: `ControlError`: `notFound`, `wrongState` for a device that is not ours.
    package func trace(of name: String, after number: UInt64 = 0) async throws -> [DeviceTraces.Entry] {
        let snapshot = try await self.managed(name)
        let companion = DeviceSpecification(name: name, environment: snapshot.environment).companionName
        return self.traces.entries(of: [name, companion], after: number)
    }

    /// The device under whose name the phone has an app: the phone's own, or its companion in the other environment.
    private func part(of name: String, with topic: Topic) async throws -> String {
        let snapshot = try await self.managed(name)
        let companion = DeviceSpecification(name: name, environment: snapshot.environment).companionName
        let other = await self.fleet.snapshot(companion)
        return other?.apps.contains { $0.topic == topic } == true ? companion : name
    }

    /// Makes one app as wanted.
    func change(
        _ present: DeviceSpecification.App?,
        to wanted: DeviceSpecification.App,
        token: DeviceToken?,
        on device: MockDeviceSnapshot
    ) async throws {
        let (topic, name, fleet) = (wanted.topic, device.name, self.fleet)
        guard let present, present.hasSameSignature(as: wanted, in: device.environment) else {
            // Another signature makes it another build, installed over the old one.
            if present != nil { try await fleet.uninstall(topic, from: name) }
            return try await fleet.install(topic, token: token, as: wanted.setup, on: name)
        }
        if wanted.registers, present.token != token { try await fleet.install(topic, token: token, on: name) }
        let permission = device.installed.first { $0.topic == topic }?.permission ?? .undetermined
        if wanted.setup.permission == .ask, permission == .granted || permission == .denied {
            throw ControlError(
                .wrongState,
                "the user was asked about \(topic) already",
                hint: "The question comes again after a restore, or once the app was gone for a day."
            )
        }
        try await fleet.change(topic, to: wanted.setup, on: name)
        if wanted.setup.isLaunched, !present.setup.isLaunched { try await fleet.launch(topic, on: name) }
        guard permission != .undetermined, let answer = PermissionBook.Answer(wanted.setup.permission) else { return }
        try await fleet.answerPermission(topic, answer, on: name)
    }
}

extension DeviceRecord {
    /// An app of the phone, in whichever environment.
    ///
    /// - Throws: `ControlError` with `notFound`.
    func app(_ topic: Topic) throws(ControlError) -> App {
        let app = (self.apps + self.companions.flatMap(\.apps)).first { $0.topicHash == topic.hash && $0.isInstalled }
        guard let app else { throw ControlError(.notFound, "\(topic) is not installed on \(self.name)") }
        return app
    }
}

extension DeviceSpecification {
    /// The phone's name in the other environment.
    var companionName: String {
        Self.companionName(of: self.name, in: self.environment == .sandbox ? .production : .sandbox)
    }
}

extension MockApp {
    /// Whether the service comes to know it: run, and signed with a valid entitlement.
    var registers: Bool { self.setup.isLaunched && self.setup.entitlement?.defect == nil }

    func hasSameSignature(as other: MockApp, in environment: Environment) -> Bool {
        let standard = Entitlement(for: environment)
        return (self.setup.entitlement ?? standard) == (other.setup.entitlement ?? standard)
    }
}

extension AppPermission {
    /// What the user said, or has yet to say; `nil`: nobody asked.
    var answer: AppSetup.FirstAnswer? {
        switch self {
        case .granted: .granted
        case .denied: .denied
        case .asking: .ask
        case .undetermined: nil
        }
    }
}

extension PermissionBook.Answer {
    /// `nil`: none yet.
    fileprivate init?(_ answer: AppSetup.FirstAnswer) {
        switch answer {
        case .granted: self = .granted
        case .denied: self = .denied
        case .ask: return nil
        }
    }
}
