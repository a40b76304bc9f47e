import APNSWire
import NIOCore
import PushServer

/// A provider's session through whatever may happen to it, in any order: bytes arrive in pieces, a frame is refused,
/// the connection is refused, the session is asked again. A model knows what was sent and says what must come out.
enum FuzzProviderEvents {
    static func run(_ input: inout FuzzInput) {
        var life = Life()
        while let event = input.next() { life.take(event, &input) }
        life.deliver(.max)
    }

    private struct Sent {
        enum Kind { case good, badToken, badPayload, endless }

        let kind: Kind
        let bytes: [UInt8]
        let start: UInt64
    }

    /// What is known of the session from outside.
    private enum Expected { case judging, discarding, nothing }

    private struct Life {
        private var session = ProviderSession(limits: FrameLimits())
        private var buffer = ByteBuffer()
        private var onTheirWay: [UInt8] = []
        private var sent: [Sent] = []
        private var written: UInt64 = 0
        private var delivered: UInt64 = 0
        private var next = 0
        private var expected = Expected.judging
        private var refusesNext = false

        mutating func take(_ event: UInt8, _ input: inout FuzzInput) {
            switch event % 16 {
            case 0..<5:
                let size = Int(input.byte()) + 1
                self.write(.good, Self.frame(token: 32, payload: size, command: event / 16 % 2))
            case 5: self.write(.badToken, Self.frame(token: 31 + Int(event / 16) % 4 * 3, payload: 20, command: 1))
            case 6: self.write(.badPayload, Self.frame(token: 32, payload: event < 128 ? 0 : 2_049, command: 1))
            case 7: self.write(.endless, event < 128 ? [9, 9, 9] : [2, 0xFF, 0xFF, 0xFF, 0xFF, 1])
            case 8: self.refuseConnection()
            case 9: self.refusesNext = true
            case 10: self.deliver(.max)
            default: self.deliver(Int(input.byte()) * (event < 128 ? 1 : 20) + 1)
            }
        }

        private static func frame(token: Int, payload: Int, command: UInt8) -> [UInt8] {
            let rest = Self.sized(token) + Self.sized(payload)
            return command == 0 ? [0] + rest : [1, 0, 0, 0, 7, 0, 0, 0, 9] + rest
        }

        private static func sized(_ count: Int) -> [UInt8] {
            [UInt8(count >> 8), UInt8(count & 0xFF)] + Array(repeating: 0x20, count: count)
        }

        private mutating func write(_ kind: Sent.Kind, _ bytes: [UInt8]) {
            self.sent.append(Sent(kind: kind, bytes: bytes, start: self.written))
            self.onTheirWay += bytes
            self.written += UInt64(bytes.count)
        }

        private mutating func refuseConnection() {
            self.session.refuse()
            if self.expected == .judging { self.expected = .discarding }
        }

        mutating func deliver(_ count: Int) {
            let piece = self.onTheirWay.prefix(count)
            self.onTheirWay.removeFirst(piece.count)
            self.buffer.writeBytes(piece)
            self.delivered += UInt64(piece.count)
            while true {
                let step = self.session.next(in: &self.buffer)
                guard step != .needsMoreBytes else { break }
                self.check(step)
            }
            let left = self.buffer.readableBytes
            precondition(self.session.consumed + UInt64(left) == self.delivered, "bytes were lost or made up")
            precondition(self.session.next(in: &self.buffer) == .needsMoreBytes, "it stood still, and then went on")
            precondition(self.buffer.readableBytes == left, "asking again took something")
            precondition(left <= 70_000, "\(left) bytes are hoarded")
            self.buffer.discardReadBytes()
        }

        private mutating func check(_ step: ProviderSession.Step) {
            switch step {
            case .frame(let frame, let offset):
                precondition(self.expected == .judging, "a frame was handed out behind a refusal")
                self.match(Array(frame.bytes.readableBytesView), offset, .good)
                guard self.refusesNext else { return }
                self.refusesNext = false
                self.refuseConnection()
            case .malformed(_, _, let offset):
                precondition(self.expected == .judging, "two frames are the refused one")
                precondition(self.sent[self.next].start == offset, "the malformed frame stands elsewhere")
                precondition(self.sent[self.next].kind != .good, "a good frame is called malformed")
                self.expected = self.sent[self.next].kind == .endless ? .nothing : .discarding
                self.next += 1
            case .discarded(let frame, let offset):
                precondition(self.expected == .discarding, "something is discarded, and nothing was refused")
                self.match(Array(frame.bytes.readableBytesView), offset, nil)
            case .needsMoreBytes: break
            }
        }

        /// - Parameter kind: `nil`: behind a refusal sizes do not matter.
        private mutating func match(_ bytes: [UInt8], _ offset: UInt64, _ kind: Sent.Kind?) {
            precondition(self.next < self.sent.count, "a frame was made up")
            let sent = self.sent[self.next]
            precondition(sent.start == offset && sent.bytes == bytes, "frame \(self.next) is not what was sent")
            precondition(kind == nil || kind == sent.kind, "frame \(self.next) should have been refused")
            self.next += 1
        }
    }
}
