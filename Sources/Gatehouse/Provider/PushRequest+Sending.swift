import APNSWire
import ControlAPI
import MockProvider
import NIOCore
import PushVocabulary

/// What became of a push, as far as its provider could find out.
package struct PushOutcome: Sendable {
    package let answer: CommandAnswer
    /// Whether the gateway refused it.
    package let isRefused: Bool
}

extension PushRequest {
    /// Real time to listen for a refusal where nobody can be asked.
    private static let listening = TimeAmount.seconds(1)
    /// Real time in which a server of ours has looked at what was sent, however busy.
    private static let judging: Duration = .seconds(5)
    /// Real time in which a connected device acknowledges.
    private static let acknowledging: Duration = .seconds(1)

    /// Sends it, listens for a refusal, and asks the server what became of it.
    ///
    /// - Throws: `GatehouseError` when the service cannot be reached or refuses the provider.
    package func send(with access: ProviderAccess) async throws(GatehouseError) -> PushOutcome {
        guard let control = access.control else {
            return try await self.deliver(with: access) { connection in
                Self.outcome(of: await connection.answer(within: Self.listening))
            }
        }
        let query = NotificationQuery(token: self.token, identifier: self.identifier)
        let before = try control.answer(from: try await control.notifications(matching: query, limit: 1))
        return try await self.deliver(with: access) { connection throws(GatehouseError) in
            let body = try await control.wait(for: query, count: (before.total ?? 0) + 1, timeout: Self.judging)
            guard let report = try control.answer(from: body).items.last, report.id != before.items.first?.id else {
                return Self.outcome(of: await connection.answer(within: Self.listening))
            }
            if report.verdict == .rejected { _ = await connection.answer(within: Self.listening) }
            return try await Self.outcome(of: report, control)
        }
    }

    private func deliver(
        with access: ProviderAccess,
        _ follow: (ProviderConnection) async throws(GatehouseError) -> PushOutcome
    ) async throws(GatehouseError) -> PushOutcome {
        let connection: ProviderConnection
        do {
            connection = try await access.provider.connect()
            try await connection.send([self.notification])
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
    private static func outcome(of answer: GatewayAnswer) -> PushOutcome {
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

    /// What the server tells, after giving a device the moment it needs.
    private static func outcome(
        of first: NotificationReport,
        _ control: ControlClient
    ) async throws(GatehouseError) -> PushOutcome {
        if first.fate == .inFlight {
            _ = try await control.wait(
                for: NotificationQuery(fate: .delivered),
                connection: first.connectionId,
                count: 1,
                timeout: Self.acknowledging
            )
        }
        let body = try await control.request("GET", "/v1/notifications/\(ControlClient.escaped(first.id))")
        let report = try control.decode(NotificationReport.self, from: body)
        let verdict =
            switch report.verdict {
            case .accepted: "accepted\(report.fate.map { ", \($0.rawValue)" } ?? "")"
            case .rejected: "rejected, status \(report.status ?? 0)"
            case .discarded: "discarded"
            }
        let device = report.device.map { " to \($0)" } ?? ""
        guard let value = try? JSONReader.value(of: body) else {
            throw GatehouseError(.internalFault, "The server's description of \(report.id) is not JSON.")
        }
        return PushOutcome(
            answer: CommandAnswer(text: "\(report.id)\(device): \(verdict)\n\(report.explanation)", value: value),
            isRefused: report.verdict != .accepted
        )
    }
}
