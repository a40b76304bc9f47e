import MockDevice
import PushBroker
import PushIdentity
import PushServer
import PushVocabulary
import Synchronization

extension ControlOperations {
    /// Real time in which the service has to notice what a mock device did.
    private static let agreementTimeout: Duration = .seconds(5)

    /// Real time a call about a device waits for those before it. With the time a device has to register and the service
    /// to notice, a call is answered within half a minute: what clients wait for, if not told otherwise.
    private static let turnPatience: Duration = .seconds(10)

    // MARK: - Looking

    /// All devices the service knows, in the order in which it came to know them.
    package func devices() async throws -> [DeviceRecord] {
        let views = try await self.perform { $0.broker.deviceViews }
        var snapshots: [String: MockDeviceSnapshot] = [:]
        for snapshot in await self.fleet.snapshots() { snapshots[snapshot.name] = snapshot }
        var records = views.map { DeviceRecord($0, snapshots[$0.name]) }
        let places = Dictionary(records.indices.map { (records[$0].name, $0) }) { first, _ in first }
        for index in records.indices {
            guard let companion = self.companionName(of: records[index]).flatMap({ places[$0] }),
                records[companion].isManaged
            else { continue }
            records[index].companions = [records[companion]]
        }
        let companions = Set(records.lazy.flatMap(\.companions).map(\.name))
        return records.filter { !companions.contains($0.name) }
    }

    private func companionName(of record: DeviceRecord) -> String? {
        guard record.isManaged else { return nil }
        return DeviceSpecification(name: record.name, environment: record.environment).companionName
    }

    /// - Throws: `ControlError` with `notFound`.
    package func device(_ name: String) async throws -> DeviceRecord {
        let snapshot = await self.fleet.snapshot(name)
        guard let view = try await self.view(of: name) else { throw Self.noDevice(name) }
        var record = DeviceRecord(view, snapshot)
        if let companion = self.companionName(of: record), let other = await self.fleet.snapshot(companion),
            let view = try await self.view(of: companion)
        {
            record.companions = [DeviceRecord(view, other)]
        }
        return record
    }

    func view(of name: String) async throws -> DeviceView? {
        try await self.perform { host in host.broker.device(named: name).flatMap { host.broker.view(of: $0) } }
    }

    private static func noDevice(_ name: String) -> ControlError {
        ControlError(.notFound, "there is no device \(name)")
    }

    // MARK: - Making and changing

    /// Makes a mock device, or makes an existing one as specified: apps that are not in the list are uninstalled, the
    /// connection is made or ended. Asking for what is there already changes nothing.
    ///
    /// An uninstalled app is gone for the service only once it was told, over a live connection that outlives the app
    /// (TN2265); of a device that is away, or loses its last app, the service goes on believing it has the app.
    ///
    /// - Returns: the device, and whether it is new.
    /// - Throws: `ControlError`: `validationFailed`, `nameTaken`, `tokenTaken`, `wrongState` for a device that is not
    ///   ours, `timedOut`.
    @discardableResult
    package func putDevice(_ wanted: DeviceSpecification) async throws -> (device: DeviceRecord, isNew: Bool) {
        try await self.inTurn(wanted.name) { try await self.putWhole(wanted) }
    }

    /// Both parts of a phone, the one in its own environment first.
    func putWhole(_ wanted: DeviceSpecification) async throws -> (device: DeviceRecord, isNew: Bool) {
        try wanted.check()
        let (main, companion) = wanted.parts
        if let companion, self.server.addresses[companion.environment] == nil {
            let position = wanted.apps.firstIndex { $0.topic == companion.apps[0].topic } ?? 0
            throw ControlError.invalid(
                .pointer("/apps/\(position)/entitlement"),
                "belongs to the \(companion.environment.rawValue) environment, which is not served here",
                hint: "Start Gatehouse with both environments."
            )
        }
        let isNew = try await self.put(main).isNew
        if let companion {
            _ = try await self.put(companion)
        } else if await self.fleet.snapshot(wanted.companionName) != nil {
            try await self.delete(wanted.companionName)
        }
        return (try await self.device(wanted.name), isNew)
    }

    /// Changes a mock device, with no other change in between.
    ///
    /// - Parameter change: gets the device as it is, as its own specification.
    /// - Throws: as `putDevice`, and `ControlError` with `notFound`.
    @discardableResult
    package func changeDevice(
        _ name: String,
        _ change: @Sendable (DeviceSpecification) throws -> DeviceSpecification
    ) async throws -> DeviceRecord {
        try await self.inTurn(name) {
            try await self.putWhole(try change(try await self.present(name))).device
        }
    }

    /// A mock device as its own specification, with its tokens.
    func present(_ name: String) async throws -> DeviceSpecification {
        let snapshot = try await self.managed(name)
        var present = DeviceSpecification(
            name: name,
            environment: snapshot.environment,
            isConnected: snapshot.wantsConnection,
            apps: try await self.apps(of: snapshot)
        )
        present.areNotificationsOn = snapshot.areNotificationsOn
        present.keepAlive = snapshot.keepAlive.profile
        present.network = snapshot.network
        if let other = await self.fleet.snapshot(present.companionName) {
            present.apps += try await self.apps(of: other)
        }
        return present
    }

    private func apps(of snapshot: MockDeviceSnapshot) async throws -> [DeviceSpecification.App] {
        let tokens = try await self.tokens(of: snapshot.name)
        return snapshot.apps.map { app in
            var app = app
            app.token = app.token ?? (app.setup.isLaunched ? tokens[app.topic.hash] : nil)
            let permission = snapshot.installed.first { $0.topic == app.topic }?.permission
            app.setup.permission = permission?.answer ?? app.setup.permission
            return app
        }
    }

    /// Deletes a device, ours or not: its connection ends, its tokens are unknown from now on.
    ///
    /// - Throws: `ControlError` with `notFound`.
    package func deleteDevice(_ name: String) async throws {
        try await self.inTurn(name) {
            if let snapshot = await self.fleet.snapshot(name) {
                let whole = DeviceSpecification(name: name, environment: snapshot.environment)
                if await self.fleet.snapshot(whole.companionName) != nil { try await self.delete(whole.companionName) }
            }
            try await self.delete(name)
        }
    }

    private func delete(_ name: String) async throws {
        let isManaged = await self.fleet.snapshot(name) != nil
        if isManaged { try await Self.translating { try await self.fleet.remove(name) } }
        let wasKnown = try await self.perform { $0.removeDevice(named: name) }
        self.traces.forget(name)
        guard isManaged || wasKnown else { throw Self.noDevice(name) }
    }

    // MARK: - Steps

    func inTurn<Result: Sendable>(
        _ name: String,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await self.oneAtATime(name, within: Self.turnPatience) {
            let result = try await body()
            try await self.keepDevice(name)
            return result
        }
    }

    func managed(_ name: String) async throws -> MockDeviceSnapshot {
        if let snapshot = await self.fleet.snapshot(name) { return snapshot }
        guard try await self.view(of: name) != nil else { throw Self.noDevice(name) }
        throw Self.notOurs(name)
    }

    private static func notOurs(_ name: String) -> ControlError {
        ControlError(
            .wrongState,
            "\(name) is a device of another process",
            hint: "It can only be deleted here. What it does is decided where it runs; or choose another name."
        )
    }

    func tokens(of name: String) async throws -> [TopicHash: DeviceToken] {
        var tokens: [TopicHash: DeviceToken] = [:]
        for app in try await self.view(of: name)?.apps ?? [] { tokens[app.topicHash] = app.token }
        return tokens
    }

    func put(_ wanted: DeviceSpecification) async throws -> (device: DeviceRecord, isNew: Bool) {
        guard self.server.addresses[wanted.environment] != nil else {
            throw ControlError.invalid(
                .pointer("/environment"),
                "the \(wanted.environment.rawValue) environment is not served here",
                hint: "Start Gatehouse with both environments."
            )
        }
        let known = await self.fleet.snapshot(wanted.name)
        let baseToken = try await self.provision(wanted, isManaged: known != nil)
        let tokens = try await self.tokens(of: wanted.name)
        if let known {
            try await self.change(known, to: wanted, tokens: tokens)
        } else {
            try await self.add(wanted, baseToken: baseToken, tokens: tokens)
        }
        return (try await self.device(wanted.name), known == nil)
    }

    /// Makes the device and its apps known to the service, or changes nothing at all.
    private func provision(_ wanted: DeviceSpecification, isManaged: Bool) async throws -> DeviceToken {
        try await self.perform { host in
            let device = host.broker.device(named: wanted.name)
            guard device == nil || isManaged else { throw Self.notOurs(wanted.name) }
            for app in wanted.apps {
                guard let token = app.token,
                    let holder = host.broker.knownTopic(app.topic.hash).flatMap({
                        host.broker.app(token: token, topics: [$0], environment: wanted.environment)
                    }).flatMap({ host.broker.device(of: $0) }), holder != device
                else { continue }
                throw BrokerHost.ProvisionError.tokenTaken(token, by: host.broker.name(of: holder) ?? "")
            }
            let baseToken = try host.provision(
                DeviceProvision(
                    name: wanted.name,
                    environment: wanted.environment,
                    // An app that has not registered is none the service could know.
                    apps: wanted.apps.filter(\.registers).map {
                        DeviceProvision.App(topic: $0.topic, token: $0.token)
                    },
                    baseToken: wanted.baseToken
                )
            )
            host.keep(wanted.keptText, as: wanted.name, of: DeviceSpecification.keptKind)
            return baseToken
        }
    }

    private func add(
        _ wanted: DeviceSpecification,
        baseToken: DeviceToken,
        tokens: [TopicHash: DeviceToken]
    ) async throws {
        do {
            try await self.bringUp(wanted, baseToken: baseToken, tokens: tokens)
        } catch {
            try? await self.fleet.remove(wanted.name)
            _ = try? await self.perform { $0.removeDevice(named: wanted.name) }
            throw error
        }
    }

    func bringUp(
        _ wanted: DeviceSpecification,
        baseToken: DeviceToken,
        tokens: [TopicHash: DeviceToken]
    ) async throws {
        var configuration = MockDeviceConfiguration(
            name: wanted.name,
            environment: wanted.environment,
            apps: wanted.apps.map { MockApp(topic: $0.topic, token: tokens[$0.topic.hash], setup: $0.setup) },
            baseToken: baseToken,
            connected: wanted.isConnected && wanted.areNotificationsOn
        )
        configuration.keepAlive = wanted.keepAlive
        configuration.network = wanted.network
        let (asked, fleet) = (configuration, self.fleet)
        try await Self.translating {
            try await fleet.add(asked)
            guard !wanted.areNotificationsOn else { return }
            try await fleet.switchNotifications(on: false, on: wanted.name)
            if wanted.isConnected { try await fleet.connect(wanted.name) }
        }
        try await self.agreement(about: wanted.name)
    }

    /// What has to go over the wire goes while there is a connection: it is made first and ended last.
    private func change(
        _ known: MockDeviceSnapshot,
        to wanted: DeviceSpecification,
        tokens: [TopicHash: DeviceToken]
    ) async throws {
        let (name, fleet) = (known.name, self.fleet)
        let wantedTopics = Set(wanted.apps.map(\.topic))
        let gone = known.apps.map(\.topic).filter { !wantedTopics.contains($0) }
        try await Self.translating {
            try await fleet.setKeepAlive(wanted.keepAlive, on: name)
            if wanted.network != known.network { try await fleet.change(name, to: wanted.network) }
            try await fleet.switchNotifications(on: wanted.areNotificationsOn, on: name)
            if wanted.isConnected, !known.wantsConnection { try await fleet.connect(name) }
            for app in wanted.apps {
                let present = known.apps.first { $0.topic == app.topic }
                try await self.change(present, to: app, token: tokens[app.topic.hash], on: known)
            }
            for topic in gone { try await fleet.uninstall(topic, from: name) }
        }
        try await self.agreement(about: name, uninstalled: Set(gone.map(\.hash)))
        guard !wanted.isConnected, known.wantsConnection else { return }
        try await Self.translating { try await fleet.disconnect(name) }
        try await self.agreement(about: name)
    }

    /// Waits until the service sees a mock device as it sees itself: connected with every app in its Filter, or away.
    ///
    /// - Parameter uninstalled: apps whose removal is on its way to the service, if the device is online.
    func agreement(about name: String, uninstalled: Set<TopicHash> = []) async throws {
        let deadline = ContinuousClock.now + Self.agreementTimeout
        var pause: Duration = .microseconds(200)
        while let snapshot = await self.fleet.snapshot(name), let view = try await self.view(of: name) {
            if Self.agree(snapshot, view, uninstalled: uninstalled) { return }
            guard ContinuousClock.now < deadline else { throw Self.disagreement(name) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(20))
        }
    }

    private static func disagreement(_ name: String) -> ControlError {
        ControlError(
            .timedOut,
            "the service has not noticed within \(Self.agreementTimeout) what \(name) did",
            hint: "Look at its connections: GET /v1/connections?service=courier."
        )
    }

    private static func agree(_ device: MockDeviceSnapshot, _ view: DeviceView, uninstalled: Set<TopicHash>) -> Bool {
        // What its network keeps from the service, nobody waits for.
        guard device.isTransparent else { return true }
        guard device.isToBeOnline else { return !view.isConnected }
        guard view.isConnected else { return false }
        let present = device.apps.allSatisfy { app in
            !app.registers
                || view.apps.contains { $0.topicHash == app.topic.hash && $0.removedAt == nil && $0.topicClass != nil }
        }
        return present && !view.apps.contains { uninstalled.contains($0.topicHash) && $0.removedAt == nil }
    }
}
