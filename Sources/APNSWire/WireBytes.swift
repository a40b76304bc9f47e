/// Big-endian reads at an offset from the start; `nil` where the bytes have not arrived.
///
/// A view: valid only inside the closure that was given the pointer.
struct WireBytes {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    @inline(__always)
    func byte(at offset: Int) -> UInt8? { self.integer(at: offset) }
    @inline(__always)
    func uint16(at offset: Int) -> Int? { self.integer(at: offset, as: UInt16.self).map(Int.init) }
    @inline(__always)
    func uint32(at offset: Int) -> UInt32? { self.integer(at: offset) }

    @inline(__always)
    private func integer<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type = Value.self) -> Value? {
        guard offset <= self.bytes.count - MemoryLayout<Value>.size else { return nil }
        return Value(bigEndian: self.bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
