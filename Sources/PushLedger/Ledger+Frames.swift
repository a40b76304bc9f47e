package import PushBroker
package import PushVocabulary

/// A frame as it stood on its connection.
package struct KeptFrame: Hashable, Sendable {
    /// Wall time.
    package let receivedAt: Instant
    /// Product time.
    package let clockAt: Instant
    package let offset: UInt64
    package let bytes: [UInt8]
}

/// Frames that followed each other on one connection and met the same verdict.
package struct FrameRun: Hashable, Sendable {
    package let first: NotificationID
    package fileprivate(set) var last: NotificationID
    package fileprivate(set) var count = 1
    package fileprivate(set) var byteCount: Int
    package let verdict: Verdict
    /// Of a rejected one.
    package let replySent: Bool
    /// Wall time.
    package let receivedAt: Instant
    package fileprivate(set) var lastReceivedAt: Instant
    /// Product time.
    package let clockAt: Instant
}

extension Ledger {
    /// The kept frames of a connection, as runs.
    package func frameRuns(on connection: ConnectionID) -> [FrameRun] {
        var runs: [FrameRun] = []
        for number in self.numbers(on: connection) {
            let record = self.records[number]
            let received = record.received
            let id = NotificationID(rawValue: number)
            if let last = runs.indices.last, runs[last].verdict.kind == received.verdict.kind,
                received.verdict.kind != .rejected
            {
                runs[last].last = id
                runs[last].count += 1
                runs[last].byteCount += received.wire.length
                runs[last].lastReceivedAt = received.receivedAt
                continue
            }
            runs.append(
                FrameRun(
                    first: id,
                    last: id,
                    byteCount: received.wire.length,
                    verdict: received.verdict,
                    replySent: record.wasAnswered,
                    receivedAt: received.receivedAt,
                    lastReceivedAt: received.receivedAt,
                    clockAt: received.clockAt
                )
            )
        }
        return runs
    }

    /// The last kept frames of a connection, oldest first: as many as fit, and at least one.
    package func lastFrames(on connection: ConnectionID, maximumBytes: Int) -> [KeptFrame] {
        var frames: [KeptFrame] = []
        var left = maximumBytes
        for number in self.numbers(on: connection).reversed() {
            let received = self.records[number].received
            left -= received.content.frame.count
            guard left >= 0 || frames.isEmpty else { break }
            frames.append(
                KeptFrame(
                    receivedAt: received.receivedAt,
                    clockAt: received.clockAt,
                    offset: received.wire.offset,
                    bytes: received.content.frame
                )
            )
        }
        return frames.reversed()
    }

    /// Between the connection's opening and now: what stands before its opening cannot be its.
    private func numbers(on connection: ConnectionID) -> [UInt64] {
        guard let entry = self.connection(connection), entry.received > 0 else { return [] }
        let kept = self.records.numbers
        let start = max(kept.lowerBound, entry.openedBefore.rawValue)
        guard start < kept.upperBound else { return [] }
        return (start..<kept.upperBound).filter { number in
            !self.records[number].isForgotten && self.records[number].received.connection == connection
        }
    }
}
