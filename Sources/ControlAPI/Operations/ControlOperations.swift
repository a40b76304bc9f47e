package import MockDevice
import NIOCore
package import PushIdentity
package import PushLedger
package import PushServer
package import PushVocabulary
import Synchronization

/// Everything that can be done to a running Gatehouse from outside its push services: the HTTP API and the Swift API
/// call the same methods.
///
/// 1. Whatever goes wrong is a `ControlError`.
/// 2. A call that changes a device returns when the service knows of the change, as far as it can come to know.
/// 3. Calls about one device are carried out one after the other; calls about different devices do not wait for each
///    other.
package final class ControlOperations: Sendable {
    package enum Readiness: String, Hashable, Sendable, CaseIterable {
        /// Not every listener is bound, or the configured devices are not there yet.
        case starting
        case ready
        case stopping
    }

    struct State {
        var readiness = Readiness.starting
        /// The devices of the configuration, with the tokens they were given.
        var configured: [DeviceSpecification] = []
        var openEventStreams = 0
        /// The provider identities that lie ready: those of the start, and those issued since.
        var identities: [ReadyRecord.Identity] = []
    }

    package let server: PushServer
    package let fleet: DeviceFleet
    package let facts: InstanceFacts
    /// What the mock devices of this process did.
    package let traces: DeviceTraces
    /// `nil`: nothing can be issued.
    let identityStore: IdentityStore?

    let state = Mutex(State())
    /// Wall time.
    let startedAt = ProductClock.systemNow()
    let turns = NameTurns()
    let waits = PendingWaits()

    package init(
        server: PushServer,
        fleet: DeviceFleet,
        facts: InstanceFacts,
        traces: DeviceTraces = DeviceTraces(),
        identityStore: IdentityStore? = nil
    ) {
        self.server = server
        self.fleet = fleet
        self.facts = facts
        self.traces = traces
        self.identityStore = identityStore
        self.state.withLock { $0.identities = facts.identities }
    }

    // MARK: - Life

    package var readiness: Readiness { self.state.withLock { $0.readiness } }

    /// Everything is bound, and the configured devices are there.
    package func becomeReady() {
        self.state.withLock { if $0.readiness == .starting { $0.readiness = .ready } }
    }

    /// Ends all pending waits with `stopping`; new ones are refused. Call it before the control server and the push
    /// server are stopped.
    package func beginStopping() {
        self.state.withLock { $0.readiness = .stopping }
        self.waits.close()
        self.server.closeEvents()
    }

    // MARK: - What is running

    /// - Parameter control: the control API's URL, without a slash at the end.
    package func readyRecord(control: String) async throws -> ReadyRecord {
        self.readyRecord(control: control, devices: try await self.devices())
    }

    func readyRecord(control: String, devices: [DeviceRecord]) -> ReadyRecord {
        var environments: [String: ReadyRecord.Services] = [:]
        for (environment, addresses) in self.server.addresses {
            environments[environment.rawValue] = ReadyRecord.Services(addresses)
        }
        return ReadyRecord(
            version: self.facts.version,
            pid: self.facts.processIdentifier,
            control: control,
            caFile: self.facts.caFile,
            environments: environments,
            identities: self.identities,
            devices: devices.flatMap { [$0] + $0.companions }.map { ReadyRecord.Device($0) }
        )
    }

    /// - Parameter topic: only this topic's; `nil`: everybody's.
    package func counters(topic: Topic? = nil) async throws -> Counters {
        try await self.perform { $0.ledger.counters(topic: topic) }
    }

    /// By topic, in the order in which they were first seen.
    ///
    /// - Parameter topic: only this one; `nil`: all.
    package func countersOfTopics(_ topic: Topic? = nil) async throws -> [(topic: Topic, counters: Counters)] {
        try await self.perform { $0.ledger.countersOfTopics.filter { topic == nil || $0.topic == topic } }
    }

    package var clock: (mode: ProductClock.Mode, now: Instant) { (self.server.clock.mode, self.server.clock.now) }

    /// Returns when all that has happened until now may be told: at once without a state file.
    ///
    /// - Throws: `ControlError` when it cannot be written.
    package func isSafeToTell() async throws {
        guard self.server.keepsState else { return }
        try await self.perform { _ in }
    }

    // MARK: - Where the broker lives

    /// Runs `body` where the broker lives; what it and the push server throw becomes a `ControlError`.
    func perform<Result: Sendable>(_ body: @escaping @Sendable (BrokerHost) throws -> Result) async throws -> Result {
        try await Self.translating { try await self.server.perform(body) }
    }

    /// Runs `body`; the errors of other modules become `ControlError`s.
    static func translating<Result>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: () async throws -> Result
    ) async throws -> Result {
        do {
            return try await body()
        } catch let error as DeviceFleetError {
            throw ControlError(error)
        } catch let error as BrokerHost.ProvisionError {
            throw ControlError(error)
        } catch let error as StateNotWritten {
            throw ControlError(error)
        } catch is EventLoopError {
            throw ControlError.stopping
        }
    }
}
