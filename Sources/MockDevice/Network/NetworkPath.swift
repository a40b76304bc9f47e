package import NIOCore
package import PushVocabulary

/// What lies between one phone and the courier, as decisions only: events and the time in, actions out.
///
/// 1. It stands on the phone's side, below the courier's messages: bytes in, bytes out, over TLS and in memory alike.
/// 2. A connection has two ends, and each learns of the other only what passes. The phone's end may be gone, or believe
///    it is not, while the courier's end, the *link*, stands: that is the blind window.
/// 3. A link whose phone is gone ends when the courier ends it, or when the courier's TCP gives up repeating what it
///    wrote into the void.
/// 4. All chance is drawn from the generator given, in the order of events: same seed, same events, same fate.
package struct NetworkPath: Sendable {
    /// A connection, by its number on this path.
    package typealias Connection = Int

    package enum Action: Hashable, Sendable {
        /// Open a link to the courier.
        case open(Connection)
        case write(Connection, ByteBuffer)
        case closeLink(Connection)
        case resetLink(Connection)
        /// For the phone: the connection stands.
        case stands(Connection)
        case deliver(Connection, ByteBuffer)
        /// For the phone: the connection is gone, or could not be made. One that is explained has a cause that the phone
        /// knows of, so it tells nothing of how long the path bears silence.
        case lost(Connection, reason: String, isExplained: Bool)
    }

    /// What the phone has, as it knows.
    package enum State: Hashable, Sendable {
        /// The bearer that would be taken, or is.
        case up(NetworkBearer.Kind)
        /// There is a bearer, and nobody answers on it.
        case blocked(NetworkBearer.Kind)
        case noCoverage
    }

    /// Most writes of the courier's that may be under way at a time; a connection with more is cut.
    static let maximumHeld = 4_096
    /// Most links that may outlive their phones' ends at a time; the oldest is reset for another.
    static let maximumOrphans = 8

    package internal(set) var profile: NetworkProfile
    var random: SeededGenerator
    var bearers: [BearerState] = []
    var connections: [ConnectionState] = []
    private var lastConnection: Connection = 0

    package init(_ profile: NetworkProfile, seed: UInt64, at now: Instant) {
        self.profile = profile
        self.random = SeededGenerator(seed: seed)
        self.startBearers(at: now)
    }

    package var state: State {
        guard let index = self.choice else { return .noCoverage }
        let bearer = self.profile.bearers[index]
        return bearer.access == .open ? .up(bearer.kind) : .blocked(bearer.kind)
    }

    /// Whether an attempt to connect, made now, would succeed without the clock moving on.
    package var connectsAtOnce: Bool {
        self.choice.map { self.profile.bearers[$0].access == .open && self.profile.bearers[$0].isImmediate } ?? false
    }

    /// The bearer of the connection the phone has, or would get.
    package var bearer: NetworkBearer.Kind? {
        let index = self.connections.last { $0.isHeld && $0.phase != .waiting }?.bearer ?? self.choice
        return index.map { self.profile.bearers[$0].kind }
    }

    /// Whether phone and courier hear each other without the clock moving on.
    package var passesAtOnce: Bool {
        self.connectsAtOnce
            && self.connections.allSatisfy {
                !$0.isHeld || (!$0.isCut && $0.toCourier.isEmpty && ($0.phase == .standing || $0.phase == .opening))
            }
    }

    /// Whether the service knows, or is about to know, how it is with the phone.
    package var isTransparent: Bool { self.passesAtOnce && self.connections.allSatisfy(\.isHeld) }

    /// When `timePassed` is owed next.
    package var nextDeadline: Instant? {
        var next: Instant?
        func consider(_ due: Instant?) {
            if let due { next = next.map { min($0, due) } ?? due }
        }
        for bearer in self.bearers { consider(bearer.nextChange) }
        for connection in self.connections { consider(self.deadline(of: connection)) }
        return next
    }

    // MARK: - From the phone

    /// The phone wants to connect. Without coverage it waits for it.
    package mutating func dial(at now: Instant) -> (Connection, [Action]) {
        self.lastConnection += 1
        self.connections.append(ConnectionState(number: self.lastConnection, lastTraffic: now))
        var actions: [Action] = []
        self.attempt(self.connections.count - 1, at: now, &actions)
        return (self.lastConnection, actions)
    }

    /// - Parameter acknowledges: whether there is an acknowledgement among the bytes.
    package mutating func send(
        _ bytes: ByteBuffer,
        acknowledges: Bool,
        on connection: Connection,
        at now: Instant
    ) -> [Action] {
        guard let index = self.index(of: connection), self.passes(index, at: now) else { return [] }
        let bearer = self.profile.bearers[self.connections[index].bearer]
        if acknowledges, bearer.acknowledgementLoss > 0, self.chance(bearer.acknowledgementLoss) {
            self.connections[index].isCut = true
            return []
        }
        self.connections[index].lastTraffic = now
        guard let due = self.due(bytes.readableBytes, on: index, toCourier: true, at: now) else {
            return [.write(connection, bytes)]
        }
        self.connections[index].toCourier.append(Held(.bytes(bytes), due: due))
        return []
    }

    /// The phone closes its end. Its goodbye passes where bytes pass.
    package mutating func hangUp(_ connection: Connection, at now: Instant) -> [Action] {
        guard let index = self.index(of: connection), self.connections[index].isHeld else { return [] }
        let gone = Action.lost(connection, reason: "the phone gave the connection up", isExplained: true)
        guard self.connections[index].phase == .standing, self.passes(index, at: now) else {
            return [gone] + self.release(index)
        }
        guard let due = self.due(0, on: index, toCourier: true, at: now) else { return [.closeLink(connection)] }
        self.connections[index].toCourier.append(Held(.end(""), due: due))
        self.connections[index].isHeld = false
        return [gone]
    }

    // MARK: - From the courier

    /// The link stands.
    package mutating func opened(_ connection: Connection, at now: Instant) -> [Action] {
        guard let index = self.index(of: connection), self.connections[index].phase == .opening else { return [] }
        let bearer = self.profile.bearers[self.connections[index].bearer]
        self.connections[index].lastTraffic = now
        guard bearer.isImmediate, self.isUp(index) else {
            // TCP and TLS took three round trips.
            let handshake = (0..<6).reduce(Duration.zero) { sum, _ in sum + self.delay(on: bearer) }
            self.connections[index].phase = .handshaking(until: now + handshake)
            return []
        }
        self.connections[index].phase = .standing
        return [.stands(connection)]
    }

    package mutating func received(_ bytes: ByteBuffer, on connection: Connection, at now: Instant) -> [Action] {
        guard let index = self.index(of: connection) else { return [] }
        guard self.passes(index, at: now) else {
            self.connections[index].courierGivesUp(at: now + self.profile.retransmissionTimeout)
            return []
        }
        if !self.isUp(index) {
            self.connections[index].courierGivesUp(at: now + self.profile.retransmissionTimeout)
        }
        guard self.connections[index].toPhone.count < Self.maximumHeld else {
            self.connections[index].isCut = true
            return []
        }
        self.connections[index].lastTraffic = now
        guard let due = self.due(bytes.readableBytes, on: index, toCourier: false, at: now) else {
            return [.deliver(connection, bytes)]
        }
        self.connections[index].toPhone.append(Held(.bytes(bytes), due: due))
        return []
    }

    /// The link is gone. The phone hears of it if anything passes.
    package mutating func ended(_ connection: Connection, reason: String, at now: Instant) -> [Action] {
        guard let index = self.index(of: connection) else { return [] }
        self.connections[index].hasLink = false
        self.connections[index].givesUpAt = nil
        guard self.connections[index].isHeld else { return self.release(index) }
        if self.connections[index].phase != .standing {
            return [.lost(connection, reason: reason, isExplained: true)] + self.release(index)
        }
        guard self.passes(index, at: now) else { return [] }
        guard let due = self.due(0, on: index, toCourier: false, at: now) else {
            return [.lost(connection, reason: reason, isExplained: true)] + self.release(index)
        }
        self.connections[index].toPhone.append(Held(.end(reason), due: due))
        return []
    }

    // MARK: - From whoever runs the test

    /// Puts another profile in place. Connections stay on the bearer they have, if it still leads anywhere.
    package mutating func change(to profile: NetworkProfile, at now: Instant) -> [Action] {
        self.profile = profile
        self.startBearers(at: now)
        var actions: [Action] = []
        for index in self.connections.indices.reversed() {
            let bearer = min(self.connections[index].bearer, profile.bearers.count - 1)
            self.connections[index].bearer = bearer
            switch (profile.bearers[bearer].access, self.connections[index].phase) {
            case (_, .waiting), (_, .failing): break
            case (.open, _): self.flush(index, at: now)
            case (.dead, .standing), (.portBlocked, .standing), (.proxyRequired, .standing):
                self.lose(index, notices: false, &actions)
            default: self.lose(index, notices: true, &actions)
            }
        }
        self.resumeWaiting(at: now, &actions)
        return actions
    }

    /// Puts a profile in place whose bearers are there from now on, and has the phone notice: it hears of a connection
    /// that was cut behind its back, and an attempt that nobody would have answered is made anew.
    package mutating func revive(as profile: NetworkProfile, at now: Instant) -> [Action] {
        var actions = self.change(to: profile, at: now)
        for index in self.connections.indices.reversed() where self.connections[index].isHeld {
            if self.connections[index].isCut { self.lose(index, notices: true, &actions) }
        }
        for index in self.connections.indices where self.connections[index].isFailing {
            self.connections[index].phase = .waiting
        }
        self.resumeWaiting(at: now, &actions)
        return actions
    }

    /// Cuts every connection with a reset that both sides hear, as a router does that starts anew.
    package mutating func cutAll(at now: Instant) -> [Action] {
        var actions: [Action] = []
        for index in self.connections.indices.reversed() where self.connections[index].hasLink {
            let connection = self.connections[index]
            self.connections[index].hasLink = false
            actions.append(.resetLink(connection.number))
            if connection.isHeld {
                let reason = "every connection was cut"
                actions.append(.lost(connection.number, reason: reason, isExplained: true))
            }
            actions += self.release(index)
        }
        return actions
    }
}
