import APNSWire
import NIOCore
import PushServer

/// A stream read in pieces must be what it is read whole, whatever is refused on the way.
enum FuzzProvider {
    private enum Seen: Equatable {
        case frame([UInt8], payload: [UInt8], offset: UInt64)
        case malformed(FrameRejection, offset: UInt64)
        case discarded([UInt8], offset: UInt64)
    }

    /// The first two bytes say how the rest is cut and what is refused.
    static func run(_ input: inout FuzzInput) {
        let (cut, refused) = (Int(input.byte()) + 1, Int(input.byte()))
        let stream = Array(input.rest)
        let whole = self.read(stream, cut: max(1, stream.count), refusing: refused)
        precondition(self.read(stream, cut: cut, refusing: refused) == whole, "a cut changed what was read")
        var end: UInt64 = 0
        for step in whole {
            guard case .frame(let bytes, _, let offset) = step else { continue }
            precondition(offset == end && !bytes.isEmpty, "frames do not follow each other")
            end = offset + UInt64(bytes.count)
        }
    }

    /// - Parameter refused: which of the well-formed frames is refused.
    private static func read(_ stream: [UInt8], cut: Int, refusing refused: Int) -> [Seen] {
        var session = ProviderSession(limits: FrameLimits())
        var buffer = ByteBuffer()
        var seen: [Seen] = []
        var frames = 0
        for start in stride(from: 0, to: stream.count, by: cut) {
            buffer.writeBytes(stream[start..<min(start + cut, stream.count)])
            reading: while true {
                switch session.next(in: &buffer) {
                case .frame(let frame, let offset):
                    precondition(frame.payload.count == frame.payloadRange.count, "a payload lies outside its frame")
                    let bytes = Array(frame.bytes.readableBytesView)
                    seen.append(.frame(bytes, payload: Array(frame.payload), offset: offset))
                    if frames == refused { session.refuse() }
                    frames += 1
                case .malformed(let rejection, _, let offset): seen.append(.malformed(rejection, offset: offset))
                case .discarded(let frame, let offset):
                    seen.append(.discarded(Array(frame.bytes.readableBytesView), offset: offset))
                case .needsMoreBytes: break reading
                }
            }
        }
        return seen
    }
}
