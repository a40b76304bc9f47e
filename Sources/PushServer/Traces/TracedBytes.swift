package import PushLedger
package import PushVocabulary

/// A stretch of the bytes that passed over a connection, inside TLS.
package struct TracedBytes: Hashable, Sendable {
    package enum Direction: String, Hashable, Sendable, CaseIterable {
        /// From the peer.
        case received = "in"
        /// To the peer.
        case sent = "out"
    }

    /// Wall time.
    package let at: Instant
    /// Product time of the same moment.
    package let clockAt: Instant
    package let direction: Direction
    /// Bytes of the same direction before this stretch.
    package let offset: UInt64
    package let bytes: [UInt8]

    package var end: UInt64 { self.offset + UInt64(self.bytes.count) }

    init(_ direction: Direction, at time: BatchTime, offset: UInt64, bytes: [UInt8]) {
        self.at = time.wall
        self.clockAt = time.product
        self.direction = direction
        self.offset = offset
        self.bytes = bytes
    }
}

/// What is kept of one connection: its bytes, as far as they are, and its way from the opening to the end.
package struct ConnectionRecord: Sendable {
    package let entry: ConnectionEntry
    /// In the order in which they passed.
    package let bytes: [TracedBytes]
    /// Runs of frames with the same verdict, in their order. A rejected one stands alone.
    package let frames: [FrameRun]
    package let feedback: [FeedbackRead]
    /// Wall time; `nil`: too long ago, or never happened.
    package let openedAt: Instant?
    package let securedAt: BatchTime?
    package let endedAt: BatchTime?
}
