import PushVocabulary

/// Steps that events and the passing of time share.
extension NetworkPath {
    func index(of connection: Connection) -> Int? { self.connections.firstIndex { $0.number == connection } }

    func isUp(_ index: Int) -> Bool { self.bearers[self.connections[index].bearer].isUp }

    /// The bearer an attempt takes: the first that leads to the courier, or the first on which nobody answers.
    var choice: Int? {
        let present = self.bearers.indices.filter { self.bearers[$0].isUp && self.profile.bearers[$0].access.isTried }
        return present.first { self.profile.bearers[$0].access == .open } ?? present.first
    }

    mutating func attempt(_ index: Int, at now: Instant, _ actions: inout [Action]) {
        guard let choice = self.choice else { return }
        self.connections[index].bearer = choice
        switch self.profile.bearers[choice].access {
        case .open:
            self.connections[index].phase = .opening
            self.connections[index].hasLink = true
            actions.append(.open(self.connections[index].number))
        case .portBlocked: self.fail(index, "port 5223 is blocked on this network", at: now)
        case .proxyRequired: self.fail(index, "this network demands a SOCKS proxy", at: now)
        case .dead, .roamingOff, .dataOff: self.fail(index, "nobody answers on this network", at: now)
        }
    }

    private mutating func fail(_ index: Int, _ reason: String, at now: Instant) {
        self.connections[index].phase = .failing(at: now + self.profile.connectTimeout, reason: reason)
    }

    mutating func resumeWaiting(at now: Instant, _ actions: inout [Action]) {
        for index in self.connections.indices where self.connections[index].phase == .waiting {
            self.attempt(index, at: now, &actions)
        }
    }

    /// Whether what is sent now arrives sometime. An idle connection's mapping may turn out to be forgotten.
    mutating func passes(_ index: Int, at now: Instant) -> Bool {
        let connection = self.connections[index]
        guard !connection.isCut, connection.isHeld, connection.phase == .standing else { return false }
        let bearer = self.profile.bearers[connection.bearer]
        guard let cutoff = bearer.idleCutoff, bearer.cut == .silent, connection.lastTraffic + cutoff <= now else {
            return true
        }
        self.connections[index].isCut = true
        return false
    }

    /// A connection is cut. Its link stands for as long as the courier believes so.
    mutating func lose(_ index: Int, notices: Bool, _ actions: inout [Action]) {
        let connection = self.connections[index]
        self.connections[index].isCut = true
        self.connections[index].toCourier = []
        self.connections[index].toPhone = []
        guard notices, connection.isHeld else { return }
        actions.append(.lost(connection.number, reason: "the network is gone", isExplained: true))
        actions += self.release(index)
    }

    /// The phone has let its end go, or never had one: what is left is the link, if that.
    mutating func release(_ index: Int) -> [Action] {
        let connection = self.connections[index]
        self.connections[index].isHeld = false
        switch connection.phase {
        case .opening, .handshaking:
            // The courier has seen next to nothing of it yet.
            self.connections.remove(at: index)
            return connection.hasLink ? [.closeLink(connection.number)] : []
        case .waiting, .failing:
            self.connections.remove(at: index)
            return []
        case .standing:
            guard connection.hasLink else {
                self.connections.remove(at: index)
                return []
            }
        }
        let orphans = self.connections.indices.filter { !self.connections[$0].isHeld }
        guard orphans.count > Self.maximumOrphans else { return [] }
        let oldest = self.connections.remove(at: orphans[0])
        return oldest.hasLink ? [.resetLink(oldest.number)] : []
    }

    /// Coverage is back: what was held up goes on its way.
    mutating func flush(_ index: Int, at now: Instant) {
        guard !self.connections[index].isCut else { return }
        self.connections[index].givesUpAt = nil
        for position in self.connections[index].toCourier.indices {
            self.connections[index].toCourier[position].due = max(now, self.connections[index].toCourier[position].due)
        }
        for position in self.connections[index].toPhone.indices {
            self.connections[index].toPhone[position].due = max(now, self.connections[index].toPhone[position].due)
        }
    }

    /// When bytes arrive that are sent now, behind those under way; `nil`: at once.
    mutating func due(_ byteCount: Int, on index: Int, toCourier: Bool, at now: Instant) -> Instant? {
        let bearer = self.profile.bearers[self.connections[index].bearer]
        let held = toCourier ? self.connections[index].toCourier : self.connections[index].toPhone
        if bearer.isImmediate, held.isEmpty, self.isUp(index) { return nil }
        var due = now + self.delay(on: bearer)
        if let bytesPerSecond = bearer.bytesPerSecond {
            due = due + .nanoseconds(Int64(byteCount) * 1_000_000_000 / Int64(bytesPerSecond))
        }
        return max(due, held.last?.due ?? now)
    }

    mutating func delay(on bearer: NetworkBearer) -> Duration {
        bearer.latency + (bearer.jitter > .zero ? self.draw(.zero...bearer.jitter) : .zero)
    }

    mutating func chance(_ probability: Double) -> Bool {
        if probability <= 0 { return false }
        if probability >= 1 { return true }
        return Double.random(in: 0..<1, using: &self.random) < probability
    }

    mutating func draw(_ range: ClosedRange<Duration>) -> Duration {
        let bounds = range.lowerBound.wholeNanoseconds...range.upperBound.wholeNanoseconds
        return .nanoseconds(Int64.random(in: bounds, using: &self.random))
    }
}
