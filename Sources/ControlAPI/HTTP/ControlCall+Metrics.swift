import PushLedger

extension ControlCall {
    func metrics() async throws -> ControlAnswer {
        let text = MetricsText(try await self.operations.metrics()).text
        return ControlAnswer(content: .bytes(Array(text.utf8), type: MetricsText.contentType))
    }

    /// `?mode=fin` (which is the default) or `rst`.
    func endConnection() async throws -> ControlAnswer {
        let mode = try self.query.value("mode") { text throws(ValueDefect) -> EndMode in try text.choice() }
        try await self.operations.endConnection(try self.connectionID(), abruptly: mode == .rst)
        return .empty
    }

    private enum EndMode: String, CaseIterable {
        case fin
        case rst
    }
}
