import PushBroker
import PushVocabulary

/// A kept notification as the rules look at it.
struct Observation {
    let id: NotificationID
    /// Product time.
    let at: Instant
    /// Wall time.
    let receivedAt: Instant
    /// The topic its token was accepted under if it ever was: what is refused or discarded is entered under the first
    /// topic of the certificate, whichever app it was meant for.
    var topic: LedgerTopic
    let environment: Environment
    /// Within the audit's scope; the others only serve as knowledge.
    var isAudited = false
    /// Index into `AuditTrail.connections`.
    let connection: Int
    /// The addressed app's number, -1: the frame has no token.
    let target: Int
    /// The number of target and payload together, -1 likewise.
    let message: Int
    let verdict: Verdict
    let fate: CompactFate
    let command: UInt8
    let identifier: UInt32?
    let expiry: UInt32?
    /// A fault rule refused it, for whatever it looked like.
    let isInjected: Bool

    /// The gateway never processed it and said so, if at all, to be sent again: it stood behind an error, or a fault
    /// answered 0, 1 or 10.
    var waitsToBeResent: Bool {
        switch self.verdict {
        case .accepted: false
        case .discarded: true
        case .rejected(let status): status == 10 || self.isInjected && status < 2
        }
    }

    /// The gateway told the provider, with status 8, that it does not know the token.
    var isInvalidToken: Bool { self.verdict == .rejected(status: 8) && self.command != 0 }

    /// A push found that the app is gone.
    var isForRemovedApp: Bool {
        self.fate == CompactFate(.undeliverable(.appRemoved))
            || self.fate == CompactFate(.undeliverable(.deviceRemoved))
    }
}
