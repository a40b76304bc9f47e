/// How the network between a phone and its courier behaves. Data: whoever has seen another network writes it down.
///
/// All times are product time, all chance comes from the run's seed.
package struct NetworkProfile: Hashable, Sendable {
    package var name: String
    /// The cause, in a sentence.
    package var summary: String
    /// Where that cause is described; empty for what a user wrote.
    package var source: String
    /// The ways out, in the order in which the phone takes them: cellular first, Wi-Fi as the fall-back (TN2265).
    package var bearers: [NetworkBearer]
    /// How long a connection attempt that nobody answers takes to fail; 75 seconds in BSD's TCP.
    package var connectTimeout: Duration = .seconds(75)
    /// How long the courier's TCP repeats what nobody acknowledges before its socket fails; 924 seconds with the 15
    /// repetitions Linux makes.
    package var retransmissionTimeout: Duration = .seconds(924)

    package init(name: String, summary: String = "", source: String = "", bearers: [NetworkBearer]) {
        self.name = name
        self.summary = summary
        self.source = source
        self.bearers = bearers
    }

    /// Always there, nothing lost, nothing late.
    package static let ideal = NetworkProfile(
        name: "ideal",
        summary: "Always connected, as a phone emulator is.",
        bearers: [NetworkBearer(kind: .wifi)]
    )

    /// Whether bytes pass at once and always.
    package var isIdeal: Bool { self.bearers.first.map { $0 == NetworkBearer(kind: $0.kind) } ?? false }
}

/// One way out of a phone.
package struct NetworkBearer: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case cellular
        case wifi
    }

    /// Whether there is a way to the courier at all.
    package enum Access: String, Hashable, Sendable, CaseIterable {
        case open
        /// Abroad, and data roaming is switched off: the phone knows, and does not try.
        case roamingOff = "roaming-off"
        /// The plan has no data: the phone knows, and does not try.
        case dataOff = "data-off"
        /// Port 5223 leads nowhere: the phone tries, and nobody answers.
        case portBlocked = "port-blocked"
        /// The way out is a SOCKS proxy, which the push client does not speak: nobody answers.
        case proxyRequired = "proxy-required"
        /// Looks well and swallows everything, connections that stand included.
        case dead

        /// Whether the phone tries to connect.
        var isTried: Bool { self != .roamingOff && self != .dataOff }
    }

    /// How an idle connection is cut.
    package enum Cut: String, Hashable, Sendable, CaseIterable {
        /// The mapping is forgotten; neither side hears anything.
        case silent
        case reset
        case close
    }

    package var kind: Kind
    package var access = Access.open
    /// Idle time after which the operator cuts the connection; `nil`: never.
    package var idleCutoff: Duration?
    package var cut = Cut.silent
    /// One way, and up to so much more by chance.
    package var latency = Duration.zero
    package var jitter = Duration.zero
    /// In each direction; `nil`: without limit.
    package var bytesPerSecond: Int?
    /// How likely the connection breaks just as an acknowledgement is sent: the phone has the notification, the
    /// service never hears so, and sends it again.
    package var acknowledgementLoss = 0.0
    package var outages: NetworkOutages?

    package init(kind: Kind) {
        self.kind = kind
    }

    /// Whether bytes take any time, where they pass at all.
    var isImmediate: Bool { self.latency == .zero && self.jitter == .zero && self.bytesPerSecond == nil }
}

/// When a bearer is gone for a while.
package struct NetworkOutages: Hashable, Sendable {
    package struct Gap: Hashable, Sendable {
        /// Counted from when the device got the profile.
        package var at: Duration
        package var lasts: Duration
    }

    package enum Timing: Hashable, Sendable {
        /// Up for a random time, down for a random time.
        case random(up: ClosedRange<Duration>, down: ClosedRange<Duration>)
        /// As written; from the start again after `period`, if there is one.
        case scripted([Gap], period: Duration?)
    }

    package var timing: Timing
    /// How likely an outage is the end of a connection. One that survives is held up, and goes on after it.
    package var severs = 1.0
    /// How likely the phone notices at once that a connection is gone. Otherwise its next keep-alive tells.
    package var notices = 0.5

    package init(_ timing: Timing, severs: Double = 1, notices: Double = 0.5) {
        self.timing = timing
        self.severs = severs
        self.notices = notices
    }
}
