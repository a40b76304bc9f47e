/// How many notifications met which verdict and which fate. They count what happened, not what is still kept:
/// pruning changes nothing, a reset starts them again.
package struct Counters: Hashable, Sendable, Codable {
    package internal(set) var received = 0
    package internal(set) var accepted = 0
    package internal(set) var rejected = 0
    package internal(set) var discarded = 0
    package internal(set) var delivered = 0
    package internal(set) var inFlight = 0
    package internal(set) var stored = 0
    package internal(set) var coalesced = 0
    package internal(set) var expired = 0
    package internal(set) var undeliverable = 0
    package internal(set) var lost = 0

    package init() {}

    /// Every frame has one verdict and every accepted one has one fate.
    package var addUp: Bool {
        self.received == self.accepted + self.rejected + self.discarded && self.undecided == 0
    }

    /// Accepted and without a fate so far: only in the middle of a batch of the owner can there be any.
    package var undecided: Int {
        self.accepted - self.delivered - self.inFlight - self.stored - self.coalesced - self.expired
            - self.undeliverable - self.lost
    }

    package subscript(verdict: VerdictKind) -> Int {
        switch verdict {
        case .accepted: self.accepted
        case .rejected: self.rejected
        case .discarded: self.discarded
        }
    }

    package subscript(fate: FateKind) -> Int {
        switch fate {
        case .delivered: self.delivered
        case .inFlight: self.inFlight
        case .stored: self.stored
        case .coalesced: self.coalesced
        case .expired: self.expired
        case .undeliverable: self.undeliverable
        case .lost: self.lost
        }
    }

    mutating func count(_ verdict: Verdict) {
        self.received += 1
        switch verdict {
        case .accepted: self.accepted += 1
        case .rejected: self.rejected += 1
        case .discarded: self.discarded += 1
        }
    }

    mutating func add(_ number: Int, to fate: FateKind) {
        switch fate {
        case .delivered: self.delivered += number
        case .inFlight: self.inFlight += number
        case .stored: self.stored += number
        case .coalesced: self.coalesced += number
        case .expired: self.expired += number
        case .undeliverable: self.undeliverable += number
        case .lost: self.lost += number
        }
    }

    static func += (sum: inout Counters, term: Counters) {
        sum.received += term.received
        sum.accepted += term.accepted
        sum.rejected += term.rejected
        sum.discarded += term.discarded
        for fate in FateKind.allCases { sum.add(term[fate], to: fate) }
    }
}
