import APNSWire
import MockDevice
import NIOCore
import PushServer
import PushTransport
import PushVocabulary

/// A phone: the real device machine, on a simulated network.
final class SimulatedPhone {
    let name: String
    let environment: Environment
    private(set) var machine: DeviceMachine
    private(set) var wire: SimulatedCourierWire?
    /// Connections that the phone has forgotten and the service may still have.
    private var formerWires: [SimulatedCourierWire] = []
    private var received = ByteBuffer()
    /// Messages on the present connection, in the order in which they came.
    private var seenOnWire: Set<UInt32> = []
    private let clock: ProductClock
    private let courier: MemoryCourier
    private let observe: (SimulatedPhone, CourierNotification) -> Void
    private let observeArrival: (SimulatedPhone, CourierMessage) -> Void
    private let observeSent: (SimulatedPhone, SimulatedCourierWire, CourierNotification) -> Void
    private let complain: (String) -> Void

    init(
        name: String,
        environment: Environment,
        machine: DeviceMachine,
        clock: ProductClock,
        courier: MemoryCourier,
        observe: @escaping (SimulatedPhone, CourierNotification) -> Void,
        observeArrival: @escaping (SimulatedPhone, CourierMessage) -> Void,
        observeSent: @escaping (SimulatedPhone, SimulatedCourierWire, CourierNotification) -> Void,
        complain: @escaping (String) -> Void
    ) {
        self.name = name
        self.environment = environment
        self.machine = machine
        self.clock = clock
        self.courier = courier
        self.observe = observe
        self.observeArrival = observeArrival
        self.observeSent = observeSent
        self.complain = complain
    }

    // MARK: - What the user does

    func connect() { self.carryOut(self.machine.connect()) }
    func disconnect() { self.carryOut(self.machine.disconnect()) }
    func install(_ topic: Topic) { self.carryOut(self.machine.install(topic, at: self.clock.now)) }
    func uninstall(_ topic: Topic) { self.carryOut(self.machine.uninstall(topic, at: self.clock.now)) }
    func launch(_ topic: Topic) { self.carryOut(self.machine.launch(topic)) }
    func sort(_ topic: Topic, as sorting: AppSorting) { self.carryOut(self.machine.sort(topic, as: sorting)) }
    func allow(_ topic: Topic, _ answer: PermissionBook.Answer) {
        self.carryOut(self.machine.answerPermission(topic, answer))
    }
    func timePassed() { self.carryOut(self.machine.timePassed(at: self.clock.now)) }

    /// Whether the service knows that it may send to this topic now, by a connection that it still has.
    func isKnownToTake(_ topic: TopicHash) -> Bool {
        ([self.wire].compactMap { $0 } + self.formerWires).contains { wire in
            wire.isLiveAtService && wire.filters.last?.covers(topic) == true
        }
    }

    /// Starts again with what it had registered. The service notices nothing yet.
    func reboot() {
        let apps = self.machine.apps
        self.wire?.isStalled = true
        self.abandonWire()
        self.machine = DeviceMachine(apps: apps, baseToken: self.machine.baseToken)
        self.connect()
    }

    /// The service notices.
    func endFormerWires() {
        for wire in self.formerWires { wire.endAtService() }
        self.formerWires = []
    }

    private func abandonWire() {
        self.wire?.endFromPhone()
        if let wire, !wire.isOver { self.formerWires.append(wire) }
        self.wire = nil
        self.received = ByteBuffer()
        self.seenOnWire = []
    }

    // MARK: - The network

    /// The stream stands, if it does not yet; bytes of the phone arrive.
    func carryToService(_ count: Int) {
        guard let wire, !wire.isStalled else { return }
        if wire.isReset { return self.cut() }
        guard wire.isOpen else { return self.open(wire) }
        wire.deliverToService(count)
        if wire.toService.isEmpty, wire.toService.hasEnd { self.end(wire, "the phone hung up") }
    }

    func carryToPhone(_ count: Int) {
        guard let wire, !wire.isStalled else { return }
        if wire.isReset { return self.cut() }
        guard wire.isOpen else { return self.open(wire) }
        let bytes = wire.toPhone.take(count)
        if !bytes.isEmpty { self.receive(bytes) }
        if wire === self.wire, wire.toPhone.isEmpty, wire.toPhone.hasEnd { self.end(wire, "the courier hung up") }
    }

    func cut() {
        guard let wire else { return }
        self.end(wire, "the network is gone")
    }

    private func open(_ wire: SimulatedCourierWire) {
        wire.isOpen = true
        wire.service?.linkOpened()
        self.carryOut(self.machine.opened())
    }

    private func end(_ wire: SimulatedCourierWire, _ reason: String) {
        wire.endAtService()
        guard wire === self.wire else { return }
        self.abandonWire()
        self.carryOut(self.machine.closed(reason: reason, at: self.clock.now))
    }

    // MARK: - Messages

    private func receive(_ bytes: [UInt8]) {
        let wire = self.wire
        self.received.writeBytes(bytes)
        do {
            while self.wire === wire, let frame = try CourierFrameDecoder().next(in: &self.received) {
                let message = try CourierMessage(frame)
                if case .notification(let notification) = message { self.note(notification) }
                self.carryOut(self.machine.received(message, at: self.clock.now))
            }
        } catch {
            self.complain("\(self.name) cannot read what the courier sent: \(error)")
        }
    }

    private func note(_ notification: CourierNotification) {
        if !self.seenOnWire.insert(notification.messageIdentifier).inserted {
            self.complain("\(self.name) got message \(notification.messageIdentifier) twice on one connection")
        }
        self.observe(self, notification)
    }

    private func carryOut(_ orders: [DeviceMachine.Order]) {
        for order in orders {
            switch order {
            case .open:
                let wire = SimulatedCourierWire(
                    observeArrival: { [unowned self] in self.observeArrival(self, $0) },
                    observeSent: { [unowned self] in self.observeSent(self, $0, $1) }
                )
                wire.service = self.courier.accept(wire, environment: self.environment)
                self.wire = wire
            case .present(let baseToken): self.send(.connect(CourierConnect(baseToken: baseToken)))
            case .send(let message): self.send(message)
            case .close: self.hangUp()
            case .report: break
            }
        }
    }

    /// What the phone has said still arrives.
    private func hangUp() {
        guard let wire else { return }
        while wire.isOpen, !wire.isStalled, !wire.toService.isEmpty {
            wire.deliverToService(1 << 20)
        }
        self.end(wire, "the phone hung up")
    }

    private func send(_ message: CourierMessage) { self.wire?.send(message) }
}
