package import NIOCore

/// The commands of the courier protocol that anybody has put a name to (unpacked encoding, iOS 5 and later).
package enum CourierCommand: UInt8, CaseIterable, Hashable, Sendable {
    case connect = 0x07
    case connectResponse = 0x08
    case filter = 0x09
    case notification = 0x0A
    case acknowledgement = 0x0B
    case keepAlive = 0x0C
    case keepAliveResponse = 0x0D
    case noStorage = 0x0E
    case flush = 0x0F
    case flushResponse = 0x10
    case appTokenRequest = 0x11
    case appTokenResponse = 0x12
    case setActiveInterval = 0x13
    case setState = 0x14
    case pubSub = 0x1D
}

/// One message: a command and its items, each a one-byte id, a two-byte length and a value.
package struct CourierFrame: Hashable, Sendable {
    package let command: UInt8
    package let items: CourierItems

    package init(command: UInt8, items: CourierItems) {
        self.command = command
        self.items = items
    }
}

/// The items of a message, in the order in which they stand; an id may repeat. A view of the received bytes.
package struct CourierItems: Hashable, Sendable, Sequence {
    package struct Item: Hashable, Sendable {
        package let id: UInt8
        package let value: ByteBuffer
    }

    private let body: ByteBuffer

    /// - Throws: `CourierError.itemOverrun` when an item runs past the end of the message.
    package init(_ body: ByteBuffer) throws(CourierError) {
        var rest = body
        while let (id, size) = rest.readMultipleIntegers(as: (UInt8, UInt16).self) {
            guard rest.readableBytes >= Int(size) else { throw .itemOverrun(item: id) }
            rest.moveReaderIndex(forwardBy: Int(size))
        }
        guard rest.readableBytes == 0 else { throw .trailingBytes(rest.readableBytes) }
        self.body = body
    }

    package struct Iterator: IteratorProtocol {
        var rest: ByteBuffer

        package mutating func next() -> Item? {
            guard let (id, size) = self.rest.readMultipleIntegers(as: (UInt8, UInt16).self),
                let value = self.rest.readSlice(length: Int(size))
            else { return nil }
            return Item(id: id, value: value)
        }
    }

    package func makeIterator() -> Iterator { Iterator(rest: self.body) }
}

/// What is wrong with a courier message. The connection cannot go on: its framing is no longer trusted.
package enum CourierError: Error, Hashable, Sendable {
    case frameLength(Int)
    case itemOverrun(item: UInt8)
    case trailingBytes(Int)
    case itemSize(command: CourierCommand, item: UInt8, size: Int)
    case missingItem(command: CourierCommand, item: UInt8)
}

extension CourierError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .frameLength(let length): "a message announces \(length) bytes"
        case .itemOverrun(let item): "item \(item) runs past the end of its message"
        case .trailingBytes(let count): "\(count) bytes behind the last item are too few for another"
        case .itemSize(let command, let item, let size): "item \(item) of \(command) has \(size) bytes"
        case .missingItem(let command, let item): "\(command) lacks item \(item)"
        }
    }
}

/// Cuts a courier connection's bytes into messages, however the reads cut them.
package struct CourierFrameDecoder: Sendable {
    /// Bytes of a message behind its five-byte header. An item's length field alone allows 65,535; a Filter with
    /// thousands of topics still fits.
    package static let maximumBodyLength = 65_536

    package init() {}

    /// - Returns: one whole message, consumed; or `nil`, with nothing consumed.
    package func next(in buffer: inout ByteBuffer) throws(CourierError) -> CourierFrame? {
        var cursor = buffer
        guard let (command, length) = cursor.readMultipleIntegers(as: (UInt8, UInt32).self) else { return nil }
        guard length <= UInt32(Self.maximumBodyLength) else { throw .frameLength(Int(length)) }
        guard let body = cursor.readSlice(length: Int(length)) else { return nil }
        let items = try CourierItems(body)
        buffer = cursor
        return CourierFrame(command: command, items: items)
    }
}
