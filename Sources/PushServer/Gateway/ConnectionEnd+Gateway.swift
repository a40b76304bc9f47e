import APNSWire
import PushLedger

extension ConnectionEnd {
    static let closedSilently = ConnectionEnd(
        code: "closed-silently",
        sentence: "A frame was refused that gets no error reply: the connection was closed without a word.",
        hint: "See the rejected notification of this connection for the reason."
    )

    static let idle = ConnectionEnd(
        code: "idle",
        sentence: "The connection was silent for too long and was closed.",
        hint: nil
    )

    static func errorPacket(_ packet: ErrorPacket) -> ConnectionEnd {
        let meaning = ErrorStatus(rawValue: packet.status)?.meaning ?? "unlisted"
        return ConnectionEnd(
            code: "error-packet",
            sentence: "Status \(packet.status) (\(meaning)) was sent for identifier \(packet.identifier), "
                + "then the connection was closed.",
            hint: "Send again what followed that identifier, on a new connection."
        )
    }

    static func fault(_ strike: FaultStrike) -> ConnectionEnd {
        ConnectionEnd(
            code: "fault",
            sentence: "The fault rule \(strike.rule) ended the connection.",
            hint: "`gatehouse fault ls` shows the rules in force."
        )
    }
}
