import PushLedger

/// What a service's end of a connection tells of how far its peer has got.
protocol PeerProgress: AnyObject {
    /// What the peer has to finish next; `nil`: nothing, it may be silent as long as it likes.
    var unfinished: UnfinishedPart? { get }
    /// Ends the connection.
    func end(_ end: ConnectionEnd)
}

/// Something that a peer has begun. Another value than before means that it has got on.
struct UnfinishedPart: Hashable {
    enum Kind: Hashable {
        case frame, message, connect, reading
    }

    let kind: Kind
    /// Where in its connection it stands: a number that grows with everything that is finished.
    let position: UInt64
}

extension ConnectionEnd {
    static let handshakeDisplaced = ConnectionEnd(
        code: "handshake-displaced",
        sentence: "More TLS handshakes were under way at this port than it has room for; this was the oldest.",
        hint: "A client that finishes its handshakes is not met by this. --handshake-limit makes more room."
    )

    static func tooManyConnections(_ maximum: Int) -> ConnectionEnd {
        ConnectionEnd(
            code: "too-many-connections",
            sentence: "\(maximum) connections were open at this port already; this one was closed at once.",
            hint: "Does the client close what it no longer uses? --connection-limit allows more."
        )
    }

    static func tooManyOpenFiles(_ maximum: Int) -> ConnectionEnd {
        ConnectionEnd(
            code: "too-many-connections",
            sentence:
                "\(maximum) connections were open already, as many as the process may have; this one was closed.",
            hint: "Start Gatehouse with a higher limit of open files (`ulimit -n`)."
        )
    }

    static func unfinished(_ kind: UnfinishedPart.Kind, _ timeout: Duration?) -> ConnectionEnd {
        let time = timeout.map { " for \($0.components.seconds) seconds" } ?? ""
        let hint = "--unfinished-timeout sets how long that may take."
        return switch kind {
        case .frame:
            ConnectionEnd(
                code: "unfinished-frame",
                sentence: "The client began a frame and did not finish it\(time).",
                hint: "Does the length it announced fit what it sent? \(hint)"
            )
        case .message:
            ConnectionEnd(
                code: "unfinished-message",
                sentence: "The device began a message and did not finish it\(time).",
                hint: "Does the length it announced fit what it sent? \(hint)"
            )
        case .connect:
            ConnectionEnd(
                code: "no-connect",
                sentence: "The device finished the TLS handshake and sent no Connect\(time).",
                hint: hint
            )
        case .reading:
            ConnectionEnd(
                code: "unread-output",
                sentence: "The device did not read what it was told\(time).",
                hint: hint
            )
        }
    }
}
