import DequeModule
package import MockDevice
import Synchronization

/// What each mock device did of late: its own log, as the daemon of a phone writes one.
package final class DeviceTraces: Sendable {
    /// One line of a trace.
    package struct Entry: Hashable, Sendable {
        /// From 1 up, over all devices: where to read on.
        package let number: UInt64
        package let event: DeviceEvent
    }

    /// Lines kept of one device at most; older ones make room.
    package static let maximumEntries = 256
    /// Lines kept of all devices together, about: the more devices, the fewer of each.
    private static let maximumTotal = 65_536

    private struct State {
        var count: UInt64 = 0
        var entries: [String: Deque<Entry>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Enters an event, without the bytes of a payload: those are in the ledger.
    package func record(_ event: DeviceEvent) {
        self.state.withLock { state in
            state.count += 1
            let entry = Entry(number: state.count, event: event.withoutPayload)
            state.entries[event.device, default: []].append(entry)
            let room = min(Self.maximumEntries, max(16, Self.maximumTotal / state.entries.count))
            if let surplus = state.entries[event.device].map({ $0.count - room }), surplus > 0 {
                state.entries[event.device]?.removeFirst(surplus)
            }
        }
    }

    /// What is kept of some devices, in the order in which it happened.
    ///
    /// - Parameter number: only what comes behind this line.
    package func entries(of devices: [String], after number: UInt64 = 0) -> [Entry] {
        self.state.withLock { state in
            devices.flatMap { state.entries[$0] ?? [] }.filter { $0.number > number }.sorted { $0.number < $1.number }
        }
    }

    package func forget(_ device: String) { self.state.withLock { $0.entries[device] = nil } }
}

extension DeviceEvent {
    fileprivate var withoutPayload: DeviceEvent {
        guard case .received(let topic, let hash, _, let identifier, let fromStorage) = self.kind else { return self }
        return DeviceEvent(
            device: self.device,
            at: self.at,
            kind: .received(
                topic,
                hash: hash,
                payload: [],
                messageIdentifier: identifier,
                fromStorage: fromStorage
            )
        )
    }
}
