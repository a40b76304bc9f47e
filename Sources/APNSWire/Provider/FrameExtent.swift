package import NIOCore

/// How long the frame at the front of a buffer says it is, whatever is wrong with it.
///
/// Behind a rejected frame the gateway reads on only to know what was lost: for that it must step over the frame.
package enum FrameExtent: Hashable, Sendable {
    /// Bytes of the whole frame, arrived or not.
    case length(Int)
    case needsMoreBytes
    /// No such command, or an absurd length: where the next frame starts cannot be known.
    case unknowable

    package init(of buffer: ByteBuffer) {
        self = buffer.withUnsafeReadableBytes { FrameExtent(of: WireBytes($0)) }
    }

    private init(of bytes: WireBytes) {
        switch bytes.byte(at: 0) {
        case nil: self = .needsMoreBytes
        case 0: self = Self.addressedPayload(bytes, at: 1)
        case 1: self = Self.addressedPayload(bytes, at: 9)
        case 2:
            guard let announced = bytes.uint32(at: 1) else {
                self = .needsMoreBytes
                return
            }
            self = announced <= 65_535 ? .length(5 + Int(announced)) : .unknowable
        default: self = .unknowable
        }
    }

    private static func addressedPayload(_ bytes: WireBytes, at offset: Int) -> FrameExtent {
        guard let tokenSize = bytes.uint16(at: offset), let payloadSize = bytes.uint16(at: offset + 2 + tokenSize)
        else { return .needsMoreBytes }
        return .length(offset + 2 + tokenSize + 2 + payloadSize)
    }
}
