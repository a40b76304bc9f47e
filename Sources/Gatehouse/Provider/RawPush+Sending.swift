import APNSWire
import ControlAPI
import MockProvider
import NIOCore

extension RawPush {
    /// Real time to listen for a refusal where nobody can be asked.
    static let listening = TimeAmount.seconds(1)

    /// Sends the bytes and listens for a refusal.
    ///
    /// - Throws: `GatehouseError` when the service cannot be reached or refuses the provider.
    package func send(with access: ProviderAccess) async throws(GatehouseError) -> PushOutcome {
        try await self.deliver(with: access) { connection in
            Self.outcome(of: await connection.answer(within: Self.listening))
        }
    }

    /// Sends the bytes, and stays connected for as long as somebody follows what becomes of them.
    func deliver(
        with access: ProviderAccess,
        _ follow: (ProviderConnection) async throws(GatehouseError) -> PushOutcome
    ) async throws(GatehouseError) -> PushOutcome {
        let connection: ProviderConnection
        do {
            connection = try await access.provider.connect()
            try await connection.send(bytes: self.bytes)
        } catch {
            throw access.failure(error)
        }
        do throws(GatehouseError) {
            let outcome = try await follow(connection)
            await connection.leave()
            return outcome
        } catch {
            await connection.leave()
            throw error
        }
    }

    /// What can be told without a server to ask.
    static func outcome(of answer: GatewayAnswer) -> PushOutcome {
        let (text, value, isRefused): (String, JSONValue, Bool) =
            switch answer {
            case .silence:
                ("The gateway said nothing, which is how it says yes.", ["verdict": "accepted"], false)
            case .packet(let packet):
                (
                    "The gateway refused with status \(packet.status)\(Self.meaning(of: packet.status)), identifier"
                        + " \(packet.identifier).",
                    [
                        "verdict": "rejected", "status": .number(packet.status),
                        "identifier": .number(packet.identifier),
                    ],
                    true
                )
            case .closed:
                ("The gateway closed the connection without a word: it refused.", ["verdict": "rejected"], true)
            }
        return PushOutcome(answer: CommandAnswer(text: text, value: value), isRefused: isRefused)
    }

    private static func meaning(of status: UInt8) -> String {
        ErrorStatus(rawValue: status).map { ", \($0.meaning)" } ?? ""
    }
}
