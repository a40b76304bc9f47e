import APNSWire
import ControlAPI
import MockProvider
import PushVocabulary

extension ProviderAccess {
    /// Reads the feedback service to its end, which empties its list.
    ///
    /// - Throws: `GatehouseError` when the service cannot be reached or refuses the provider.
    package func readFeedback() async throws(GatehouseError) -> CommandAnswer {
        let tuples: [FeedbackTuple]
        do {
            tuples = try await self.provider.readFeedback()
        } catch {
            throw self.failure(error)
        }
        let lines = tuples.map { "\(Instant(unixSeconds: Int64($0.timestamp))) \($0.token)" }
        let values = tuples.map { tuple -> JSONValue in
            [
                "timestamp": .number(tuple.timestamp),
                "at": .string(Instant(unixSeconds: Int64(tuple.timestamp)).description),
                "token": .string(tuple.token.hexadecimal),
            ]
        }
        return CommandAnswer(text: lines.joined(separator: "\n"), value: .array(values))
    }
}
