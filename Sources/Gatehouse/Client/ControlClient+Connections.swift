import ControlAPI
import PushVocabulary

/// One connection, as `gatehouse show` has it.
extension ControlClient {
    private func path(_ id: String) -> String { "/v1/connections/\(Self.escaped(id))" }

    /// The request that shows it.
    package func connectionRequest(_ id: String) -> String {
        "curl -s \(ShellWord.quoted(self.url + self.path(id)))"
    }

    /// What is kept of its bytes, as a dump.
    ///
    /// - Throws: `GatehouseError` when there is no such connection.
    package func connectionDump(_ id: String) async throws(GatehouseError) -> String {
        let body = try await self.request("GET", self.path(id) + "/bytes", query: [("format", "text")])
        return String(decoding: body, as: UTF8.self)
    }

    /// All three of its documents in one: itself, its timeline, its bytes.
    ///
    /// - Throws: `GatehouseError` when there is no such connection.
    package func connectionDocument(_ id: String) async throws(GatehouseError) -> String {
        let whole: JSONValue = [
            "connection": try await self.json("GET", self.path(id)),
            "timeline": try await self.json("GET", self.path(id) + "/timeline")["items"] ?? [],
            "bytes": try await self.json("GET", self.path(id) + "/bytes")["items"] ?? [],
        ]
        return whole.description
    }

    /// Told to people.
    ///
    /// - Throws: `GatehouseError` when there is no such connection.
    package func connectionDetails(_ id: String) async throws(GatehouseError) -> String {
        let entry = try await self.json("GET", self.path(id))
        let timeline = try await self.json("GET", self.path(id) + "/timeline")["items"] ?? []
        func text(_ value: JSONValue?) -> String? { value.map(FaultActionText.bare) }
        var topics: [String] = []
        if case .array(let names)? = entry["topics"] { topics = names.map(FaultActionText.bare) }
        let fields: [(String, String?)] = [
            ("state", text(entry["state"])), ("service", text(entry["service"])),
            ("environment", text(entry["environment"])), ("peer", text(entry["peer"])),
            ("tls", text(entry["tls"]?["version"])), ("certificate", text(entry["certificateSubject"])),
            ("topics", topics.isEmpty ? nil : topics.joined(separator: ", ")), ("device", text(entry["device"])),
            ("bytes", "\(text(entry["bytesIn"]) ?? "0") in, \(text(entry["bytesOut"]) ?? "0") out"),
            ("end", text(entry["end"]?["explanation"])), ("to do", text(entry["end"]?["hint"])),
        ]
        let lines = fields.compactMap { name, value in
            value.map { "\(name)\(String(repeating: " ", count: 13 - name.count))\($0)" }
        }
        let dump = try await self.connectionDump(id)
        return ([id] + lines + Self.steps(timeline)).joined(separator: "\n") + "\n\n" + dump
    }

    /// A line for each step: how long after the opening, what, and what that means.
    private static func steps(_ timeline: JSONValue) -> [String] {
        guard case .array(let steps) = timeline else { return [] }
        return steps.map { step in
            let passed = step["sinceOpenMs"].map { "+\(FaultActionText.bare($0)) ms" } ?? ""
            let event = step["event"].map(FaultActionText.bare) ?? ""
            let explanation = step["explanation"].map(FaultActionText.bare) ?? ""
            return "  \(Self.padded(passed, to: 10)) \(Self.padded(event, to: 13)) \(explanation)"
        }
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
