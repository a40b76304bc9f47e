import PushBroker
package import PushVocabulary

/// The services a connection can be made to.
package enum PushService: String, Hashable, Sendable, CaseIterable, Codable {
    case gateway
    case feedback
    case courier
}

/// All the ledger knows of one connection.
package struct ConnectionEntry: Hashable, Sendable {
    package let id: ConnectionID
    package let service: PushService
    package var environment: Environment
    /// Where it came from, such as `127.0.0.1:51234`.
    package let peer: String
    /// Product time.
    package let openedAt: Instant
    package internal(set) var closedAt: Instant?
    package internal(set) var outcome: ConnectionOutcome

    /// Set when the handshake has ended.
    package var tls: TLSFacts?
    package var certificateSubject: String?
    /// The topics of the peer's certificate.
    package var topics: [Topic]
    /// The device's name, on a courier connection that has presented itself.
    package var device: String?
    /// Bytes inside TLS.
    package var bytesIn: UInt64
    package var bytesOut: UInt64

    /// Frames by verdict, counted by `Ledger.append`. Deliveries to a device and feedback tuples are not among them.
    package internal(set) var accepted = 0
    package internal(set) var rejected = 0
    package internal(set) var discarded = 0
    package var received: Int { self.accepted + self.rejected + self.discarded }

    package var isOpen: Bool { self.outcome == .open }

    /// The first notification entered after the opening, and after the end: their order, which a clock that stands
    /// still does not tell.
    let openedBefore: NotificationID
    var endedBefore: NotificationID?

    init(
        id: ConnectionID,
        service: PushService,
        environment: Environment,
        peer: String,
        openedAt: Instant,
        openedBefore: NotificationID
    ) {
        self.openedBefore = openedBefore
        self.id = id
        self.service = service
        self.environment = environment
        self.peer = peer
        self.openedAt = openedAt
        self.outcome = .open
        self.topics = []
        self.bytesIn = 0
        self.bytesOut = 0
    }
}

/// What a handshake agreed on.
package struct TLSFacts: Hashable, Sendable {
    /// Such as `TLSv1.2`.
    package let version: String
    package let cipher: String?

    package init(version: String, cipher: String? = nil) {
        self.version = version
        self.cipher = cipher
    }
}

/// How far a connection has come, or how it ended.
package enum ConnectionOutcome: Hashable, Sendable {
    case open
    case closed(by: ConnectionCloser, ConnectionEnd)
    case handshakeFailed(ConnectionEnd)
}

package enum ConnectionCloser: String, Hashable, Sendable, CaseIterable, Codable {
    /// The provider or device.
    case peer
    /// Gatehouse, as the real service would have.
    case service
    /// A fault rule.
    case fault
    /// A control call, or the end of the process.
    case control
}

/// Why a connection ended.
package struct ConnectionEnd: Hashable, Sendable {
    /// Kebab-case and stable.
    package let code: String
    /// The same for people.
    package let sentence: String
    /// What to do next, where there is something to do.
    package let hint: String?

    package init(code: String, sentence: String, hint: String? = nil) {
        self.code = code
        self.sentence = sentence
        self.hint = hint
    }
}
