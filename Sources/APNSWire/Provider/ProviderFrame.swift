package import NIOCore

/// One notification as it stood on the wire. A view: the bytes belong to the connection's buffer until copied.
package struct ProviderFrame: Hashable, Sendable {
    /// 0 (simple), 1 (enhanced) or 2 (items).
    package let command: UInt8
    /// The whole frame.
    package let bytes: ByteBuffer
    /// Where the token stands, counted from the start of the frame.
    package let tokenRange: Range<Int>
    /// Where the payload stands, counted from the start of the frame.
    package let payloadRange: Range<Int>
    /// Opaque, echoed in an error packet. Absent in command 0 and where command 2 has no item 3.
    package let identifier: UInt32?
    /// UNIX seconds UTC. Absent in command 0 and where command 2 has no item 4.
    package let expiry: UInt32?
    /// Absent in commands 0 and 1, which count as 10 (G18L), and where command 2 has no item 5.
    package let priority: UInt8?
    /// An item that stands in the frame more than once, where the limits let that pass: the last one counts.
    package let repeatedItem: UInt8?

    package var token: ByteBufferView { self.view(self.tokenRange) }
    package var payload: ByteBufferView { self.view(self.payloadRange) }

    /// Calls `body` with the token's bytes, without counting a reference.
    ///
    /// - Parameter body: must not let the pointer escape.
    package func withToken<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        self.bytes.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[self.tokenRange])) }
    }

    /// Calls `body` with the payload's bytes, without counting a reference.
    ///
    /// - Parameter body: must not let the pointer escape.
    package func withPayload<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        self.bytes.withUnsafeReadableBytes { body(UnsafeRawBufferPointer(rebasing: $0[self.payloadRange])) }
    }

    private func view(_ range: Range<Int>) -> ByteBufferView {
        self.bytes.viewBytes(at: self.bytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBufferView()
    }
}

/// Why a frame is refused before its token is looked up.
package struct FrameRejection: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case missingToken
        case tokenSize(Int)
        case missingPayload
        case payloadSize(Int)
        case unknownCommand(UInt8)
        case frameLength(Int)
        case itemSize(item: UInt8, size: Int)
        case duplicateItem(UInt8)
        case itemOverrun(UInt8)
        case trailingBytes(Int)
    }

    package let reason: Reason
    package let command: UInt8
    /// The identifier read before the mistake showed; an error packet carries 0 where there is none.
    package let identifier: UInt32?

    package init(_ reason: Reason, command: UInt8, identifier: UInt32?) {
        self.reason = reason
        self.command = command
        self.identifier = identifier
    }

    package var status: ErrorStatus {
        switch self.reason {
        case .missingToken: .missingDeviceToken
        case .tokenSize: .invalidTokenSize
        case .missingPayload: .missingPayload
        case .payloadSize: .invalidPayloadSize
        case .unknownCommand, .frameLength, .itemSize, .duplicateItem, .itemOverrun, .trailingBytes: .protocolError
        }
    }
}

extension FrameRejection: CustomStringConvertible {
    package var description: String {
        switch self.reason {
        case .missingToken: "the frame has no device token"
        case .tokenSize(let size): "the device token has \(size) bytes"
        case .missingPayload: "the frame has no payload"
        case .payloadSize(let size): "the payload has \(size) bytes, more than allowed"
        case .unknownCommand(let command): "\(command) is no command of the provider protocol"
        case .frameLength(let length): "the frame announces \(length) bytes"
        case .itemSize(let item, let size): "item \(item) has \(size) bytes"
        case .duplicateItem(let item): "item \(item) stands in the frame twice"
        case .itemOverrun(let item): "item \(item) runs past the end of the frame"
        case .trailingBytes(let count): "\(count) bytes behind the last item are too few for another"
        }
    }
}
