import NIOCore
import PushTransport
import PushVocabulary

/// Carries out what a device's `NetworkPath` decides: holds the links to the courier, those too whose phone's end is
/// gone.
final class DevicePath {
    fileprivate(set) var network: NetworkPath
    private let environment: Environment
    private let dialer: any CourierDialer
    fileprivate let clock: ProductClock
    private var ends: [NetworkPath.Connection: End] = [:]
    /// Told when something happened that may have changed the next deadline.
    var deadlineMayHaveChanged: () -> Void = {}

    init(
        _ profile: NetworkProfile,
        to environment: Environment,
        dialer: any CourierDialer,
        clock: ProductClock,
        seed: UInt64
    ) {
        self.network = NetworkPath(profile, seed: seed, at: clock.now)
        self.environment = environment
        self.dialer = dialer
        self.clock = clock
    }

    /// Both ends of one connection.
    fileprivate final class End {
        let number: NetworkPath.Connection
        let path: DevicePath
        /// The phone's, until it has heard of the end.
        var phone: DeviceConnection?
        /// The courier's, until it is gone.
        var link: (any ByteLink)?

        init(number: NetworkPath.Connection, path: DevicePath, phone: DeviceConnection) {
            self.number = number
            self.path = path
            self.phone = phone
        }
    }

    // MARK: - From the phone

    func dial(for phone: DeviceConnection) -> NetworkPath.Connection {
        let (number, actions) = self.network.dial(at: self.clock.now)
        self.ends[number] = End(number: number, path: self, phone: phone)
        self.carryOut(actions)
        return number
    }

    func send(_ bytes: ByteBuffer, acknowledges: Bool, on connection: NetworkPath.Connection) {
        self.carryOut(self.network.send(bytes, acknowledges: acknowledges, on: connection, at: self.clock.now))
    }

    func hangUp(_ connection: NetworkPath.Connection) {
        self.carryOut(self.network.hangUp(connection, at: self.clock.now))
    }

    // MARK: - From elsewhere

    func timePassed() { self.carryOut(self.network.timePassed(at: self.clock.now)) }

    func change(to profile: NetworkProfile) {
        self.carryOut(self.network.change(to: profile, at: self.clock.now))
        self.deadlineMayHaveChanged()
    }

    /// Puts a network in place that is there from now on, whatever was before; the phone notices.
    func revive(as profile: NetworkProfile) {
        self.carryOut(self.network.revive(as: profile, at: self.clock.now))
        self.deadlineMayHaveChanged()
    }

    /// Cuts every connection; both sides hear of it.
    func cut() {
        self.carryOut(self.network.cutAll(at: self.clock.now))
        self.deadlineMayHaveChanged()
    }

    /// Gives up the links that nobody uses any more.
    func close() {
        for end in self.ends.values where end.phone == nil { end.link?.close() }
    }

    // MARK: - Actions

    fileprivate func carryOut(_ actions: [NetworkPath.Action]) {
        for action in actions { self.carryOut(action) }
    }

    private func carryOut(_ action: NetworkPath.Action) {
        switch action {
        case .open(let number):
            guard let end = self.ends[number] else { return }
            end.link = self.dialer.dial(self.environment, for: end)
        case .write(let number, let bytes): self.ends[number]?.link?.write(bytes)
        case .closeLink(let number): self.ends[number]?.link?.close()
        case .resetLink(let number): self.ends[number]?.link?.reset()
        case .stands(let number): self.ends[number]?.phone?.opened()
        case .deliver(let number, let bytes): self.ends[number]?.phone?.received(bytes)
        case .lost(let number, let reason, let isExplained):
            guard let end = self.ends[number] else { return }
            let phone = end.phone
            end.phone = nil
            self.forget(end)
            phone?.ended(reason: reason, isExplained: isExplained)
        }
    }

    private func forget(_ end: End) {
        if end.phone == nil, end.link == nil { self.ends[end.number] = nil }
    }

    fileprivate func linkEnded(_ end: End, reason: String) {
        end.link = nil
        self.carryOut(self.network.ended(end.number, reason: reason, at: self.clock.now))
        self.forget(end)
        self.deadlineMayHaveChanged()
    }
}

extension DevicePath.End: ByteLinkOwner {
    func linkOpened() {
        self.path.carryOut(self.path.network.opened(self.number, at: self.path.clock.now))
        self.path.deadlineMayHaveChanged()
    }

    func linkReceived(_ bytes: ByteBuffer) {
        self.path.carryOut(self.path.network.received(bytes, on: self.number, at: self.path.clock.now))
        self.path.deadlineMayHaveChanged()
    }

    func linkEnded(reason: String) { self.path.linkEnded(self, reason: reason) }
}
