package import APNSWire
package import PushBroker
package import PushVocabulary

/// A device's courier connection, as decisions only: one message in, one order out.
///
///     awaiting Connect ──▶ connected ──▶ closing
///
/// 1. The first message is Connect, or the connection is closed.
/// 2. Unknown messages are passed over, never a reason to close.
/// 3. Lists for another base token than the connection's own change nothing: one connection carries one user here.
package struct CourierSession: Sendable {
    package enum Order: Hashable, Sendable {
        /// Judge this device and call `admitted` or `refused`.
        case admit(CourierConnect)
        case filter(DeviceID, lists: [TopicHash: TopicClass], removed: [TopicHash])
        case acknowledge(DeviceID, messageIdentifier: UInt32)
        case giveAppToken(DeviceID, CourierAppTokenRequest)
        case answer(CourierMessage)
        case close(reason: String)
        case nothing
    }

    private enum State: Hashable, Sendable {
        case awaitingConnect
        case connected(DeviceID, baseToken: DeviceToken)
        /// - Parameter device: whose connection it was, if it was one's; it is away only once this is booked.
        case closing(DeviceID?)
    }

    private var state = State.awaitingConnect

    package init() {}

    /// A message whose items are read only where the service acts on them: what it passes over may be of any shape.
    package static func message(in frame: CourierFrame) throws(CourierError) -> CourierMessage {
        switch CourierCommand(rawValue: frame.command) {
        case .connect, .filter, .acknowledgement, .keepAlive, .flush, .appTokenRequest, .pubSub:
            try CourierMessage(frame)
        case .connectResponse, .notification, .keepAliveResponse, .noStorage, .flushResponse, .appTokenResponse,
            .setActiveInterval, .setState, nil:
            .unknown(frame)
        }
    }

    package mutating func received(_ message: CourierMessage) -> Order {
        switch (self.state, message) {
        case (.awaitingConnect, .connect(let connect)): return .admit(connect)
        case (.awaitingConnect, _):
            self.state = .closing(nil)
            return .close(reason: "the first message was not Connect")
        case (.connected(let device, let baseToken), _): return self.received(message, from: device, baseToken)
        case (.closing, _): return .nothing
        }
    }

    /// - Parameter tellsToken: whether the answer names the base token.
    /// - Returns: the answer to Connect.
    package mutating func admitted(
        _ device: DeviceID,
        baseToken: DeviceToken,
        tellsToken: Bool = true,
        at now: Instant
    ) -> CourierMessage {
        self.state = .connected(device, baseToken: baseToken)
        return .connectResponse(
            CourierConnectResponse(
                status: CourierConnectResponse.accepted,
                baseToken: tellsToken ? baseToken : nil,
                serverTime: UInt64(max(0, now.unixMilliseconds))
            )
        )
    }

    /// - Returns: the answer to Connect; the connection is closed behind it.
    package mutating func refused(at now: Instant) -> CourierMessage {
        self.state = .closing(nil)
        return .connectResponse(
            CourierConnectResponse(
                status: CourierConnectResponse.refused,
                baseToken: nil,
                serverTime: UInt64(max(0, now.unixMilliseconds))
            )
        )
    }

    package mutating func closes() { self.state = .closing(self.device) }

    /// Whose connection it is, from its admission to the end.
    // Not inlined: Swift 6.3.1 crashes in optimisation where it is inlined into a handler.
    @inline(never)
    package var device: DeviceID? {
        switch self.state {
        case .awaitingConnect: nil
        case .connected(let device, _): device
        case .closing(let device): device
        }
    }

    private mutating func received(
        _ message: CourierMessage,
        from device: DeviceID,
        _ baseToken: DeviceToken
    ) -> Order {
        switch message {
        case .filter(let filter):
            guard filter.baseToken == nil || filter.baseToken == baseToken else { return .nothing }
            return .filter(device, lists: Self.lists(of: filter), removed: filter.removed)
        case .acknowledgement(let acknowledgement):
            // Not stored by the device, whatever the number means: it stays in flight until the connection ends.
            guard acknowledgement.status ?? 0 == 0 else { return .nothing }
            return .acknowledge(device, messageIdentifier: acknowledgement.messageIdentifier)
        case .appTokenRequest(let request):
            guard request.baseToken == nil || request.baseToken == baseToken else { return .nothing }
            return .giveAppToken(device, request)
        case .keepAlive: return .answer(.keepAliveResponse(status: nil))
        case .flush(_, let padding): return .answer(.flushResponse(padding: padding))
        case .pubSub(let request):
            return .answer(.pubSub(CourierPubSub(index: request.index, token: request.token, status: 0)))
        case .connect:
            self.state = .closing(device)
            return .close(reason: "a second Connect on one connection")
        case .connectResponse, .notification, .keepAliveResponse, .noStorage, .flushResponse, .appTokenResponse,
            .setActiveInterval, .setState, .unknown:
            return .nothing
        }
    }

    private static func lists(of filter: CourierFilter) -> [TopicHash: TopicClass] {
        var lists: [TopicHash: TopicClass] = [:]
        lists.reserveCapacity(filter.enabled.count)
        // The last one wins, from the least to the most wanted.
        for (hashes, topicClass) in [
            (filter.ignored, TopicClass.ignored), (filter.paused, .paused), (filter.nonWaking, .nonWaking),
            (filter.opportunistic, .opportunistic), (filter.enabled, .enabled),
        ] {
            for hash in hashes { lists[hash] = topicClass }
        }
        return lists
    }
}
