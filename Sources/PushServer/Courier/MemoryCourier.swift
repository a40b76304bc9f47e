import NIOCore
import PushLedger
package import PushTransport
package import PushVocabulary

/// The courier's door for devices on its own event loop: the same bytes as through the listener, without TLS and socket.
package final class MemoryCourier {
    private let host: BrokerHost
    private let options: CourierOptions

    package init(host: BrokerHost, options: CourierOptions = CourierOptions()) {
        self.host = host
        self.options = options
    }

    /// Takes a connection, and names who is to own this end of it.
    package func accept(_ link: any ByteLink, environment: Environment) -> any ByteLinkOwner {
        let id = self.host.ledger.openConnection(
            to: .courier,
            environment: environment,
            peer: "memory",
            at: self.host.clock.now
        )
        let facts = HandshakeFacts(connection: id, environment: environment)
        let connection = MemoryConnection(facts: facts, host: self.host, options: self.options, link: link)
        if let strike = self.host.strike(at: .accept, self.subject(facts))
            ?? self.host.strike(at: .handshake, self.subject(facts))
        {
            connection.carryOut(strike)
        }
        return connection
    }

    private func subject(_ facts: HandshakeFacts) -> FaultSubject {
        FaultSubject(service: .courier, environment: facts.environment, connection: facts.connection)
    }
}

/// What `CourierHandler` and `ConnectionRecorder` are to a connection over a socket: moves bytes, and keeps its books.
private final class MemoryConnection {
    private let facts: HandshakeFacts
    private let host: BrokerHost
    private let link: any ByteLink
    /// Set until the connection is gone.
    private var owner: (any ByteLinkOwner)?
    private var bytesIn: UInt64 = 0
    private var bytesOut: UInt64 = 0
    /// What a delaying fault rule holds back.
    private var held: [ByteBuffer]?
    /// A fault rule has stopped listening for good.
    private var isStalled = false

    init(facts: HandshakeFacts, host: BrokerHost, options: CourierOptions, link: any ByteLink) {
        self.facts = facts
        self.host = host
        self.link = link
        self.owner = CourierConnection(facts: facts, host: host, options: options, link: self)
    }

    /// What a rule does before TLS would stand. In memory a connection stands at once: refusing it ends it.
    func carryOut(_ strike: FaultStrike) {
        switch strike.action {
        case .silentClose: self.end(by: strike) { $0.close() }
        case .reset, .alert: self.end(by: strike) { $0.reset() }
        case .stall, .blackHole, .holdOpen:
            self.hold()
            self.isStalled = true
        case .delay(let duration):
            self.hold()
            self.held = []
            self.host.timers.schedule(at: self.host.clock.now + duration, for: "fault delay") { [weak self] in
                guard let self, !self.isStalled else { return }
                self.host.release(self.facts.connection)
                let held = self.held ?? []
                self.held = nil
                for bytes in held { self.owner?.linkReceived(bytes) }
            }
        default: break
        }
    }

    private func hold() {
        self.host.hold(self.facts.connection) { [weak self] in
            self?.isStalled = true
            self?.link.reset()
        }
    }

    private func end(by strike: FaultStrike, _ end: (any ByteLink) -> Void) {
        self.close(.closed(by: .fault, .fault(strike)))
        end(self.link)
    }

    private func close(_ outcome: ConnectionOutcome) {
        self.host.ledger.closeConnection(self.facts.connection, outcome, at: self.host.clock.now)
    }
}

extension MemoryConnection: ByteLinkOwner {
    func linkOpened() {
        self.facts.isComplete = true
        self.owner?.linkOpened()
    }

    func linkReceived(_ bytes: ByteBuffer) {
        self.bytesIn += UInt64(bytes.readableBytes)
        guard !self.isStalled else { return }
        if self.held == nil { self.owner?.linkReceived(bytes) } else { self.held?.append(bytes) }
    }

    func linkEnded(reason: String) {
        self.host.release(self.facts.connection)
        self.owner?.linkEnded(reason: reason)
        self.owner = nil
        self.host.ledger.updateConnection(self.facts.connection) {
            $0.bytesIn = self.bytesIn
            $0.bytesOut = self.bytesOut
        }
        self.close(.closed(by: .peer, .closedByPeer))
    }
}

extension MemoryConnection: ByteLink {
    func write(_ bytes: ByteBuffer) {
        self.bytesOut += UInt64(bytes.readableBytes)
        self.link.write(bytes)
    }
    func close() { self.link.close() }
    func reset() { self.link.reset() }
    func setReading(_ reads: Bool) {}
}
