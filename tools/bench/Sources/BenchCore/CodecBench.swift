import APNSWire
import NIOCore

/// Frames out of a stream of them; the reference copies each into an array of its own.
@MainActor
struct CodecBench {
    let isQuick: Bool
    private let frames = 1_000

    func run() {
        for command in [2, 1] {
            var stream = ByteBuffer()
            for number in 0..<self.frames {
                BenchFrame.write(command: command, number: number, into: &stream)
            }
            let size = stream.readableBytes / self.frames
            let costs = compare(
                rounds: self.isQuick ? 50 : 500,
                count: self.frames,
                subject: { Self.decode(stream) },
                reference: { Self.copy(stream, size: size) }
            )
            report("codec, command \(command)", costs, reference: "a copy of the frame")
        }
    }

    private static func decode(_ stream: ByteBuffer) {
        var stream = stream
        var decoder = ProviderFrameDecoder()
        var length = 0
        while case .frame(let frame) = decoder.next(in: &stream) { length += frame.payloadRange.count }
        precondition(length > 0 && stream.readableBytes == 0)
    }

    private static func copy(_ stream: ByteBuffer, size: Int) {
        var stream = stream
        while let frame = stream.readBytes(length: size) { consume(frame) }
    }
}
