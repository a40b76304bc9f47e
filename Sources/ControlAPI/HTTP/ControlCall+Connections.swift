import PushLedger
import PushServer

/// One connection in full.
extension ControlCall {
    private enum BytesFormat: String, CaseIterable {
        case json
        /// A dump that `text2pcap -D` turns into a capture.
        case text
    }

    func connectionBytes() async throws -> ControlAnswer {
        let direction = try self.query.value("direction") { text throws(ValueDefect) -> TracedBytes.Direction in
            try text.choice()
        }
        let format = try self.query.value("format") { text throws(ValueDefect) -> BytesFormat in try text.choice() }
        let record = try await self.operations.connectionRecord(try self.connectionID())
        switch format ?? .json {
        case .json: return .json(record.bytesJSON(direction))
        case .text:
            let text = record.dump(direction)
            return ControlAnswer(content: .bytes(Array(text.utf8), type: "text/plain; charset=utf-8"))
        }
    }

    func connectionTimeline() async throws -> ControlAnswer {
        .json(try await self.operations.connectionRecord(try self.connectionID()).timelineJSON)
    }
}
