import APNSWire
import NIOCore
import PushServer

/// Frames of a provider, as bytes.
enum WireFrame {
    static let token = Array(repeating: 0x70 as UInt8, count: 32)
    static let payload = Array(#"{"aps":{}}"#.utf8)

    static func bytes(
        _ identifier: UInt32,
        _ format: OutgoingNotification.Format = .enhanced,
        token: [UInt8] = WireFrame.token,
        payload: [UInt8] = WireFrame.payload
    ) -> [UInt8] {
        var buffer = ByteBuffer()
        OutgoingNotification(format: format, token: token, payload: payload, identifier: identifier)
            .write(into: &buffer)
        return Array(buffer.readableBytesView)
    }

    /// A command 2 frame around these items, whatever they are.
    static func items(_ items: [UInt8]...) -> [UInt8] {
        let body = Array(items.joined())
        return [2] + Self.bigEndian(UInt32(body.count)) + body
    }

    static func item(_ id: UInt8, _ value: [UInt8]) -> [UInt8] { [id] + Self.bigEndian(UInt16(value.count)) + value }

    static func bigEndian(_ integer: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: integer.bigEndian) { Array($0) }
    }
}

/// A provider's session fed as the gateway feeds it, and what came of it.
struct ProviderStream {
    /// A step, free of the buffer it stood in.
    enum Step: Hashable {
        case frame(UInt32?, offset: UInt64)
        case malformed(FrameRejection.Reason, offset: UInt64)
        case discarded(UInt32?, offset: UInt64)
    }

    var session = ProviderSession(limits: FrameLimits())
    private(set) var steps: [Step] = []
    /// What had arrived of a malformed frame when it was found out.
    private(set) var malformedBytes: [UInt8] = []
    private(set) var buffer = ByteBuffer()
    /// The one the gateway does not like, though its form is right.
    var refusedIdentifier: UInt32?

    init(refusing identifier: UInt32? = nil) {
        self.refusedIdentifier = identifier
    }

    static func steps(of reads: [ArraySlice<UInt8>], refusing identifier: UInt32? = nil) -> [Step] {
        var stream = ProviderStream(refusing: identifier)
        for read in reads { stream.receive(read) }
        return stream.steps
    }

    mutating func receive(_ bytes: some Collection<UInt8>) {
        self.buffer.writeBytes(bytes)
        while true {
            switch self.session.next(in: &self.buffer) {
            case .frame(let frame, let offset):
                self.steps.append(.frame(frame.identifier, offset: offset))
                if frame.identifier == self.refusedIdentifier { self.session.refuse() }
            case .malformed(let rejection, let bytes, let offset):
                self.steps.append(.malformed(rejection.reason, offset: offset))
                self.malformedBytes = Array(bytes.readableBytesView)
            case .discarded(let frame, let offset): self.steps.append(.discarded(frame.identifier, offset: offset))
            case .needsMoreBytes:
                self.buffer.discardReadBytes()
                return
            }
        }
    }
}

/// Every way to cut a stream into two reads, and into single bytes.
func everySplit(of stream: [UInt8]) -> [[ArraySlice<UInt8>]] {
    (0...stream.count).map { [stream[..<$0], stream[$0...]] } + [stream.indices.map { stream[$0...$0] }]
}
