package import NIOCore
package import PushVocabulary

/// A courier message with its items named. Both ends use it: the mock device writes what the server reads.
package enum CourierMessage: Hashable, Sendable {
    case connect(CourierConnect)
    case connectResponse(CourierConnectResponse)
    case filter(CourierFilter)
    case notification(CourierNotification)
    case acknowledgement(CourierAcknowledgement)
    case keepAlive(CourierKeepAlive)
    /// An optional status; usually the message has no item at all.
    case keepAliveResponse(status: UInt8?)
    /// Nothing is stored for this token.
    case noStorage(token: DeviceToken)
    /// A path probe: how much padding is wanted, and the padding sent.
    case flush(wanted: UInt16?, padding: ByteBuffer?)
    case flushResponse(padding: ByteBuffer?)
    case appTokenRequest(CourierAppTokenRequest)
    case appTokenResponse(CourierAppTokenResponse)
    case setActiveInterval(UInt32)
    case setState(state: UInt8, interval: UInt32?)
    case pubSub(CourierPubSub)
    /// Anything else: logged and ignored, never a reason to close.
    case unknown(CourierFrame)

    /// - Throws: `CourierError` when an item has a width that its meaning does not allow, or a required one lacks.
    package init(_ frame: CourierFrame) throws(CourierError) {
        let items = frame.items
        switch CourierCommand(rawValue: frame.command) {
        case .connect: self = .connect(try CourierConnect(items))
        case .connectResponse: self = .connectResponse(try CourierConnectResponse(items))
        case .filter: self = .filter(try CourierFilter(items))
        case .notification: self = .notification(try CourierNotification(items))
        case .acknowledgement: self = .acknowledgement(try CourierAcknowledgement(items))
        case .keepAlive: self = .keepAlive(CourierKeepAlive(items))
        case .keepAliveResponse:
            self = .keepAliveResponse(status: try items.integer(1, of: .keepAliveResponse))
        case .noStorage:
            self = .noStorage(token: try items.required(1, of: .noStorage).token(in: .noStorage))
        case .flush:
            self = .flush(
                wanted: try items.integer(1, of: .flush),
                padding: items.value(2)
            )
        case .flushResponse: self = .flushResponse(padding: items.value(2))
        case .appTokenRequest: self = .appTokenRequest(try CourierAppTokenRequest(items))
        case .appTokenResponse: self = .appTokenResponse(try CourierAppTokenResponse(items))
        case .setActiveInterval:
            self = .setActiveInterval(try items.required(1, of: .setActiveInterval).integer(in: .setActiveInterval))
        case .setState:
            self = .setState(
                state: try items.required(1, of: .setState).integer(in: .setState),
                interval: try items.integer(2, of: .setState)
            )
        case .pubSub: self = .pubSub(try CourierPubSub(items))
        case nil: self = .unknown(frame)
        }
    }

    package func write(into buffer: inout ByteBuffer) {
        switch self {
        case .connect(let message): message.write(into: &buffer)
        case .connectResponse(let message): message.write(into: &buffer)
        case .filter(let message): message.write(into: &buffer)
        case .notification(let message): message.write(into: &buffer)
        case .acknowledgement(let message): message.write(into: &buffer)
        case .keepAlive(let message): message.write(into: &buffer)
        case .keepAliveResponse(let status): Self.write(.keepAliveResponse, into: &buffer) { $0.item(1, status) }
        case .noStorage(let token): Self.write(.noStorage, into: &buffer) { $0.item(1, token) }
        case .flush(let wanted, let padding):
            Self.write(.flush, into: &buffer) {
                $0.item(1, wanted)
                $0.item(2, padding?.readableBytesView)
            }
        case .flushResponse(let padding):
            Self.write(.flushResponse, into: &buffer) { $0.item(2, padding?.readableBytesView) }
        case .appTokenRequest(let message): message.write(into: &buffer)
        case .appTokenResponse(let message): message.write(into: &buffer)
        case .setActiveInterval(let interval): Self.write(.setActiveInterval, into: &buffer) { $0.item(1, interval) }
        case .setState(let state, let interval):
            Self.write(.setState, into: &buffer) {
                $0.item(1, state)
                $0.item(2, interval)
            }
        case .pubSub(let message): message.write(into: &buffer)
        case .unknown(let frame):
            CourierItemWriter.write(frame.command, into: &buffer) { writer in
                for item in frame.items { writer.item(item.id, item.value.readableBytesView) }
            }
        }
    }

    static func write(
        _ command: CourierCommand,
        into buffer: inout ByteBuffer,
        items: (inout CourierItemWriter) -> Void
    ) {
        CourierItemWriter.write(command.rawValue, into: &buffer, items: items)
    }
}

/// Where an item that stands for one thing repeats, its last one counts.
extension CourierItems {
    func value(_ id: UInt8) -> ByteBuffer? { self.last(id)?.value }

    func required(_ id: UInt8, of command: CourierCommand) throws(CourierError) -> Item {
        guard let item = self.last(id) else { throw .missingItem(command: command, item: id) }
        return item
    }

    func integer<Value: FixedWidthInteger>(_ id: UInt8, of command: CourierCommand) throws(CourierError) -> Value? {
        guard let item = self.last(id) else { return nil }
        return try item.integer(in: command)
    }

    private func last(_ id: UInt8) -> Item? {
        var last: Item?
        for item in self where item.id == id { last = item }
        return last
    }
}
