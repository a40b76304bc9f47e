import NIOCore
import Synchronization

/// The open connections of the control API, and how far each is. They live on several event loops.
final class ControlConnections: Sendable {
    enum Stage: Sendable {
        /// Between two requests, or before the first.
        case waiting(since: NIODeadline)
        /// Some of a request has arrived.
        case receiving(since: NIODeadline)
        /// A request has arrived.
        case answering(hasMore: Bool)

        /// Since when its caller has it wait; `nil`: its caller does not.
        var waitsSince: NIODeadline? {
            switch self {
            case .waiting(let since), .receiving(let since): since
            case .answering: nil
            }
        }
    }

    enum Entry {
        case admitted
        /// Another one has to go for it.
        case admittedFor(any Channel)
        case refused
    }

    private struct Connection {
        let channel: any Channel
        var stage: Stage
    }

    let maximum: Int
    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// Counts a connection in, until its channel closes.
    func enter(_ channel: any Channel, at now: NIODeadline = .now()) -> Entry {
        let id = ObjectIdentifier(channel)
        let entry = self.connections.withLock { connections -> Entry in
            var displaced: (any Channel)?
            if connections.count >= self.maximum {
                let waiting = connections.filter { $0.value.stage.waitsSince != nil }
                let oldest = waiting.min { ($0.value.stage.waitsSince ?? now) < ($1.value.stage.waitsSince ?? now) }
                guard let oldest else { return .refused }
                displaced = connections.removeValue(forKey: oldest.key)?.channel
            }
            connections[id] = Connection(channel: channel, stage: .waiting(since: now))
            return displaced.map(Entry.admittedFor) ?? .admitted
        }
        if case .refused = entry { return entry }
        channel.closeFuture.whenComplete { [self] _ in self.connections.withLock { $0[id] = nil } }
        return entry
    }

    /// `nil`: it is to go, or has gone.
    func stage(of channel: any Channel) -> Stage? {
        self.connections.withLock { $0[ObjectIdentifier(channel)]?.stage }
    }

    /// Bytes have arrived.
    func received(on channel: any Channel) {
        self.change(channel) { stage in
            switch stage {
            case .waiting: .receiving(since: .now())
            case .receiving: stage
            case .answering: .answering(hasMore: true)
            }
        }
    }

    /// All of a request has arrived, or as much as anybody wants.
    func requestIsComplete(on channel: any Channel) { self.change(channel) { _ in .answering(hasMore: false) } }

    func isAnswered(on channel: any Channel) {
        self.change(channel) { stage in
            if case .answering(hasMore: true) = stage { .receiving(since: .now()) } else { .waiting(since: .now()) }
        }
    }

    private func change(_ channel: any Channel, _ next: (Stage) -> Stage) {
        let id = ObjectIdentifier(channel)
        self.connections.withLock { connections in
            guard let stage = connections[id]?.stage else { return }
            connections[id]?.stage = next(stage)
        }
    }
}
