/// Where a service listens or is to be reached.
package struct ServiceAddress: Hashable, Sendable, CustomStringConvertible {
    package var host: String
    package var port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[address]:port` or a bare port number; `nil` for anything else.
    package init?(_ text: String, defaultHost: String = "127.0.0.1") {
        let (host, port): (Substring, Substring)
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.first == ":" else { return nil }
            (host, port) = (text[text.index(after: text.startIndex)..<end], rest.dropFirst())
        } else if let colon = text.lastIndex(of: ":") {
            (host, port) = (text[..<colon], text[text.index(after: colon)...])
        } else {
            (host, port) = (Substring(defaultHost), Substring(text))
        }
        // `Int` alone would take a sign.
        guard !host.isEmpty, !host.contains(":") || text.hasPrefix("["),
            port.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = UInt16(port)
        else { return nil }
        self.init(host: String(host), port: Int(number))
    }

    package var description: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
