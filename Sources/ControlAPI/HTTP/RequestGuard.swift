import NIOCore

/// Keeps web pages from using the control API behind their visitor's back: a page has to arrive under a name, and its
/// requests say where it came from.
struct RequestGuard: Sendable {
    /// Names accepted beside loopback names and addresses, in lower case.
    private let allowedHosts: Set<String>

    init(allowedHosts: [String]) {
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
    }

    /// - Parameters:
    ///   - host: the Host header.
    ///   - origin: the Origin header.
    /// - Throws: `forbiddenHost`, `forbiddenOrigin`.
    func check(host: String?, origin: String?) throws(ControlError) {
        guard let host, let name = Self.name(of: host), self.allows(name) else {
            throw ControlError(
                .forbiddenHost,
                "requests for the host \"\(host ?? "")\" are not served",
                hint: "Use localhost or an address, or add the name to GATEHOUSE_ALLOWED_HOSTS."
            )
        }
        guard let origin else { return }
        let own = ["http://\(host)", "https://\(host)"].map { $0.lowercased() }
        guard own.contains(origin.lowercased()) else {
            throw ControlError(.forbiddenOrigin, "requests of pages from \(origin) are not served")
        }
    }

    /// Addresses are safe: a page that wants to be taken for this server (DNS rebinding) has to have a name.
    private func allows(_ name: String) -> Bool {
        let bare = name.hasSuffix(".") ? String(name.dropLast()) : name
        return bare == "localhost" || bare.hasSuffix(".localhost") || self.allowedHosts.contains(bare)
            || (try? SocketAddress(ipAddress: name, port: 0)) != nil
    }

    /// The name or address in a Host header, without port and brackets, in lower case; `nil` when it is malformed.
    static func name(of host: String) -> String? {
        let (name, rest): (Substring, Substring)
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            (name, rest) = (host[host.index(after: host.startIndex)..<end], host[host.index(after: end)...])
        } else {
            let end = host.firstIndex(of: ":") ?? host.endIndex
            (name, rest) = (host[..<end], host[end...])
        }
        guard !name.isEmpty, rest.isEmpty || rest.hasPrefix(":") && UInt16(rest.dropFirst()) != nil else { return nil }
        return name.lowercased()
    }
}
