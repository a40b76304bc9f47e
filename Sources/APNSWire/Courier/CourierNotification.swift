package import NIOCore
package import PushVocabulary

/// 0x0A: a push on its way to the device.
package struct CourierNotification: Hashable, Sendable {
    /// The token the provider addressed.
    package var token: DeviceToken?
    package var topic: TopicHash?
    package var payload: ByteBuffer
    /// Echoed in the acknowledgement.
    package var messageIdentifier: UInt32
    /// UNIX seconds.
    package var expiry: UInt32?
    /// UNIX nanoseconds.
    package var timestamp: UInt64?
    /// Bit 0: from storage; bit 1: the last one from storage.
    package var storageFlags: UInt8?
    package var priority: UInt8?
    /// The device's base token, when `token` is a per-app one.
    package var baseToken: DeviceToken?

    package init(
        token: DeviceToken?,
        topic: TopicHash?,
        payload: ByteBuffer,
        messageIdentifier: UInt32,
        expiry: UInt32? = nil,
        timestamp: UInt64? = nil,
        storageFlags: UInt8? = nil,
        priority: UInt8? = nil,
        baseToken: DeviceToken? = nil
    ) {
        self.token = token
        self.topic = topic
        self.payload = payload
        self.messageIdentifier = messageIdentifier
        self.expiry = expiry
        self.timestamp = timestamp
        self.storageFlags = storageFlags
        self.priority = priority
        self.baseToken = baseToken
    }

    init(_ items: CourierItems) throws(CourierError) {
        var payload: ByteBuffer?
        var identifier: UInt32?
        self.init(token: nil, topic: nil, payload: ByteBuffer(), messageIdentifier: 0)
        for item in items {
            switch item.id {
            case 0x01: self.token = try item.token(in: .notification)
            case 0x02: self.topic = try item.hash(in: .notification)
            case 0x03: payload = item.value
            case 0x04: identifier = try item.integer(in: .notification)
            case 0x05: self.expiry = try item.integer(in: .notification)
            case 0x06: self.timestamp = try item.integer(in: .notification)
            case 0x07: self.storageFlags = try item.integer(in: .notification)
            case 0x0D: self.priority = try item.integer(in: .notification)
            case 0x0F: self.baseToken = try item.token(in: .notification)
            default: break
            }
        }
        guard let payload else { throw .missingItem(command: .notification, item: 0x03) }
        guard let identifier else { throw .missingItem(command: .notification, item: 0x04) }
        self.payload = payload
        self.messageIdentifier = identifier
    }

    func write(into buffer: inout ByteBuffer) {
        Self.write(self, payload: self.payload.readableBytesView, into: &buffer)
    }

    /// Bytes of a whole message besides its payload, where both tokens have the usual size: a header of 5, nine items
    /// with 3 before each value, two tokens, a topic, and 18 bytes of numbers.
    package static let usualEnvelopeByteCount = 5 + 9 * 3 + 2 * DeviceToken.usualByteCount + TopicHash.byteCount + 18

    /// Writes a notification whose payload stands elsewhere, without wrapping it in a buffer first.
    package static func write(
        _ envelope: CourierNotification,
        payload: some Collection<UInt8>,
        into buffer: inout ByteBuffer
    ) {
        CourierMessage.write(.notification, into: &buffer) { writer in
            writer.item(0x01, envelope.token)
            writer.item(0x02, envelope.topic)
            writer.item(0x03, payload)
            writer.item(0x04, envelope.messageIdentifier)
            writer.item(0x05, envelope.expiry)
            writer.item(0x06, envelope.timestamp)
            writer.item(0x07, envelope.storageFlags)
            writer.item(0x0D, envelope.priority)
            writer.item(0x0F, envelope.baseToken)
        }
    }
}

/// 0x0B: the device has stored the notification; it reached the device, which does not mean that it was shown.
package struct CourierAcknowledgement: Hashable, Sendable {
    package var token: DeviceToken?
    package var messageIdentifier: UInt32
    /// 0: stored.
    package var status: UInt8?

    package init(token: DeviceToken?, messageIdentifier: UInt32, status: UInt8? = 0) {
        self.token = token
        self.messageIdentifier = messageIdentifier
        self.status = status
    }

    init(_ items: CourierItems) throws(CourierError) {
        var identifier: UInt32?
        self.init(token: nil, messageIdentifier: 0, status: nil)
        for item in items {
            switch item.id {
            case 0x01: self.token = try item.token(in: .acknowledgement)
            case 0x04: identifier = try item.integer(in: .acknowledgement)
            case 0x08: self.status = try item.integer(in: .acknowledgement)
            default: break
            }
        }
        guard let identifier else { throw .missingItem(command: .acknowledgement, item: 0x04) }
        self.messageIdentifier = identifier
    }

    func write(into buffer: inout ByteBuffer) {
        CourierMessage.write(.acknowledgement, into: &buffer) { writer in
            writer.item(0x01, self.token)
            writer.item(0x04, self.messageIdentifier)
            writer.item(0x08, self.status)
        }
    }
}
