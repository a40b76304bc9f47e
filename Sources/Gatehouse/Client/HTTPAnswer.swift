/// The answer to one HTTP/1.1 request on a connection that ends with it.
struct HTTPAnswer: Hashable {
    let status: Int
    let body: [UInt8]

    enum Flaw: Error, Hashable {
        /// It ended too early.
        case incomplete
        /// It is something else.
        case notHTTP
    }

    /// - Parameter bytes: all that came until the connection's end.
    init(_ bytes: [UInt8]) throws(Flaw) {
        var lines = Lines(rest: bytes[...])
        var status: Int
        var headers: [String: String]
        repeat {
            status = try Self.status(lines.next())
            headers = try Self.headers(&lines)
        } while status / 100 == 1
        self.status = status
        if headers["transfer-encoding"]?.lowercased() == "chunked" {
            self.body = try Self.chunks(&lines)
        } else if let length = headers["content-length"] {
            guard let count = Int(length), count >= 0 else { throw .notHTTP }
            guard lines.rest.count >= count else { throw .incomplete }
            self.body = Array(lines.rest.prefix(count))
        } else {
            self.body = Array(lines.rest)
        }
    }

    private struct Lines {
        var rest: ArraySlice<UInt8>

        mutating func next() throws(Flaw) -> String {
            guard let end = self.rest.firstIndex(of: UInt8(ascii: "\n")) else {
                throw self.rest.isEmpty || self.rest.starts(with: Array("HTTP".utf8)) ? .incomplete : .notHTTP
            }
            defer { self.rest = self.rest[(end + 1)...] }
            let line = self.rest[self.rest.startIndex..<end]
            return String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
        }
    }

    private static func status(_ line: String) throws(Flaw) -> Int {
        let parts = line.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else { throw .notHTTP }
        return status
    }

    private static func headers(_ lines: inout Lines) throws(Flaw) -> [String: String] {
        var headers: [String: String] = [:]
        while true {
            let line = try lines.next()
            if line.isEmpty { return headers }
            guard let colon = line.firstIndex(of: ":") else { throw .notHTTP }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers[line[..<colon].lowercased()] = String(value)
        }
    }

    private static func chunks(_ lines: inout Lines) throws(Flaw) -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let size = try lines.next().prefix { $0.isHexDigit }
            guard let count = Int(size, radix: 16) else { throw .notHTTP }
            if count == 0 { return body }
            guard lines.rest.count >= count else { throw .incomplete }
            body += lines.rest.prefix(count)
            lines.rest = lines.rest.dropFirst(count)
            _ = try lines.next()
        }
    }
}
