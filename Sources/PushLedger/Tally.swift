package import PushBroker

/// What was counted since the process started, whatever was reset or pruned: numbers that only grow.
package struct Tally: Hashable, Sendable {
    /// How a connection came out.
    package enum ConnectionResult: String, Hashable, Sendable, CaseIterable {
        case completed
        case failed
    }

    /// Upper bounds of the payload's size in bytes; one more bucket stands for what is larger.
    package static let payloadBounds = [32, 64, 128, 256, 512, 1_024, 2_048, 4_096]

    package private(set) var accepted = 0
    package private(set) var discarded = 0
    /// By status.
    package private(set) var rejected = [Int](repeating: 0, count: 256)
    /// By the place of the first bound that is not exceeded.
    package private(set) var payloads = [Int](repeating: 0, count: Self.payloadBounds.count + 1)
    package private(set) var payloadByteSum = 0
    /// By the service's name and how the handshake came out.
    package private(set) var connections: [PushService: [ConnectionResult: Int]] = [:]
    /// By the code of the reason, of which there are only so many.
    package private(set) var handshakeFailures: [String: Int] = [:]
    package private(set) var firedFaults = 0
    package private(set) var feedbackReads = 0

    mutating func count(_ received: borrowing ReceivedNotification) {
        switch received.verdict {
        case .accepted: self.accepted += 1
        case .rejected(let status): self.rejected[Int(status)] += 1
        case .discarded: self.discarded += 1
        }
        let size = received.content.payload.count
        self.payloadByteSum += size
        // 1...32 is the first bucket, and each next one is twice as wide.
        let bits = size <= 32 ? 0 : Int.bitWidth - (size - 1).leadingZeroBitCount - 5
        self.payloads[min(bits, Self.payloadBounds.count)] += 1
    }

    mutating func count(_ result: ConnectionResult, on service: PushService) {
        self.connections[service, default: [:]][result, default: 0] += 1
    }

    mutating func countFailure(_ code: String) { self.handshakeFailures[code, default: 0] += 1 }
    mutating func countFault() { self.firedFaults += 1 }
    mutating func countFeedbackRead() { self.feedbackReads += 1 }
}
