import PushLedger
package import PushServer
import PushVocabulary

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ConnectionRecord {
    /// What is kept of the bytes that passed inside TLS, in the order in which they did.
    package func bytesJSON(_ direction: TracedBytes.Direction? = nil) -> JSONValue {
        let items = self.bytes.filter { direction == nil || $0.direction == direction }
        return [
            "connectionId": .string(self.entry.id.description),
            "bytesIn": .number(self.entry.bytesIn), "bytesOut": .number(self.entry.bytesOut),
            "items": .array(items.map(\.json)), "total": .number(items.count),
        ]
    }
}

extension TracedBytes {
    fileprivate var json: JSONValue {
        [
            "at": self.at.json, "clockAt": self.clockAt.json, "direction": .string(self.direction.rawValue),
            "offset": .number(self.offset), "length": .number(self.bytes.count),
            "base64": .string(Data(self.bytes).base64EncodedString()),
        ]
    }
}

// MARK: - Text

extension ConnectionRecord {
    /// A dump for people, which `text2pcap -a -D -t ISO` turns into a capture: a line of direction and time before each
    /// stretch, then its bytes, sixteen a line. Lines that begin with `#` are comments.
    package func dump(_ direction: TracedBytes.Direction? = nil) -> String {
        let entry = self.entry
        var lines = [
            "# \(entry.id): \(entry.service.rawValue), \(entry.environment.rawValue), from \(entry.peer); "
                + "\(entry.bytesIn) bytes in, \(entry.bytesOut) out, inside TLS"
        ]
        var known: [TracedBytes.Direction: UInt64] = [:]
        for stretch in self.bytes where direction == nil || stretch.direction == direction {
            let missing = stretch.offset - min(stretch.offset, known[stretch.direction] ?? 0)
            if missing > 0 { lines.append("# \(missing) bytes \(stretch.direction.rawValue) are not kept") }
            known[stretch.direction] = stretch.end
            lines.append("\(stretch.direction == .received ? "I" : "O") \(stretch.at)")
            lines += Self.lines(of: stretch.bytes)
        }
        for (direction, total) in [(TracedBytes.Direction.received, entry.bytesIn), (.sent, entry.bytesOut)] {
            let missing = total - min(total, known[direction] ?? 0)
            if missing > 0 { lines.append("# \(missing) bytes \(direction.rawValue) are not kept") }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines(of bytes: [UInt8]) -> [String] {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let part = bytes[start..<min(start + 16, bytes.count)]
            let offset = String(start, radix: 16)
            let digits = part.map { Hexadecimal.string(from: [$0]) }.joined(separator: " ")
            let text = String(decoding: part.map { 0x20...0x7E ~= $0 ? $0 : UInt8(ascii: ".") }, as: UTF8.self)
            return String(repeating: "0", count: max(0, 6 - offset.count)) + offset + "  " + digits
                + String(repeating: " ", count: 47 - digits.utf8.count) + "  " + text
        }
    }
}
