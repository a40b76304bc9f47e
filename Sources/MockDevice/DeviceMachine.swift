package import APNSWire
import NIOCore
import PushIdentity
package import PushVocabulary

/// What a phone decides about its courier connection and its apps: events and the time in, orders out.
///
///     away ──wanted──▶ connecting ──opened──▶ presenting ──0x08 ok──▶ online
///       ▲                  │ failed              │ refused: again without the token   │ no answer
///       │                  ▼                     ▼                                    ▼
///       └──not wanted──  waiting ◀──lost───── hangingUp ◀────────────────────────────┘
///
/// 1. It knows of the service what the courier connection tells it, nothing else.
/// 2. A notification is stored, then acknowledged, then handed to its app: an acknowledgement means "reached the
///    device", not "shown".
/// 3. When the last push app goes, the connection goes first and the removal is never reported (TN2265).
/// 4. Tokens are kept across reconnects; a changed base token makes every app's token void.
package struct DeviceMachine: Sendable {
    package struct App: Hashable, Sendable {
        package let topic: Topic
        package let hash: TopicHash
        package var token: DeviceToken?
        /// The courier is still to be asked for its token: it has none, or was installed since it was last told.
        var isUnconfirmed: Bool
        /// The courier has been asked on this connection.
        var isRequested = false

        package init(topic: Topic, token: DeviceToken? = nil) {
            self.topic = topic
            self.hash = topic.hash
            self.token = token
            self.isUnconfirmed = token == nil
        }
    }

    package enum Order: Hashable, Sendable {
        case open
        /// Present the device: the shell adds the signed credentials.
        case present(baseToken: DeviceToken?)
        case send(CourierMessage)
        case close
        case report(DeviceEvent.Kind)
    }

    package enum Phase: Hashable, Sendable {
        case away
        case waiting(until: Instant)
        case connecting
        case presenting
        case online(nextKeepAlive: Instant, answerDue: Instant?)
        /// Asked the connection to close, and waits until it has.
        case hangingUp
    }

    /// Between two keep-alives; iOS 5 and 6 sent one every 15 to 20 minutes.
    package static let keepAliveInterval: Duration = .seconds(15 * 60)
    /// How long an answer to one may take before the connection counts as dead.
    package static let keepAliveTimeout: Duration = .seconds(60)
    /// Between attempts: 1, 2, 4 ... 30 seconds.
    package static let maximumBackOff: Duration = .seconds(30)
    private static let minimumBackOff: Duration = .seconds(1)

    package private(set) var phase = Phase.away
    package private(set) var apps: [App]
    package private(set) var baseToken: DeviceToken?
    package private(set) var receivedCount = 0
    private var isWanted = false
    private var backOff = DeviceMachine.minimumBackOff
    /// Removed while there was no connection: reported with the next Filter.
    private var unreportedRemovals: [TopicHash] = []

    package init(apps: [App], baseToken: DeviceToken?) {
        self.apps = apps
        self.baseToken = baseToken
    }

    package var isOnline: Bool { if case .online = self.phase { true } else { false } }

    /// Online, and every app has its token.
    package var isRegistered: Bool { self.isOnline && self.apps.allSatisfy { $0.token != nil && !$0.isUnconfirmed } }

    /// Waits for the other side: for the connection to stand or to end, or for an answer.
    package var isBusy: Bool {
        switch self.phase {
        case .away, .waiting: false
        case .connecting, .presenting, .hangingUp: true
        case .online(_, let answerDue): answerDue != nil || !self.isRegistered
        }
    }

    /// When `timePassed` is owed next.
    package var nextDeadline: Instant? {
        switch self.phase {
        case .waiting(let until): until
        case .online(let nextKeepAlive, let answerDue): answerDue ?? nextKeepAlive
        case .away, .connecting, .presenting, .hangingUp: nil
        }
    }

    // MARK: - What the user does

    package mutating func connect() -> [Order] {
        self.isWanted = true
        guard !self.apps.isEmpty else { return [] }
        switch self.phase {
        case .away, .waiting:
            self.phase = .connecting
            return [.open]
        case .connecting, .presenting, .online, .hangingUp: return []
        }
    }

    package mutating func disconnect() -> [Order] {
        self.isWanted = false
        return self.hangUp()
    }

    private mutating func hangUp() -> [Order] {
        defer { self.phase = .away }
        switch self.phase {
        case .away, .waiting, .hangingUp: return []
        case .connecting, .presenting, .online: return [.close]
        }
    }

    /// - Parameter token: known from an earlier life; `nil` has the app ask for one.
    package mutating func install(_ topic: Topic, token: DeviceToken? = nil) -> [Order] {
        if let index = self.apps.firstIndex(where: { $0.topic == topic }) {
            if let token { self.apps[index].token = token }
            return []
        }
        var app = App(topic: topic, token: token)
        app.isUnconfirmed = true
        self.unreportedRemovals.removeAll { $0 == app.hash }
        self.apps.append(app)
        guard self.isOnline else { return self.isWanted ? self.connect() : [] }
        return [self.filterOrder()] + self.requestTokens()
    }

    package mutating func uninstall(_ topic: Topic) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.topic == topic }) else { return [] }
        let app = self.apps.remove(at: index)
        guard !self.apps.isEmpty else {
            self.unreportedRemovals = []
            return [.report(.uninstalled(topic))] + self.hangUp()
        }
        self.unreportedRemovals.append(app.hash)
        return [.report(.uninstalled(topic))] + (self.isOnline ? [self.filterOrder()] : [])
    }

    // MARK: - What the connection does

    package mutating func opened() -> [Order] {
        guard self.phase == .connecting else { return [] }
        self.phase = .presenting
        return [.present(baseToken: self.baseToken)]
    }

    package mutating func closed(reason: String, at now: Instant) -> [Order] {
        switch self.phase {
        case .away, .waiting: return []
        case .connecting, .presenting, .online, .hangingUp:
            self.phase = .waiting(until: now + self.backOff)
            self.backOff = min(max(self.backOff * 2, Self.minimumBackOff), Self.maximumBackOff)
            return [.report(.disconnected(reason: reason))]
        }
    }

    package mutating func timePassed(at now: Instant) -> [Order] {
        switch self.phase {
        case .waiting(let until) where until <= now:
            self.phase = .connecting
            return [.open]
        case .online(_, let answerDue?) where answerDue <= now:
            self.phase = .hangingUp
            return [.close]
        case .online(let nextKeepAlive, nil) where nextKeepAlive <= now:
            self.phase = .online(
                nextKeepAlive: now + Self.keepAliveInterval,
                answerDue: now + Self.keepAliveTimeout
            )
            let minutes = Int(Self.keepAliveInterval.components.seconds / 60)
            return [.send(.keepAlive(CourierKeepAlive(carrier: "WiFi", intervalMinutes: minutes)))]
        case .away, .waiting, .connecting, .presenting, .online, .hangingUp: return []
        }
    }

    package mutating func received(_ message: CourierMessage, at now: Instant) -> [Order] {
        switch (self.phase, message) {
        case (.presenting, .connectResponse(let response)): return self.received(response, at: now)
        case (.online, .notification(let notification)): return self.received(notification)
        case (.online, .appTokenResponse(let response)): return self.received(response)
        case (.online(let nextKeepAlive, _), .keepAliveResponse):
            self.phase = .online(nextKeepAlive: nextKeepAlive, answerDue: nil)
            return [.report(.keptAlive)]
        case (.online, .flush(_, let padding)): return [.send(.flushResponse(padding: padding))]
        default: return []
        }
    }

    private mutating func received(_ response: CourierConnectResponse, at now: Instant) -> [Order] {
        guard response.status == CourierConnectResponse.accepted else {
            // Captured: refused with 2, the daemon comes back at once without its token; then it is patient.
            let hadToken = self.baseToken != nil
            self.voidTokens()
            self.baseToken = nil
            if hadToken { self.backOff = .zero }
            self.phase = .hangingUp
            return [.close]
        }
        self.backOff = Self.minimumBackOff
        if let token = response.baseToken, token != self.baseToken {
            if self.baseToken != nil { self.voidTokens() }
            self.baseToken = token
        }
        self.phase = .online(nextKeepAlive: now + Self.keepAliveInterval, answerDue: nil)
        for index in self.apps.indices { self.apps[index].isRequested = false }
        return [
            .report(.connected(courier: "")), .send(.setState(state: 1, interval: 0x7FFF_FFFF)), self.filterOrder(),
        ]
            + self.requestTokens()
    }

    private mutating func voidTokens() {
        for index in self.apps.indices {
            self.apps[index].token = nil
            self.apps[index].isUnconfirmed = true
        }
    }

    private mutating func received(_ notification: CourierNotification) -> [Order] {
        self.receivedCount += 1
        let app = self.apps.first { $0.hash == notification.topic }
        let flags = notification.storageFlags ?? 0
        return [
            .send(
                .acknowledgement(
                    CourierAcknowledgement(
                        token: notification.token ?? self.baseToken,
                        messageIdentifier: notification.messageIdentifier
                    )
                )
            ),
            .report(
                .received(
                    app?.topic,
                    hash: notification.topic,
                    payload: Array(notification.payload.readableBytesView),
                    messageIdentifier: notification.messageIdentifier,
                    fromStorage: flags & 1 != 0
                )
            ),
        ]
    }

    private mutating func received(_ response: CourierAppTokenResponse) -> [Order] {
        guard let index = self.apps.firstIndex(where: { $0.hash == response.topic }) else { return [] }
        self.apps[index].isRequested = false
        guard response.status == 0 else { return [] }
        self.apps[index].token = response.token
        self.apps[index].isUnconfirmed = false
        return [.report(.registered(self.apps[index].topic, token: response.token))]
    }

    // MARK: - Steps

    private mutating func filterOrder() -> Order {
        var filter = CourierFilter(baseToken: self.baseToken)
        filter.enabled = self.apps.map(\.hash)
        filter.removed = self.unreportedRemovals
        self.unreportedRemovals = []
        return .send(.filter(filter))
    }

    /// Asks for the token of every app that has none, and of those newly installed: an app asks on every launch
    /// (TN2265), and asking is what makes an app that was gone an app again.
    private mutating func requestTokens() -> [Order] {
        self.apps.indices.compactMap { index in
            guard self.apps[index].isUnconfirmed, !self.apps[index].isRequested else { return nil }
            self.apps[index].isRequested = true
            return .send(
                .appTokenRequest(
                    CourierAppTokenRequest(baseToken: self.baseToken, topic: self.apps[index].hash, appIdentifier: 0)
                )
            )
        }
    }
}
