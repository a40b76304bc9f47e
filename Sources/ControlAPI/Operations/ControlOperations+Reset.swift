import MockDevice
import PushIdentity
package import PushLedger
import PushServer
package import PushVocabulary
import Synchronization

/// What a reset can clear.
package enum ResetScope: String, Hashable, Sendable, CaseIterable {
    /// Notifications with their slots and counters; a new epoch begins.
    case notifications
    /// Fault rules.
    case faults
    /// The feedback lists.
    case feedback
    /// Devices that are not of the configuration; those that are become as they were configured.
    case devices
    /// Lets a clock that was stopped run again, from where it stands; not part of a reset that does not name it.
    case clock

    /// What a reset clears that does not say what.
    package static let usual: Set<ResetScope> = [.notifications, .faults, .feedback, .devices]
}

/// How much a reset cleared.
package struct ResetCounts: Hashable, Sendable {
    /// `nil`: was not to be cleared.
    package fileprivate(set) var cleared: [ResetScope: Int] = [:]
    /// Connections that were ended because a fault rule was holding them up.
    package fileprivate(set) var heldConnections = 0
    /// Where what comes from now on begins.
    package fileprivate(set) var cursor: Cursor?

    package subscript(scope: ResetScope) -> Int? { self.cleared[scope] }
}

extension ControlOperations {
    /// Makes the devices of the configuration and remembers them, so that a reset brings them back. One that an earlier
    /// process had is left as it is.
    ///
    /// - Throws: as `putDevice`; the devices before the one that failed are there.
    package func addConfigured(_ specifications: [DeviceSpecification]) async throws {
        for specification in specifications {
            let device = try await self.putConfigured(specification)
            var kept = specification
            for index in kept.apps.indices {
                let hash = kept.apps[index].topic.hash
                kept.apps[index].token = device.apps.first { $0.topicHash == hash }?.token
            }
            self.state.withLock { $0.configured.append(kept) }
        }
    }

    private func putConfigured(_ specification: DeviceSpecification) async throws -> DeviceRecord {
        guard await self.fleet.snapshot(specification.name) != nil else {
            return try await self.putDevice(specification).device
        }
        return try await self.device(specification.name)
    }

    /// Clears what tests leave behind.
    ///
    /// - Parameters:
    ///   - scopes: what.
    ///   - topic: only what concerns this topic, so that tests with topics of their own do not disturb each other: of
    ///     the devices, those that have this app and no other.
    package func reset(
        _ scopes: Set<ResetScope> = ResetScope.usual,
        topic: Topic? = nil
    ) async throws -> ResetCounts {
        var counts = ResetCounts()
        if scopes.contains(.clock) {
            counts.cleared[.clock] = self.clock.mode == .manual ? 1 : 0
            try await self.setClock(.real)
        }
        // First: nothing that was on its way may come after the rest, and a phone that is held up would not come back.
        let (held, faults) = try await self.perform { host in
            let drops = scopes.contains(.faults) || scopes.contains(.notifications)
            let held = drops ? host.dropHeldConnections(of: topic) : 0
            return (held, scopes.contains(.faults) ? host.resetFaults(of: topic) : nil)
        }
        (counts.heldConnections, counts.cleared[.faults]) = (held, faults)
        if scopes.contains(.devices) { counts.cleared[.devices] = try await self.resetDevices(topic: topic) }
        let topics = self.feedbackTopics
        let part = try await self.perform { host in
            var part = ResetCounts()
            if scopes.contains(.notifications) { part.cleared[.notifications] = host.resetNotifications(of: topic) }
            if scopes.contains(.feedback) {
                part.cleared[.feedback] = Self.feedback(of: topic, in: nil, knowing: topics, on: host).count
                host.resetFeedback(of: topic)
            }
            part.cursor = host.ledger.latestCursor
            return part
        }
        counts.cleared.merge(part.cleared) { _, new in new }
        counts.cursor = part.cursor
        return counts
    }

    /// - Returns: how many were deleted.
    private func resetDevices(topic: Topic?) async throws -> Int {
        let configured = self.state.withLock(\.configured)
        let names = Set(configured.map(\.name))
        var deleted = 0
        for fleet in try await self.fleets() {
            if let topic {
                let apps = fleet.specification.apps
                guard !apps.isEmpty, apps.allSatisfy({ $0.topic == topic }) else { continue }
            }
            do {
                deleted += try await self.deleteFleet(fleet.specification.name)
            } catch let error as ControlError where error.code == .notFound {
                continue
            }
        }
        for device in try await self.devices() where !names.contains(device.name) {
            if let topic {
                guard !device.apps.isEmpty, device.apps.allSatisfy({ $0.topicHash == topic.hash }) else { continue }
            }
            do {
                try await self.deleteDevice(device.name)
                deleted += 1
            } catch let error as ControlError where error.code == .notFound {
                continue
            }
        }
        guard topic == nil else { return deleted }
        for specification in configured { try await self.putDevice(specification) }
        return deleted
    }
}
