import NIOCore
package import PushVocabulary

extension NetworkPath {
    struct BearerState: Hashable, Sendable {
        var isUp = true
        /// When it goes or comes back.
        var nextChange: Instant?
        /// Of a script: the gap that comes next or is, and when its round began.
        var gap = 0
        var roundStart: Instant
    }

    enum Phase: Hashable, Sendable {
        /// Waits for coverage.
        case waiting
        /// Nobody will answer.
        case failing(at: Instant, reason: String)
        case opening
        /// The link stands, and the phone does not know yet.
        case handshaking(until: Instant)
        case standing
    }

    /// Something under way.
    struct Held: Hashable, Sendable {
        enum What: Hashable, Sendable {
            case bytes(ByteBuffer)
            case end(String)
        }

        let what: What
        var due: Instant

        init(_ what: What, due: Instant) {
            self.what = what
            self.due = due
        }
    }

    struct ConnectionState: Hashable, Sendable {
        let number: Connection
        var bearer = 0
        var phase = Phase.waiting
        /// Whether the phone has its end still.
        var isHeld = true
        /// Whether the courier's end was opened and is not gone.
        var hasLink = false
        /// Nothing passes any more, and nobody is told.
        var isCut = false
        var lastTraffic: Instant
        var toCourier: [Held] = []
        var toPhone: [Held] = []
        /// When the courier's TCP stops repeating what it wrote.
        var givesUpAt: Instant?

        init(number: Connection, lastTraffic: Instant) {
            self.number = number
            self.lastTraffic = lastTraffic
        }

        var isFailing: Bool { if case .failing = self.phase { true } else { false } }

        mutating func courierGivesUp(at due: Instant) {
            if self.hasLink, self.givesUpAt == nil { self.givesUpAt = due }
        }
    }

    // MARK: - Time

    package mutating func timePassed(at now: Instant) -> [Action] {
        var actions: [Action] = []
        while let due = self.nextDeadline, due <= now { self.carryOutNext(due, &actions) }
        return actions
    }

    /// Does the one thing that is due at `due`; of several, the first found.
    private mutating func carryOutNext(_ due: Instant, _ actions: inout [Action]) {
        for index in self.bearers.indices where self.bearers[index].nextChange == due {
            return self.turn(index, at: due, &actions)
        }
        for index in self.connections.indices where self.deadline(of: self.connections[index]) == due {
            return self.advance(index, at: due, &actions)
        }
    }

    func deadline(of connection: ConnectionState) -> Instant? {
        var next = connection.givesUpAt
        func consider(_ due: Instant) { next = next.map { min($0, due) } ?? due }
        switch connection.phase {
        case .waiting, .opening: break
        case .failing(let at, _): consider(at)
        case .handshaking(let until): if self.bearers[connection.bearer].isUp, !connection.isCut { consider(until) }
        case .standing: break
        }
        guard !connection.isCut, self.bearers[connection.bearer].isUp else { return next }
        if let held = connection.toCourier.first { consider(held.due) }
        if let held = connection.toPhone.first { consider(held.due) }
        let bearer = self.profile.bearers[connection.bearer]
        if let cutoff = bearer.idleCutoff, bearer.cut != .silent, connection.phase == .standing, connection.hasLink {
            consider(connection.lastTraffic + cutoff)
        }
        return next
    }

    private mutating func advance(_ index: Int, at now: Instant, _ actions: inout [Action]) {
        let connection = self.connections[index]
        switch connection.phase {
        case .failing(let at, let reason) where at == now:
            actions.append(.lost(connection.number, reason: reason, isExplained: true))
            actions += self.release(index)
        case .handshaking(let until) where until <= now && self.isUp(index) && !connection.isCut:
            self.connections[index].phase = .standing
            actions.append(.stands(connection.number))
        case _ where connection.givesUpAt == now:
            self.connections[index].givesUpAt = nil
            self.connections[index].isCut = true
            self.connections[index].hasLink = false
            actions.append(.resetLink(connection.number))
            if !connection.isHeld { actions += self.release(index) }
        case _ where connection.toCourier.first?.due == now: self.carryToCourier(index, &actions)
        case _ where connection.toPhone.first?.due == now: self.carryToPhone(index, &actions)
        default: self.cutIdle(index, &actions)
        }
    }

    private mutating func carryToCourier(_ index: Int, _ actions: inout [Action]) {
        let number = self.connections[index].number
        switch self.connections[index].toCourier.removeFirst().what {
        case .bytes(let bytes): actions.append(.write(number, bytes))
        case .end:
            self.connections[index].hasLink = false
            actions.append(.closeLink(number))
            actions += self.release(index)
        }
    }

    private mutating func carryToPhone(_ index: Int, _ actions: inout [Action]) {
        let number = self.connections[index].number
        switch self.connections[index].toPhone.removeFirst().what {
        case .bytes(let bytes): if self.connections[index].isHeld { actions.append(.deliver(number, bytes)) }
        case .end(let reason):
            if self.connections[index].isHeld {
                actions.append(.lost(number, reason: reason, isExplained: true))
            }
            actions += self.release(index)
        }
    }

    /// A cut that both sides hear of.
    private mutating func cutIdle(_ index: Int, _ actions: inout [Action]) {
        let connection = self.connections[index]
        let isReset = self.profile.bearers[connection.bearer].cut == .reset
        self.connections[index].hasLink = false
        actions.append(isReset ? .resetLink(connection.number) : .closeLink(connection.number))
        if connection.isHeld {
            let reason = "the network cut the idle connection"
            actions.append(.lost(connection.number, reason: reason, isExplained: false))
        }
        actions += self.release(index)
    }

    // MARK: - Coverage

    mutating func startBearers(at now: Instant) {
        self.bearers = self.profile.bearers.map { _ in BearerState(roundStart: now) }
        for index in self.bearers.indices {
            switch self.profile.bearers[index].outages?.timing {
            case nil: break
            case .random(let up, _):
                // It has been up for a while already, and thousands of phones not in step.
                let first = self.draw(up)
                self.bearers[index].nextChange = now + self.draw(.zero...first)
            case .scripted(let gaps, _): self.bearers[index].nextChange = gaps.first.map { now + $0.at }
            }
        }
    }

    /// A bearer goes, or comes back.
    private mutating func turn(_ index: Int, at now: Instant, _ actions: inout [Action]) {
        guard let outages = self.profile.bearers[index].outages else { return self.bearers[index].nextChange = nil }
        self.bearers[index].isUp.toggle()
        let isUp = self.bearers[index].isUp
        self.bearers[index].nextChange = self.nextChange(of: index, outages.timing, at: now)
        guard isUp else { return self.outageBegins(on: index, outages, &actions) }
        for position in self.connections.indices where self.connections[position].bearer == index {
            self.flush(position, at: now)
        }
        self.resumeWaiting(at: now, &actions)
    }

    private mutating func nextChange(of index: Int, _ timing: NetworkOutages.Timing, at now: Instant) -> Instant? {
        switch timing {
        case .random(let up, let down): return now + self.draw(self.bearers[index].isUp ? up : down)
        case .scripted(let gaps, let period):
            guard self.bearers[index].isUp else { return now + gaps[self.bearers[index].gap].lasts }
            self.bearers[index].gap += 1
            if self.bearers[index].gap == gaps.count {
                guard let period else { return nil }
                self.bearers[index].gap = 0
                self.bearers[index].roundStart = self.bearers[index].roundStart + period
            }
            return max(now, self.bearers[index].roundStart + gaps[self.bearers[index].gap].at)
        }
    }

    private mutating func outageBegins(on bearer: Int, _ outages: NetworkOutages, _ actions: inout [Action]) {
        for index in self.connections.indices.reversed() where self.connections[index].bearer == bearer {
            let connection = self.connections[index]
            guard !connection.isCut, connection.isHeld, connection.phase != .waiting else { continue }
            switch connection.phase {
            case .waiting, .failing: break
            case .opening, .handshaking: self.lose(index, notices: true, &actions)
            case .standing:
                guard self.chance(outages.severs) else { continue }
                self.lose(index, notices: self.chance(outages.notices), &actions)
            }
        }
    }
}
