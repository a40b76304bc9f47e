import APNSWire
import NIOCore
import PushVocabulary

/// The feedback service, where there is one. These rows empty its list.
extension ConformanceCheck {
    static let feedback: [ConformanceCheck] = [
        ConformanceCheck(
            ConformanceRow(
                "feedback-whole-tuples",
                "The feedback service sends whole tuples: 38 bytes for a token of 32, and nothing around them.",
                .feedback,
                .binaryProviderAPI
            ),
            Self.judgeTuples
        ),
        ConformanceCheck(
            ConformanceRow(
                "feedback-emptied-by-reading",
                "What has been read is not sent again.",
                .feedback,
                .binaryProviderAPI
            )
        ) { bench in
            _ = try await Self.readFeedback(bench)
            let heard = try await Self.readFeedback(bench)
            return Self.outcome(heard, bench, expected: "the end without a byte", hint: nil) {
                $0.end != nil && $0.bytes.readableBytes == 0
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "feedback-closes",
                "The feedback service closes the connection itself, with close_notify, when it has no more to say.",
                .feedback,
                .field("NWPusher, apns4erl #121, php-apn #5")
            )
        ) { bench in
            let heard = try await Self.readFeedback(bench)
            let hint = "node-apn and java-apns deliver what they read only when the connection ends"
            return Self.outcome(heard, bench, expected: "the end with close_notify", hint: hint) {
                $0.end == .closeNotify
            }
        },
        ConformanceCheck(
            ConformanceRow(
                "feedback-no-certificate",
                "A client that shows no certificate is refused by the feedback service.",
                .feedback,
                .binaryProviderAPI
            )
        ) { bench in
            let client = try Self.client(of: bench).withoutIdentity()
            return try await Self.judgeRefusal(bench, known: []) { try await client.connectToFeedback() }
        },
    ]

    private static func client(of bench: ConformanceBench) throws -> ProviderClient {
        guard bench.target.client.feedback != nil else {
            throw SkippedRow(reason: "no address of a feedback service was given")
        }
        return bench.target.client
    }

    private static func readFeedback(_ bench: ConformanceBench) async throws -> ProviderConnection.Heard {
        let connection = try await Self.client(of: bench).connectToFeedback()
        let timeout = TimeAmount.nanoseconds(bench.target.timeouts.feedback.wholeNanoseconds)
        let heard = await connection.listen(until: .end, within: timeout)
        await connection.close()
        return heard
    }

    private static func outcome(
        _ heard: ProviderConnection.Heard,
        _ bench: ConformanceBench,
        expected: String,
        hint: String?,
        isRight: (ProviderConnection.Heard) -> Bool
    ) -> ConformanceOutcome {
        guard !isRight(heard) else { return .passed }
        let seen = WireText.seen(heard, timeout: bench.target.timeouts.feedback)
        return .failed(expected: expected, seen: seen, hint: hint)
    }

    private static func judgeTuples(_ bench: ConformanceBench) async throws -> ConformanceOutcome {
        let heard = try await Self.readFeedback(bench)
        guard heard.bytes.readableBytes > 0 else {
            throw SkippedRow(reason: "the list was empty: push to a token whose app is gone, then run this row again")
        }
        let sizes = bench.target.expectations.tokenSizes
        var rest = heard.bytes
        var areRight = true
        while areRight, let tuple = try? FeedbackTuple.next(in: &rest) {
            areRight = sizes.contains(tuple.token.count)
        }
        let size = sizes.count == 1 ? "\(6 + sizes.lowerBound) bytes each" : "tokens of \(sizes) bytes"
        return Self.outcome(heard, bench, expected: "whole tuples, \(size)", hint: nil) { _ in
            areRight && rest.readableBytes == 0
        }
    }
}
