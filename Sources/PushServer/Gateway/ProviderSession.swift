package import APNSWire
package import NIOCore

/// A provider's connection to the gateway, as decisions only: bytes in, one step out at a time.
///
///     reading ──refused──▶ skipping the refused frame ──▶ discarding ──▶ deaf
///
/// 1. A refused frame is the last one judged: whatever follows is only counted, as the real gateway drops it
///    without trace (Apple, Binary Provider API; java-apns #33).
/// 2. When the start of the next frame cannot be known, everything further is passed over unread.
/// 3. Nothing is answered to what is well (Apple: an accepted notification produces no bytes).
package struct ProviderSession: Sendable {
    package enum Step: Hashable, Sendable {
        /// Judge this one, and call `refuse()` if it fails.
        case frame(ProviderFrame, offset: UInt64)
        /// Malformed; `bytes` is what of it has arrived.
        case malformed(FrameRejection, bytes: ByteBuffer, offset: UInt64)
        /// It stands behind a refused frame.
        case discarded(ProviderFrame, offset: UInt64)
        case needsMoreBytes
    }

    private enum State: Hashable, Sendable {
        case reading
        case skipping
        case discarding
        case deaf
    }

    private var state = State.reading
    private var decoder: ProviderFrameDecoder
    private let commands: ClosedRange<UInt8>
    /// Bytes of the stream before the front of the buffer.
    private var offset: UInt64 = 0
    /// Bytes of the stream that frames were made of, or that were passed over.
    package var consumed: UInt64 { self.offset }

    /// - Parameter commands: those the gateway of an era knew.
    package init(limits: FrameLimits, commands: ClosedRange<UInt8> = 0...2) {
        self.decoder = ProviderFrameDecoder(limits: limits)
        self.commands = commands
    }

    /// - Parameter buffer: all that was received and not consumed.
    package mutating func next(in buffer: inout ByteBuffer) -> Step {
        while true {
            switch self.state {
            case .reading: return self.read(&buffer)
            case .skipping:
                guard self.skip(&buffer) else { return .needsMoreBytes }
            case .discarding:
                if let step = self.discard(&buffer) { return step }
            case .deaf:
                self.consume(buffer.readableBytes, of: &buffer)
                return .needsMoreBytes
            }
        }
    }

    /// The frame handed out last was refused, or the whole connection is: what follows is lost.
    package mutating func refuse() {
        guard self.state == .reading else { return }
        self.beginDiscarding(.discarding)
    }

    private mutating func beginDiscarding(_ state: State) {
        self.state = state
        self.decoder = ProviderFrameDecoder(limits: .anything)
    }

    private mutating func read(_ buffer: inout ByteBuffer) -> Step {
        let start = self.offset
        let available = buffer.readableBytes
        switch self.nextFrame(in: &buffer) {
        case .frame(let frame):
            self.offset += UInt64(available - buffer.readableBytes)
            return .frame(frame, offset: start)
        case .rejected(let rejection):
            let bytes = self.arrivedPart(of: buffer)
            self.beginDiscarding(.skipping)
            return .malformed(rejection, bytes: bytes, offset: start)
        case .needsMoreBytes: return .needsMoreBytes
        }
    }

    /// The decoder knows every command there ever was; an older gateway did not.
    private mutating func nextFrame(in buffer: inout ByteBuffer) -> ProviderFrameDecoder.Step {
        if let command = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self), !self.commands.contains(command) {
            return .rejected(FrameRejection(.unknownCommand(command), command: command, identifier: nil))
        }
        return self.decoder.next(in: &buffer)
    }

    private func arrivedPart(of buffer: ByteBuffer) -> ByteBuffer {
        switch FrameExtent(of: buffer) {
        case .length(let length):
            buffer.getSlice(at: buffer.readerIndex, length: min(length, buffer.readableBytes)) ?? buffer
        case .needsMoreBytes, .unknowable:
            buffer.getSlice(at: buffer.readerIndex, length: min(64, buffer.readableBytes)) ?? buffer
        }
    }

    /// Steps over the refused frame, once all of it is there. Returns false until then.
    private mutating func skip(_ buffer: inout ByteBuffer) -> Bool {
        switch FrameExtent(of: buffer) {
        case .needsMoreBytes: return false
        case .unknowable: self.state = .deaf
        case .length(let length):
            guard buffer.readableBytes >= length else { return false }
            self.consume(length, of: &buffer)
            self.state = .discarding
        }
        return true
    }

    /// - Returns: `nil` when the next frame is malformed as well: it is stepped over, and the one behind it is next.
    private mutating func discard(_ buffer: inout ByteBuffer) -> Step? {
        let start = self.offset
        let available = buffer.readableBytes
        switch self.decoder.next(in: &buffer) {
        case .frame(let frame):
            self.offset += UInt64(available - buffer.readableBytes)
            return .discarded(frame, offset: start)
        case .rejected:
            self.state = .skipping
            return nil
        case .needsMoreBytes: return .needsMoreBytes
        }
    }

    private mutating func consume(_ count: Int, of buffer: inout ByteBuffer) {
        buffer.moveReaderIndex(forwardBy: count)
        self.offset += UInt64(count)
    }
}

/// What a provider hears of a refusal.
package enum ProviderAnswer: Hashable, Sendable {
    case packet(ErrorPacket)
    /// Only the end of the stream.
    case silence

    /// - Parameter status: `nil` where the gateway has no status to give.
    package init(status: ErrorStatus, command: UInt8, identifier: UInt32?) {
        // TN2265: the simple interface drops the connection; only the enhanced one says why.
        self = command == 0 ? .silence : .packet(ErrorPacket(status: status, identifier: identifier ?? 0))
    }

    package init(to rejection: FrameRejection, profile: ServiceProfile) {
        if case .unknownCommand = rejection.reason, profile.unknownCommand == .silence {
            self = .silence
        } else {
            self.init(
                status: profile.status(of: rejection),
                command: rejection.command,
                identifier: rejection.identifier
            )
        }
    }
}
