import NIOCore
import PushVocabulary

/// Writes one courier message in place: the header's length is set when the last item is known.
struct CourierItemWriter {
    private var buffer: ByteBuffer
    private let start: Int

    /// Appends a message to `buffer`.
    static func write(_ command: UInt8, into buffer: inout ByteBuffer, items: (inout CourierItemWriter) -> Void) {
        var writer = CourierItemWriter(command, buffer: buffer)
        buffer = ByteBuffer()  // The writer's copy must be the only one, or writing would copy the storage.
        items(&writer)
        writer.buffer.setInteger(
            UInt32(writer.buffer.writerIndex - writer.start - 5),
            at: writer.start + 1
        )
        buffer = writer.buffer
    }

    private init(_ command: UInt8, buffer: ByteBuffer) {
        self.buffer = buffer
        self.start = buffer.writerIndex
        self.buffer.writeMultipleIntegers(command, 0 as UInt32)
    }

    mutating func item<Value: FixedWidthInteger>(_ id: UInt8, _ value: Value?) {
        guard let value else { return }
        self.buffer.writeMultipleIntegers(id, UInt16(MemoryLayout<Value>.size), value)
    }

    mutating func item(_ id: UInt8, _ bytes: (some Collection<UInt8>)?) {
        guard let bytes else { return }
        self.buffer.writeMultipleIntegers(id, UInt16(truncatingIfNeeded: bytes.count))
        self.buffer.writeBytes(bytes)
    }

    mutating func item(_ id: UInt8, _ token: DeviceToken?) { token?.withBytes { self.item(id, $0) } }
    mutating func item(_ id: UInt8, _ hash: TopicHash?) { hash?.withBytes { self.item(id, $0) } }
    mutating func item(_ id: UInt8, _ text: String?) { self.item(id, text?.utf8) }
    mutating func items(_ id: UInt8, _ hashes: [TopicHash]) { for hash in hashes { self.item(id, hash) } }
}

extension CourierItems.Item {
    func integer<Value: FixedWidthInteger>(
        _ type: Value.Type = Value.self,
        in command: CourierCommand
    ) throws(CourierError) -> Value {
        guard self.value.readableBytes == MemoryLayout<Value>.size,
            let integer = self.value.getInteger(at: self.value.readerIndex, as: Value.self)
        else { throw self.wrongSize(in: command) }
        return integer
    }

    /// Courier tokens have 32 bytes, always: every client read assumes it.
    func token(in command: CourierCommand) throws(CourierError) -> DeviceToken {
        guard self.value.readableBytes == DeviceToken.usualByteCount,
            let token = self.value.withUnsafeReadableBytes({ DeviceToken($0) })
        else { throw self.wrongSize(in: command) }
        return token
    }

    func hash(in command: CourierCommand) throws(CourierError) -> TopicHash {
        guard let hash = self.value.withUnsafeReadableBytes({ TopicHash($0) }) else {
            throw self.wrongSize(in: command)
        }
        return hash
    }

    var text: String { String(buffer: self.value) }
    var bytes: [UInt8] { Array(self.value.readableBytesView) }

    private func wrongSize(in command: CourierCommand) -> CourierError {
        .itemSize(command: command, item: self.id, size: self.value.readableBytes)
    }
}
