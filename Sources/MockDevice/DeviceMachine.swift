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
/// 5. The connection belongs to all push-capable apps; it is made for the first and ends with the last.
package struct DeviceMachine: Sendable {
    package enum Order: Hashable, Sendable {
        case open
        /// Present the device: the shell adds the signed credentials.
        case present(baseToken: DeviceToken?)
        case send(CourierMessage)
        case close
        case report(DeviceEvent.Kind)
    }

    /// Something the user does, or has happen: the machine and the time in, orders out.
    package typealias Decision = (inout DeviceMachine, Instant) -> [Order]

    package enum Phase: Hashable, Sendable {
        case away
        case waiting(until: Instant)
        case connecting
        case presenting
        case online(nextKeepAlive: Instant, answerDue: Instant?)
        /// Asked the connection to close, and waits until it has.
        case hangingUp
    }

    /// How long an answer to a keep-alive may take before the connection counts as dead.
    package static let keepAliveTimeout: Duration = .seconds(60)
    /// Between attempts: 1, 2, 4 ... 30 seconds.
    package static let maximumBackOff: Duration = .seconds(30)
    static let minimumBackOff: Duration = .seconds(1)

    package private(set) var phase = Phase.away
    package internal(set) var apps: [App]
    package internal(set) var baseToken: DeviceToken?
    package private(set) var receivedCount = 0
    /// How often it came online.
    package private(set) var connectionCount = 0
    package private(set) var keepAlive: KeepAlive
    /// The Notifications switch in Settings.
    package internal(set) var areNotificationsOn = true
    var permissions = PermissionBook()
    private(set) var isWanted = false
    var backOff = DeviceMachine.minimumBackOff
    /// Removed while there was no connection: reported with the next Filter.
    var unreportedRemovals: [TopicHash] = []

    package init(apps: [App], baseToken: DeviceToken?, keepAlive: KeepAlive = KeepAlive()) {
        self.apps = apps
        self.baseToken = baseToken
        self.keepAlive = keepAlive
        for app in apps where app.setup.isLaunched {
            switch app.setup.permission {
            case .granted: self.permissions.answered(app.topic, .granted)
            case .denied: self.permissions.answered(app.topic, .denied)
            case .ask: break
            }
        }
    }

    package var isOnline: Bool { if case .online = self.phase { true } else { false } }

    /// Online, and every app that asked has its token.
    package var isRegistered: Bool { self.isOnline && self.hasAllTokens }

    /// Every app that asked has its token, whether the device is online now or not.
    package var hasAllTokens: Bool { self.apps.allSatisfy { !$0.isListed || $0.token != nil && !$0.isUnconfirmed } }

    /// Meant to come online, as soon as the network lets it.
    package var isToBeOnline: Bool { self.isWanted && self.areNotificationsOn && self.hasPushCapableApps }

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
        guard self.isToBeOnline else { return [] }
        switch self.phase {
        case .away, .waiting:
            self.phase = .connecting
            return [.open]
        case .connecting, .presenting, .online, .hangingUp: return []
        }
    }

    /// As `connect`, whatever it has been through: it does not wait any longer.
    package mutating func wakeUp() -> [Order] {
        self.backOff = Self.minimumBackOff
        return self.connect()
    }

    package mutating func disconnect() -> [Order] {
        self.isWanted = false
        return self.hangUp()
    }

    mutating func hangUp() -> [Order] {
        defer { self.phase = .away }
        switch self.phase {
        case .away, .waiting, .hangingUp: return []
        case .connecting, .presenting, .online: return [.close]
        }
    }

    /// Has the device keep its connection alive otherwise; what it had found out about its path is forgotten.
    package mutating func setKeepAlive(_ profile: KeepAliveProfile, at now: Instant) {
        guard profile != self.keepAlive.profile else { return }
        self.keepAlive = KeepAlive(profile)
        if case .online(_, let answerDue) = self.phase {
            self.phase = .online(nextKeepAlive: now + self.keepAlive.interval, answerDue: answerDue)
        }
    }

    // MARK: - What the connection does

    package mutating func opened() -> [Order] {
        guard self.phase == .connecting else { return [] }
        self.phase = .presenting
        return [.present(baseToken: self.baseToken)]
    }

    /// The connection is gone, or could not be made.
    ///
    /// - Parameters:
    ///   - isExplained: the phone knows the cause: a call, a network that says that it ends. Such a failure tells nothing
    ///     of how long the path bears silence (seed 003).
    ///   - jitter: how much longer it waits before it comes back.
    package mutating func closed(
        reason: String,
        isExplained: Bool = false,
        jitter: Duration = .zero,
        at now: Instant
    ) -> [Order] {
        if case .online(_, _?) = self.phase, !isExplained { self.keepAlive.unanswered() }
        switch self.phase {
        case .away, .waiting: return []
        case .connecting, .presenting, .online, .hangingUp:
            self.phase = .waiting(until: now + self.backOff + (self.backOff > .zero ? jitter : .zero))
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
            let silence = self.keepAlive.interval
            self.keepAlive.unanswered()
            self.phase = .hangingUp
            return [.report(.keepAliveUnanswered(silence)), .close]
        case .online(let nextKeepAlive, nil) where nextKeepAlive <= now:
            self.phase = .online(
                nextKeepAlive: now + self.keepAlive.interval,
                answerDue: now + Self.keepAliveTimeout
            )
            return [.send(.keepAlive(CourierKeepAlive(carrier: "WiFi", intervalMinutes: self.keepAlive.minutes)))]
        case .away, .waiting, .connecting, .presenting, .online, .hangingUp: return []
        }
    }

    package mutating func received(_ message: CourierMessage, at now: Instant) -> [Order] {
        switch (self.phase, message) {
        case (.presenting, .connectResponse(let response)): return self.received(response, at: now)
        case (.online(_, let answerDue), .notification(let notification)):
            // Any traffic starts the path's idle time anew.
            self.phase = .online(nextKeepAlive: now + self.keepAlive.interval, answerDue: answerDue)
            return self.received(notification)
        case (.online, .appTokenResponse(let response)): return self.received(response)
        case (.online(_, let answerDue?), .keepAliveResponse):
            self.keepAlive.answered()
            let sent = answerDue - Self.keepAliveTimeout
            self.phase = .online(nextKeepAlive: sent + self.keepAlive.interval, answerDue: nil)
            return [.report(.keptAlive)]
        case (.online, .keepAliveResponse): return [.report(.keptAlive)]
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
        self.connectionCount += 1
        if let token = response.baseToken, token != self.baseToken {
            if self.baseToken != nil { self.voidTokens() }
            self.baseToken = token
        }
        self.phase = .online(nextKeepAlive: now + self.keepAlive.interval, answerDue: nil)
        for index in self.apps.indices { self.apps[index].isRequested = false }
        return [
            .report(.connected(courier: "")), .send(.setState(state: 1, interval: 0x7FFF_FFFF)), self.filterOrder(),
        ]
            + self.requestTokens()
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
}
