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
    /// Real time in which a server of ours has looked at what was sent, however busy.
    private static let judging: Duration = .seconds(5)
    /// Real time in which a connected device acknowledges.
    private static let acknowledging: Duration = .seconds(1)

    /// Sends it, listens for a refusal, and asks the server what became of it.
    ///
    /// - Throws: `GatehouseError` when the service cannot be reached or refuses the provider.
    package func send(with access: ProviderAccess) async throws(GatehouseError) -> PushOutcome {
        guard let control = access.control else {
            return try await RawPush(bytes: self.frame).send(with: access)
        }
        let query = NotificationQuery(token: self.token, identifier: self.identifier)
        let before = try control.answer(from: try await control.notifications(matching: query, limit: 1))
        return try await RawPush(bytes: self.frame).deliver(with: access) { connection throws(GatehouseError) in
            let body = try await control.wait(for: query, count: (before.total ?? 0) + 1, timeout: Self.judging)
            guard let report = try control.answer(from: body).items.last, report.id != before.items.first?.id else {
                return RawPush.outcome(of: await connection.answer(within: RawPush.listening))
            }
            if report.verdict == .rejected { _ = await connection.answer(within: RawPush.listening) }
            return try await Self.outcome(of: report, control)
        }
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
