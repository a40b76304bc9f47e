/// Takes lines out of the body of an HTTP/1.1 answer as it comes, piece by piece: chunked or not. Pure.
struct EventReader {
    enum Flaw: Error, Hashable, CustomStringConvertible {
        /// Another program, or a refusal: the status, as far as there is one.
        case refused(status: Int?)

        /// What was asked for cannot be.
        var isUsage: Bool { self == .refused(status: 400) || self == .refused(status: 422) }

        var description: String {
            guard case .refused(let status?) = self else { return "it is another program, or of another version" }
            return self.isUsage ? "it knows no such event (status \(status))" : "it answers with status \(status)"
        }
    }

    /// Far more than any event of ours.
    private static let maximumLine = 1 << 20

    private enum State {
        case head
        case body
        case chunkSize
        case chunk(left: Int)
        /// The line's end behind a chunk.
        case chunkEnd
    }

    private var state = State.head
    private var raw: [UInt8] = []
    private var line: [UInt8] = []

    /// - Returns: the lines that have become whole.
    mutating func read(_ bytes: some Sequence<UInt8>) throws(Flaw) -> [String] {
        self.raw += bytes
        var lines: [String] = []
        while try self.step(&lines) {}
        if self.raw.count > Self.maximumLine || self.line.count > Self.maximumLine { throw .refused(status: nil) }
        return lines
    }

    /// - Returns: whether there may be more to do.
    private mutating func step(_ lines: inout [String]) throws(Flaw) -> Bool {
        switch self.state {
        case .head:
            guard let end = self.headEnd else { return false }
            try self.judge(head: self.raw[..<end])
            self.raw.removeFirst(end)
        case .chunkSize:
            guard let end = self.raw.firstIndex(of: UInt8(ascii: "\n")) else { return false }
            let text = String(decoding: self.raw[..<end], as: UTF8.self).prefix { $0.isHexDigit }
            guard let size = Int(text, radix: 16) else { throw .refused(status: nil) }
            self.raw.removeFirst(end + 1)
            self.state = size == 0 ? .body : .chunk(left: size)
        case .chunk(let left):
            guard !self.raw.isEmpty else { return false }
            let count = min(left, self.raw.count)
            self.take(self.raw.prefix(count), &lines)
            self.raw.removeFirst(count)
            self.state = count == left ? .chunkEnd : .chunk(left: left - count)
        case .chunkEnd:
            guard self.raw.count >= 2 else { return false }
            self.raw.removeFirst(2)
            self.state = .chunkSize
        case .body:
            guard !self.raw.isEmpty else { return false }
            self.take(self.raw[...], &lines)
            self.raw = []
        }
        return true
    }

    private var headEnd: Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard self.raw.count >= mark.count else { return nil }
        return (0...(self.raw.count - mark.count)).first { self.raw[$0..<($0 + mark.count)].elementsEqual(mark) }
            .map { $0 + mark.count }
    }

    private mutating func judge(head: ArraySlice<UInt8>) throws(Flaw) {
        let text = String(decoding: head, as: UTF8.self).lowercased()
        let status = text.split(separator: " ", maxSplits: 2).dropFirst().first.flatMap { Int($0) }
        guard text.hasPrefix("http/1."), status == 200 else { throw .refused(status: status) }
        self.state = text.contains("transfer-encoding: chunked") ? .chunkSize : .body
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>, _ lines: inout [String]) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                lines.append(String(decoding: self.line, as: UTF8.self))
                self.line = []
            } else {
                self.line.append(byte)
            }
        }
    }
}
