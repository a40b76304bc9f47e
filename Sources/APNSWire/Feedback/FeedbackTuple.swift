package import NIOCore
package import PushVocabulary

/// What the feedback service sends, over and over, until it closes: a time, a token. No header, count or terminator
/// (Apple, Binary Provider API).
///
///     timestamp (4, UNIX seconds)  token length (2)  token
package struct FeedbackTuple: Hashable, Sendable {
    /// When the service decided that the app was gone.
    package var timestamp: UInt32
    package var token: DeviceToken

    package init(timestamp: UInt32, token: DeviceToken) {
        self.timestamp = timestamp
        self.token = token
    }

    package var byteCount: Int { 6 + self.token.count }

    package func write(into buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(self.timestamp, UInt16(self.token.count))
        self.token.withBytes { _ = buffer.writeBytes($0) }
    }

    /// Reads one tuple and consumes it; `nil`, with nothing consumed, until it is whole.
    ///
    /// - Throws: `FeedbackTupleError` for a token of no possible size.
    package static func next(in buffer: inout ByteBuffer) throws(FeedbackTupleError) -> FeedbackTuple? {
        var cursor = buffer
        guard let (timestamp, size) = cursor.readMultipleIntegers(as: (UInt32, UInt16).self) else { return nil }
        guard 1...DeviceToken.maximumByteCount ~= Int(size) else { throw FeedbackTupleError(tokenSize: Int(size)) }
        guard let slice = cursor.readSlice(length: Int(size)),
            let token = slice.withUnsafeReadableBytes({ DeviceToken($0) })
        else { return nil }
        buffer = cursor
        return FeedbackTuple(timestamp: timestamp, token: token)
    }
}

/// The bytes cannot be feedback tuples: a token has 1 to 100 bytes.
package struct FeedbackTupleError: Error, Hashable, Sendable {
    package let tokenSize: Int
}
