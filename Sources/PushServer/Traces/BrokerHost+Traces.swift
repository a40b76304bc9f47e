package import PushLedger
import PushVocabulary

extension BrokerHost {
    /// Bytes of frames that one answer has: the last ones of the connection.
    private static let maximumFrameBytes = 64 << 10

    /// - Returns: `nil` for a connection that is not kept.
    package func record(of id: ConnectionID) -> ConnectionRecord? {
        guard let entry = self.ledger.connection(id) else { return nil }
        let trace = self.traces[id]
        return ConnectionRecord(
            entry: entry,
            bytes: self.bytes(of: entry, trace: trace),
            frames: self.ledger.frameRuns(on: id),
            feedback: self.ledger.feedbackReads().filter { $0.connection == id },
            openedAt: trace?.openedAt.wall,
            securedAt: trace?.securedAt,
            endedAt: trace?.endedAt
        )
    }

    /// The first bytes are the trace's; what a provider sent behind them are frames of the ledger.
    private func bytes(of entry: ConnectionEntry, trace: ConnectionTrace?) -> [TracedBytes] {
        let first = trace?.stretches(of: .received) ?? []
        let known = first.last?.end ?? 0
        let frames = self.ledger.lastFrames(on: entry.id, maximumBytes: Self.maximumFrameBytes).compactMap { frame in
            let skipped = Int(known > frame.offset ? min(known - frame.offset, UInt64(frame.bytes.count)) : 0)
            return skipped == frame.bytes.count
                ? nil
                : TracedBytes(
                    .received,
                    at: BatchTime(wall: frame.receivedAt, product: frame.clockAt),
                    offset: frame.offset + UInt64(skipped),
                    bytes: Array(frame.bytes.dropFirst(skipped))
                )
        }
        let received = first + frames + (trace?.leftover.map { [$0] } ?? [])
        return Self.merge(received, trace?.stretches(of: .sent) ?? [])
    }

    /// By time; what was received at the same moment comes before the answer.
    private static func merge(_ received: [TracedBytes], _ sent: [TracedBytes]) -> [TracedBytes] {
        var merged: [TracedBytes] = []
        var rest = sent[...]
        for bytes in received {
            while let answer = rest.first, answer.at < bytes.at { merged.append(rest.removeFirst()) }
            merged.append(bytes)
        }
        return merged + rest
    }
}
