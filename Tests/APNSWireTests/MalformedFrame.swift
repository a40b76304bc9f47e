import APNSWire
import NIOCore
import Testing

/// A frame that is refused, why, and how many of its bytes show it.
struct MalformedFrame: CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let shownAt: Int
    let reason: FrameRejection.Reason
    let status: ErrorStatus
    let identifier: UInt32?

    init(
        _ name: String,
        _ bytes: [UInt8],
        shownAt: Int,
        _ reason: FrameRejection.Reason,
        _ status: ErrorStatus,
        identifier: UInt32? = nil
    ) {
        self.testDescription = name
        self.bytes = bytes
        self.shownAt = shownAt
        self.reason = reason
        self.status = status
        self.identifier = identifier
    }

    /// Refused at the first byte that shows the mistake, whatever is behind it, and not one byte sooner.
    func judge(_ location: SourceLocation = #_sourceLocation) {
        let expected = FrameRejection(self.reason, command: self.bytes[0], identifier: self.identifier)
        #expect(expected.status == self.status, sourceLocation: location)
        var growing = ByteBuffer()
        var witness = ProviderFrameDecoder()
        for cut in 0...self.bytes.count {
            let step = cut < self.shownAt ? ProviderFrameDecoder.Step.needsMoreBytes : .rejected(expected)
            var buffer = ByteBuffer(bytes: self.bytes.prefix(cut))
            var decoder = ProviderFrameDecoder()
            #expect(decoder.next(in: &buffer) == step, "all of \(cut) bytes at once", sourceLocation: location)
            #expect(buffer.readableBytes == cut, "nothing may be consumed", sourceLocation: location)

            if cut > 0 { growing.writeInteger(self.bytes[cut - 1]) }
            #expect(witness.next(in: &growing) == step, "byte by byte, at \(cut)", sourceLocation: location)
            #expect(growing.readableBytes == cut, "nothing may be consumed", sourceLocation: location)
        }
        growing = ByteBuffer(bytes: FrameVector.all[2].bytes)
        #expect(witness.next(in: &growing).frame != nil, "a refused frame must be forgotten", sourceLocation: location)
    }
}
