package import PushBroker
package import PushIdentity
package import PushLedger
package import PushVocabulary

/// What tells one device from another in one environment: its key and the name in its certificate.
struct DeviceIdentity: Hashable, Codable {
    var publicKey: [UInt8]
    var commonName: String
    var environment: Environment
}

/// A device as a control call or the configuration asks for it, before it ever connected.
package struct DeviceProvision: Hashable, Sendable {
    package typealias App = WantedApp

    package var name: String
    package var environment: Environment
    package var apps: [App]
    /// Of a device that is not known yet; `nil`: one that is drawn for it.
    package var baseToken: DeviceToken?

    package init(name: String, environment: Environment, apps: [App], baseToken: DeviceToken? = nil) {
        self.baseToken = baseToken
        self.name = name
        self.environment = environment
        self.apps = apps
    }
}

extension BrokerHost {
    /// Why a device cannot be made known as asked for.
    package enum ProvisionError: Error, Hashable, Sendable {
        case nameTaken(String)
        case tokenTaken(DeviceToken, by: String)
        /// Another device has it, or this device has another.
        case baseTokenTaken(DeviceToken, by: String)
    }

    // MARK: - Making devices known

    /// Makes a device known, or adds apps to a known one, before or between its connections. All of it, or nothing.
    ///
    /// - Returns: its base token, to be presented when it connects.
    package func provision(_ request: DeviceProvision) throws(ProvisionError) -> DeviceToken {
        let known = self.broker.device(named: request.name)
        try self.check(request, for: known)
        let device =
            known
            ?? self.broker.addDevice(
                named: request.name,
                environment: request.environment,
                baseToken: request.baseToken
                    ?? self.stableBaseToken(of: Array(request.name.utf8), in: request.environment)
            )
        for app in request.apps {
            let topic = self.broker.topic(app.topic.hash, name: app.topic)
            _ = self.ledger.topic(app.topic)
            guard let token = app.token ?? self.appToken(app.topic.hash, on: device) else { continue }
            try self.install(topic, on: device, token: token)
        }
        self.settle()
        guard let baseToken = self.broker.baseToken(of: device) else { preconditionFailure("added above") }
        return baseToken
    }

    /// - Parameter known: the device, if there is one of this name.
    private func check(_ request: DeviceProvision, for known: DeviceID?) throws(ProvisionError) {
        if let known, self.broker.view(of: known)?.environment != request.environment {
            throw .nameTaken(request.name)
        }
        if let token = request.baseToken {
            let holder = self.broker.device(baseToken: token, environment: request.environment)
            guard holder == known else {
                throw .baseTokenTaken(token, by: (holder ?? known).flatMap { self.broker.name(of: $0) } ?? "")
            }
        }
        for app in request.apps {
            let derived = known.flatMap { self.appToken(app.topic.hash, on: $0) }
            guard let token = app.token ?? derived, let topic = self.broker.knownTopic(app.topic.hash),
                let taken = self.broker.app(token: token, topics: [topic], environment: request.environment),
                let holder = self.broker.device(of: taken), holder != known
            else { continue }
            throw .tokenTaken(token, by: self.broker.name(of: holder) ?? "")
        }
    }

    private func install(_ topic: TopicID, on device: DeviceID, token: DeviceToken) throws(ProvisionError) {
        do {
            try self.broker.install(topic, on: device, token: token, effects: &self.effects)
        } catch {
            switch error {
            case .tokenTaken(let holder): throw .tokenTaken(token, by: self.broker.name(of: holder) ?? "")
            }
        }
        self.noteApp(.deviceRegistered, topic, on: device, token: token)
    }

    /// Forgets a device: its connection ends, its tokens are unknown from now on.
    ///
    /// - Returns: whether there was one.
    package func removeDevice(named name: String) -> Bool {
        guard let device = self.broker.device(named: name) else { return false }
        self.links.exchange(nil, for: device)?.end(.deviceRemoved)
        self.noteDevice(.deviceRemoved, device)
        self.broker.disconnected(device, at: self.clock.now, effects: &self.effects)
        self.broker.removeDevice(device, effects: &self.effects)
        self.ledgerDevices[device] = nil
        self.keep(nil, as: name, of: StateDocuments.mockDevice)
        if let identity = self.identitiesByDevice.removeValue(forKey: device) {
            self.devicesByIdentity[identity] = nil
            self.keepIdentity(nil, of: name)
        }
        self.settle()
        return true
    }

    /// Gives a device another base token: it was set up anew, and the tokens of its apps are void (TN2265: a token can
    /// change). The device learns the new one when it connects the next time.
    ///
    /// - Returns: whether there is such a device.
    package func voidTokens(ofDeviceNamed name: String) -> Bool {
        guard let device = self.broker.device(named: name) else { return false }
        self.broker.setBaseToken(self.newBaseToken(), of: device, at: self.clock.now, effects: &self.effects)
        self.settle()
        return true
    }

    // MARK: - What a courier connection reports

    package enum Admission: Hashable, Sendable {
        case admitted(DeviceID, baseToken: DeviceToken)
        /// "Your token is not valid here": status 2, then the connection is closed.
        case refused(reason: String)
    }

    /// A device presents itself. An older connection of the same device ends.
    ///
    /// - Parameter subject: whom its certificate names; `nil`: it has shown none.
    package func admit(
        _ subject: DeviceSubject?,
        presenting token: DeviceToken?,
        environment: Environment,
        tokens: PresentedTokenPolicy = .adopt,
        on link: any DeviceLink
    ) -> Admission {
        let identity = subject.map {
            DeviceIdentity(
                publicKey: $0.publicKeySHA256,
                commonName: $0.commonName ?? "",
                environment: environment
            )
        }
        let found = self.device(
            identity,
            presenting: token,
            environment: environment,
            name: subject?.commonName,
            tokens: tokens
        )
        switch found {
        case .success(let device):
            if let identity {
                self.devicesByIdentity[identity] = device
                if self.identitiesByDevice.updateValue(identity, forKey: device) != identity {
                    self.broker.name(of: device).map { self.keepIdentity(identity, of: $0) }
                }
            }
            if let older = self.links.exchange(link, for: device) {
                self.broker.disconnected(device, at: self.clock.now, effects: &self.effects)
                older.end(.replaced)
            }
            self.broker.connected(device)
            self.noteDevice(.deviceConnected, device)
            guard let baseToken = self.broker.baseToken(of: device) else { preconditionFailure("found above") }
            return .admitted(device, baseToken: baseToken)
        case .failure(let refusal): return .refused(reason: refusal.reason)
        }
    }

    private struct Refusal: Error {
        var reason: String
    }

    private func device(
        _ identity: DeviceIdentity?,
        presenting token: DeviceToken?,
        environment: Environment,
        name: String?,
        tokens: PresentedTokenPolicy
    ) -> Result<DeviceID, Refusal> {
        let known = identity.flatMap { self.devicesByIdentity[$0] }
        func withoutToken() -> DeviceID {
            known ?? self.addDevice(name, environment: environment, baseToken: self.newBaseToken(for: identity))
        }
        guard let token else { return .success(withoutToken()) }
        if let holder = self.broker.device(baseToken: token, environment: environment) {
            let isClaimed = self.identitiesByDevice[holder].map { $0 != identity } ?? false
            if known == holder || (known == nil && !isClaimed) { return .success(holder) }
            guard tokens == .reissue else { return .failure(Refusal(reason: "the token belongs to another device")) }
            return .success(withoutToken())
        }
        // A token from another life of this service.
        switch tokens {
        case .strict: return .failure(Refusal(reason: "the token was not given out here"))
        case .reissue: return .success(withoutToken())
        case .adopt:
            // A known device keeps the one it has here, a new one brings it.
            if let known { return .success(known) }
            return .success(self.addDevice(name, environment: environment, baseToken: token))
        }
    }

    private func addDevice(_ name: String?, environment: Environment, baseToken: DeviceToken) -> DeviceID {
        let shown = name.flatMap { $0.isEmpty ? nil : $0 } ?? "device-\(baseToken.hexadecimal.prefix(8))"
        return self.broker.addDevice(named: shown, environment: environment, baseToken: baseToken)
    }

    /// One that no device has: a service that goes on with a state file may have been seeded as it was before.
    private func newBaseToken() -> DeviceToken {
        while true {
            guard let token = DeviceToken(self.random.bytes(DeviceToken.usualByteCount)) else {
                preconditionFailure("32 bytes are a token")
            }
            let isTaken = Environment.allCases.contains { self.broker.device(baseToken: token, environment: $0) != nil }
            if !isTaken { return token }
        }
    }

    private func newBaseToken(for identity: DeviceIdentity?) -> DeviceToken {
        guard let identity else { return self.newBaseToken() }
        return self.stableBaseToken(
            of: identity.publicKey + Array(identity.commonName.utf8),
            in: identity.environment
        )
    }

    /// The same for the same device whenever this service runs with the same secret, so that tokens outlive a restart;
    /// a random one where there is no secret, or where the device that had it lives on under it.
    private func stableBaseToken(of device: [UInt8], in environment: Environment) -> DeviceToken {
        guard let tokenSecret,
            let token = DeviceToken(
                Digest.hmacSHA256(key: tokenSecret, message: Array("\(environment.rawValue) ".utf8) + device)
            ), self.broker.device(baseToken: token, environment: environment) == nil
        else { return self.newBaseToken() }
        return token
    }

    /// Most apps one device may have: a bound on what a hostile device can make the service remember.
    static let maximumApps = 4_096

    /// An app asks for its token. Asking again gives the same; asking after a removal installs it again.
    ///
    /// - Returns: `nil` when the device has too many apps, or the token is taken.
    package func appToken(for topic: TopicHash, on device: DeviceID) -> DeviceToken? {
        guard self.hasRoom(for: topic, on: device), let token = self.appToken(topic, on: device) else { return nil }
        let topicID = self.broker.topic(topic)
        let isNew = self.broker.app(topicID, on: device).map { self.broker.removalTime(of: $0) != nil } ?? true
        guard (try? self.broker.install(topicID, on: device, token: token, effects: &self.effects)) != nil else {
            return nil
        }
        if isNew { self.noteApp(.deviceRegistered, topicID, on: device, token: token) }
        self.broker.sendStored(on: device, at: self.clock.now, effects: &self.effects)
        return token
    }

    private func hasRoom(for topic: TopicHash, on device: DeviceID) -> Bool {
        if let known = self.broker.knownTopic(topic), self.broker.app(known, on: device) != nil { return true }
        return self.broker.view(of: device).map { $0.apps.count < Self.maximumApps } ?? false
    }

    /// The token an app has, or is to have: a keyed hash of base token and topic, so that it is the same after a
    /// reconnect and after a restart, and another one after the base token changed. Never a magic one: one device in a
    /// million would have everything refused that is sent to it.
    private func appToken(_ topic: TopicHash, on device: DeviceID) -> DeviceToken? {
        if let known = self.broker.knownTopic(topic).flatMap({ self.broker.app($0, on: device) }) {
            return self.broker.token(of: known)
        }
        guard let baseToken = self.broker.baseToken(of: device) else { return nil }
        var bytes = Digest.hmacSHA256(key: baseToken.bytes, message: topic.bytes)
        while bytes.withUnsafeBytes({ MagicToken.mayStand(in: $0) }) {
            bytes = Digest.hmacSHA256(key: baseToken.bytes, message: bytes)
        }
        return DeviceToken(bytes)
    }

    package func filtered(_ device: DeviceID, lists: [TopicHash: TopicClass], removed: [TopicHash]) {
        let now = self.clock.now
        for hash in removed {
            guard let app = self.broker.knownTopic(hash).flatMap({ self.broker.app($0, on: device) }) else { continue }
            self.broker.appRemoved(app, at: now, effects: &self.effects)
            if let topic = self.broker.topic(of: app), let token = self.broker.token(of: app) {
                self.noteApp(.deviceUnregistered, topic, on: device, token: token)
            }
        }
        self.broker.filtered(device, lists, at: now, effects: &self.effects)
    }

    package func acknowledged(_ messageIdentifier: UInt32, by device: DeviceID) {
        self.broker.acknowledged(by: device, at: self.clock.now, effects: &self.effects) {
            $0.messageIdentifier == messageIdentifier
        }
    }

    /// A courier connection is gone. A replaced one has nothing to say about its device any more.
    package func disconnected(_ device: DeviceID, link: any DeviceLink) {
        guard let current = self.links[device], current === link else { return }
        self.links[device] = nil
        self.broker.disconnected(device, at: self.clock.now, effects: &self.effects)
        self.noteDevice(.deviceDisconnected, device)
        self.settle()
    }

    // MARK: - Control

    /// Forgets notifications and their slots, of one topic or of all, in broker and ledger alike.
    package func resetNotifications(of topic: Topic?) -> Int {
        if let topic {
            if let known = self.broker.knownTopic(topic.hash) { self.broker.forgetNotifications(of: known) }
        } else {
            self.broker.forgetNotifications(of: nil)
        }
        defer { self.settle() }
        let count = self.ledger.reset(topic: topic)
        self.ledger.noteReset(of: topic, count: count, at: self.clock.now)
        return count
    }

    /// Forgets the notifications that match, in the ledger alone.
    ///
    /// - Returns: how many there were.
    package func forgetNotifications(matching filter: NotificationFilter) -> Int {
        self.ledger.forget(matching: filter)
    }

    /// Puts a token on a feedback list by hand.
    package func addFeedback(_ entry: FeedbackEntry, topic: Topic, environment: Environment) {
        let id = self.broker.topic(topic.hash, name: topic)
        self.broker.addFeedback(entry, topic: id, environment: environment)
        self.noteListed(entry, of: id, in: environment)
    }

    /// Empties one topic's feedback list in one environment.
    package func clearFeedback(of topic: Topic, in environment: Environment) {
        guard let id = self.broker.knownTopic(topic.hash) else { return }
        let count = self.broker.feedbackEntries(of: [id], in: environment).count
        let change = FeedbackChange(topics: [topic], environment: environment, count: count)
        self.ledger.noteFeedback(.feedbackCleared, change, at: self.clock.now)
        self.broker.clearFeedback(of: [id], in: environment)
    }

    package func resetFeedback(of topic: Topic?) {
        let change = FeedbackChange(topics: topic.map { [$0] } ?? [], environment: nil)
        self.ledger.noteFeedback(.feedbackCleared, change, at: self.clock.now)
        guard let topic else { return self.broker.clearFeedback(of: nil) }
        if let known = self.broker.knownTopic(topic.hash) { self.broker.clearFeedback(of: known) }
    }

    /// The feedback list of a topic, without emptying it.
    package func feedback(of topic: Topic, in environment: Environment) -> [FeedbackEntry] {
        guard let known = self.broker.knownTopic(topic.hash) else { return [] }
        return self.broker.feedbackEntries(of: [known], in: environment)
    }
}
