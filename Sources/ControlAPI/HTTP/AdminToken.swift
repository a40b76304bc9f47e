import PushIdentity

/// The secret that every control request has to bear, where the server was given one: `Authorization: Bearer` (RFC 6750).
struct AdminToken: Sendable {
    static let challenge = "Bearer realm=\"gatehouse\""

    private let digest: [UInt8]

    init(_ text: String) {
        self.digest = Digest.sha256(text.utf8)
    }

    /// - Parameter authorization: the Authorization header.
    /// - Throws: `unauthorized`.
    func check(_ authorization: String?) throws(ControlError) {
        guard let authorization, let shown = Self.token(in: authorization) else {
            throw ControlError(
                .unauthorized,
                "this server answers only who shows its token",
                hint:
                    "Send Authorization: Bearer with the value of GATEHOUSE_ADMIN_TOKEN that the server was started with."
            )
        }
        guard self.isEqual(to: Digest.sha256(shown.utf8)) else {
            throw ControlError(
                .unauthorized,
                "the token shown is not this server's",
                hint: "It is the value of GATEHOUSE_ADMIN_TOKEN that the server was started with."
            )
        }
    }

    /// Takes the same time wherever the two differ; digests, so that the length is not told either.
    private func isEqual(to other: [UInt8]) -> Bool {
        zip(self.digest, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func token(in authorization: String) -> Substring? {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1].drop { $0 == " " }
    }
}
