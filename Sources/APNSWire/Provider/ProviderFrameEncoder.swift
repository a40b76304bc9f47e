package import NIOCore

/// What a provider wants to say, before it is bytes. The encoder refuses nothing: tests need wrong frames too.
package struct OutgoingNotification: Hashable, Sendable {
    package enum Format: Hashable, Sendable {
        /// Command 0: no identifier, no expiry.
        case simple
        /// Command 1.
        case enhanced
        /// Command 2: the items in this order; an item without a value is left out.
        case items(order: [UInt8])

        /// Command 2 in the order most clients used.
        package static let usualItems = Format.items(order: [1, 2, 3, 4, 5])
    }

    package var format: Format
    package var token: [UInt8]
    package var payload: [UInt8]
    package var identifier: UInt32?
    /// UNIX seconds UTC.
    package var expiry: UInt32?
    package var priority: UInt8?

    package init(
        format: Format = .usualItems,
        token: [UInt8],
        payload: [UInt8],
        identifier: UInt32? = nil,
        expiry: UInt32? = nil,
        priority: UInt8? = nil
    ) {
        self.format = format
        self.token = token
        self.payload = payload
        self.identifier = identifier
        self.expiry = expiry
        self.priority = priority
    }

    package func write(into buffer: inout ByteBuffer) {
        switch self.format {
        case .simple:
            buffer.writeInteger(0 as UInt8)
            self.writeAddressedPayload(into: &buffer)
        case .enhanced:
            buffer.writeMultipleIntegers(1 as UInt8, self.identifier ?? 0, self.expiry ?? 0)
            self.writeAddressedPayload(into: &buffer)
        case .items(let order):
            let start = buffer.writerIndex
            buffer.writeMultipleIntegers(2 as UInt8, 0 as UInt32)
            for item in order { self.write(item: item, into: &buffer) }
            buffer.setInteger(UInt32(buffer.writerIndex - start - 5), at: start + 1)
        }
    }

    private func writeAddressedPayload(into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt16(truncatingIfNeeded: self.token.count))
        buffer.writeBytes(self.token)
        buffer.writeInteger(UInt16(truncatingIfNeeded: self.payload.count))
        buffer.writeBytes(self.payload)
    }

    private func write(item: UInt8, into buffer: inout ByteBuffer) {
        switch item {
        case 1: self.write(item: item, bytes: self.token, into: &buffer)
        case 2: self.write(item: item, bytes: self.payload, into: &buffer)
        case 3: if let identifier { buffer.writeMultipleIntegers(item, 4 as UInt16, identifier) }
        case 4: if let expiry { buffer.writeMultipleIntegers(item, 4 as UInt16, expiry) }
        case 5: if let priority { buffer.writeMultipleIntegers(item, 1 as UInt16, priority) }
        default: self.write(item: item, bytes: [], into: &buffer)
        }
    }

    private func write(item: UInt8, bytes: [UInt8], into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(item, UInt16(truncatingIfNeeded: bytes.count))
        buffer.writeBytes(bytes)
    }
}
