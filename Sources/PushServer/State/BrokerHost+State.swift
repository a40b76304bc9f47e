import NIOCore
import PushBroker
import PushLedger
import PushStore
import PushVocabulary

/// What of the host outlives the process.
extension BrokerHost {
    // MARK: - Going on

    /// Takes up where an earlier process left off, and keeps what follows. Every device is away, and what was in flight
    /// waits again.
    ///
    /// - Throws: `StateFileError`; the file is then as it was.
    func goOn(with state: OpenedState, on eventLoop: any EventLoop) throws(StateFileError) {
        if !state.isNew {
            self.broker = state.broker
            var ledger = state.ledger
            ledger.tellEvents(as: self.ledger)
            self.ledger = ledger
            for document in state.documents {
                do throws(StateMismatch) {
                    try self.take(document)
                } catch {
                    throw state.writer.refuse(error.detail)
                }
            }
        }
        self.broker.beginNotingChanges()
        self.ledger.beginNotingChanges()
        self.documents.clock = state.isNew ? nil : self.clockDocument
        self.documents.faults = self.faults.entries
        self.documents.revoked = self.revoked
        self.keeper = StateKeeper(writer: state.writer, eventLoop: eventLoop)
        self.broker.resume(at: self.clock.now, effects: &self.effects)
        self.settle()
    }

    // MARK: - Changes

    /// Whether anything differs from what was last handed over to be written.
    var hasUnwrittenChanges: Bool {
        self.ledger.hasChanges || self.broker.hasChanges || !self.documents.changed.isEmpty
            || self.documents.faults != self.faults.entries || self.documents.revoked != self.revoked
            || self.documents.clock != self.clockDocument
    }

    /// What differs, each part once.
    func takeChanges() -> StateChanges {
        var documents = self.documents.changed.map { StateDocument(kind: $0.key.kind, key: $0.key.key, body: $0.value) }
        self.documents.changed = [:]
        if self.documents.faults != self.faults.entries {
            self.documents.faults = self.faults.entries
            documents.append(StateDocument(kind: StateDocuments.faultRules, body: KeptJSON.text(self.faults.entries)))
        }
        if self.documents.revoked != self.revoked {
            self.documents.revoked = self.revoked
            documents.append(StateDocument(kind: StateDocuments.revoked, body: KeptJSON.text(self.revoked.sorted())))
        }
        let clock = self.clockDocument
        if self.documents.clock != clock {
            self.documents.clock = clock
            documents.append(StateDocument(kind: StateDocuments.clock, body: KeptJSON.text(clock)))
        }
        return StateChanges(
            broker: self.broker.takeChanges(),
            ledger: self.ledger.takeChanges(),
            documents: documents
        )
    }

    private var clockDocument: KeptClock { KeptClock(self.clock) }

    // MARK: - Documents

    /// Keeps something of another module's beside the broker's own state.
    ///
    /// - Parameter body: `nil`: it is gone.
    package func keep(_ body: String?, as key: String, of kind: String) {
        guard self.keeper != nil else { return }
        self.documents.changed[StateDocuments.Key(kind: kind, key: key)] = .some(body)
    }

    func keepIdentity(_ identity: DeviceIdentity?, of device: String) {
        guard self.keeper != nil else { return }
        self.keep(identity.map { KeptJSON.text($0) }, as: device, of: StateDocuments.deviceIdentity)
    }

    private func take(_ document: StateDocument) throws(StateMismatch) {
        guard let body = document.body else { return }
        switch document.kind {
        case StateDocuments.faultRules:
            let entries: [FaultPlan.Entry] = try KeptJSON.value(body, document.kind)
            self.faults.restore(entries)
        case StateDocuments.revoked: self.revoked = Set(try KeptJSON.value(body, document.kind) as [String])
        case StateDocuments.clock: break
        case StateDocuments.deviceIdentity:
            guard let device = self.broker.device(named: document.key) else { return }
            let identity: DeviceIdentity = try KeptJSON.value(body, document.kind)
            self.devicesByIdentity[identity] = device
            self.identitiesByDevice[device] = identity
        default: break
        }
    }

    /// Lets a device be claimed by whoever shows its base token next: its old key may be gone.
    package func forgetIdentity(ofDeviceNamed name: String) {
        guard let device = self.broker.device(named: name),
            let identity = self.identitiesByDevice.removeValue(forKey: device)
        else { return }
        self.devicesByIdentity[identity] = nil
        self.keepIdentity(nil, of: name)
    }
}

/// The parts of a state file do not fit together.
struct StateMismatch: Error, Hashable {
    let detail: String

    init(_ detail: String) {
        self.detail = detail
    }
}

/// The host's documents as they were last handed over, and those that have changed since.
package struct StateDocuments {
    /// A mock device as it was asked for; the text is the control API's. It goes with the device.
    package static let mockDevice = "mock-device"
    /// A fleet of mock devices as it was asked for. It goes with the fleet.
    package static let fleet = "fleet"
    static let faultRules = "fault-rules"
    static let revoked = "revoked-certificates"
    static let clock = "clock"
    static let deviceIdentity = "device-identity"

    struct Key: Hashable {
        var kind: String
        var key: String
    }

    var changed: [Key: String?] = [:]
    var faults: [FaultPlan.Entry] = []
    var revoked: Set<String> = []
    var clock: KeptClock?
}
